/**
 * A disk in memory that can lose power: what is durable is kept apart from what is volatile.
 *
 * | what | volatile from | durable from |
 * |---|---|---|
 * | contents and length of a file | `write`, `truncate` | `sync()` of the file |
 * | a name: create, link, unlink, mkdir, rmdir | the call | `syncDir` of its directory |
 * | a rename | the call | `syncDir` of the new name's directory; both names change together or not at all |
 *
 * `crash()` is the power cut: a new disk that holds what was durable, and of the rest whatever a seeded choice left.
 * Of a file's unsynced writes: none, all, some of the first with the last one torn at any octet, or the new length with
 * zeros in it. Of unsynced names: any selection, except that two changes of one name keep their order (file systems
 * with a journal do more; nothing may rely on it).
 *
 * `stopAfter(n)` makes every operation from the Nth on throw `SimStop`, as if the process had died there; whether the
 * Nth itself still happened is a seeded choice. `fault` injects errors by operation; `capacityOctets` makes a full disk.
 *
 * BUGS: permissions are those of a directory's or file's write bit for its owner (0o200) only; times do not survive
 * differently from names.
 */

import type { Random } from "../../tools/kit/base/random.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import type { DirEntry, Disk, DiskErrorCode, DiskFile, FileInfo, OpenOptions } from "./disk.ts";
import { DiskError } from "./disk.ts";
import { SimNames } from "./sim_names.ts";
import type { SimNode } from "./sim_names.ts";

/** The process "died": thrown by every operation from the one that `stopAfter` named. */
export class SimStop extends Error {
  override readonly name = "SimStop";
}

export interface SimOperation {
  /** 1 for the first operation since the disk was made. */
  readonly number: number;
  readonly action: string;
  readonly path: string;
}

export interface SimDiskOptions {
  readonly seed?: number;
  /** Modification times; the default stands still. */
  readonly now?: () => number;
  /** Octets of file contents that fit. */
  readonly capacityOctets?: number;
}

const maxLinksFollowed = 20;

export class SimDisk implements Disk {
  readonly #random: Random;
  readonly #now: () => number;
  #names: SimNames;
  #count = 0;
  #stopAt = Infinity;
  /** Octets that fit; may be changed while the disk is in use. */
  capacityOctets: number;
  /** Asked before every operation: a code fails it. */
  fault: ((operation: SimOperation) => DiskErrorCode | undefined) | undefined;
  readonly log: string[] = [];

  constructor(options: SimDiskOptions = {}) {
    this.#random = new SeededRandom(options.seed ?? 1);
    this.#now = options.now ?? (() => 0);
    this.#names = new SimNames(this.#now);
    this.capacityOctets = options.capacityOctets ?? Infinity;
  }

  /** Operations so far. */
  get operations(): number {
    return this.#count;
  }

  /** Every operation from the `count`th from now on throws `SimStop`. */
  stopAfter(count: number): void {
    this.#stopAt = this.#count + count;
  }

  /** The disk as the next start finds it after the power was cut now. */
  crash(seed = this.#random.below(2 ** 32)): SimDisk {
    const after = new SimDisk({ seed, now: this.#now, capacityOctets: this.capacityOctets });
    after.#names = this.#names.crash(new SeededRandom(seed));
    return after;
  }

  /** Test helper: a symbolic link. */
  symlink(target: string, path: string): void {
    const { directory, name } = this.#parent(path, "link");
    const node = this.#names.create("link", 0o777, this.#now());
    node.target = target;
    this.#names.change([{ directory, name, node }], directory);
  }

  open(path: string, options: OpenOptions): Promise<DiskFile> {
    return this.#operate("open", path, () => this.#open(path, options));
  }

  async readFile(path: string, maxOctets = Number.MAX_SAFE_INTEGER): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#operate("read", path, () => {
      const { contents } = this.#file(path, "read");
      if (contents.length > maxOctets) throw new DiskError("other", "read", path);
      return contents.read(0, contents.length);
    });
  }

  stat(path: string): Promise<FileInfo | undefined> {
    return this.#operate("look at", path, () => this.#info(this.#find(path, "look at")));
  }

  lstat(path: string): Promise<FileInfo | undefined> {
    return this.#operate("look at", path, () => this.#info(this.#find(path, "look at", { follow: false })));
  }

  list(path: string): Promise<readonly DirEntry[]> {
    return this.#operate(
      "list",
      path,
      () => Array.from(this.#directory(path, "list").entries, ([name, node]) => ({ name, kind: node.kind })),
    );
  }

  mkdir(path: string, options: { readonly mode?: number; readonly parents?: boolean } = {}): Promise<void> {
    return this.#operate("make directory", path, () => this.#mkdir(path, options));
  }

  rmdir(path: string): Promise<void> {
    return this.#operate("remove directory", path, () => {
      const { directory, name } = this.#writableParent(path, "remove directory");
      const node = this.#entry(directory, name, "remove directory", path);
      if (node.kind !== "directory") throw new DiskError("notDirectory", "remove directory", path);
      if (node.entries.size > 0) throw new DiskError("notEmpty", "remove directory", path);
      this.#names.change([{ directory, name, node: undefined }], directory);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate("rename", `${from} to ${to}`, () => {
      const source = this.#writableParent(from, "rename");
      const target = this.#writableParent(to, "rename");
      const node = this.#entry(source.directory, source.name, "rename", from);
      const replaced = target.directory.entries.get(target.name);
      if (replaced === node) return;
      if (replaced?.kind === "directory") {
        if (node.kind !== "directory") throw new DiskError("other", "rename", to);
        if (replaced.entries.size > 0) throw new DiskError("notEmpty", "rename", to);
      } else if (replaced !== undefined && node.kind === "directory") {
        throw new DiskError("notDirectory", "rename", to);
      }
      this.#names.change([{ ...target, node }, { ...source, node: undefined }], target.directory);
    });
  }

  link(existing: string, name: string): Promise<void> {
    return this.#operate("link", `${existing} to ${name}`, () => {
      const source = this.#parent(existing, "link");
      const node = this.#entry(source.directory, source.name, "link", existing);
      const target = this.#writableParent(name, "link");
      if (node.kind === "directory") throw new DiskError("denied", "link", existing);
      if (target.directory.entries.has(target.name)) throw new DiskError("exists", "link", name);
      this.#names.change([{ ...target, node }], target.directory);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#operate("remove", path, () => {
      const { directory, name } = this.#writableParent(path, "remove");
      if (this.#entry(directory, name, "remove", path).kind === "directory") {
        throw new DiskError("other", "remove", path);
      }
      this.#names.change([{ directory, name, node: undefined }], directory);
    });
  }

  touch(path: string, modifiedMs: number): Promise<void> {
    return this.#operate("set the time of", path, () => {
      this.#existing(path, "set the time of").modifiedMs = modifiedMs;
    });
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.#operate("change the mode of", path, () => {
      this.#existing(path, "change the mode of").mode = mode;
    });
  }

  chown(path: string, uid: number, gid: number): Promise<void> {
    return this.#operate("change the owner of", path, () => {
      Object.assign(this.#existing(path, "change the owner of"), { uid, gid });
    });
  }

  syncDir(path: string): Promise<void> {
    return this.#operate(
      "sync directory",
      path,
      () => this.#names.sync(this.#directory(path, "sync directory")),
    );
  }

  async #operate<T>(action: string, path: string, run: () => T): Promise<T> {
    await null;
    const number = ++this.#count;
    if (number >= this.#stopAt) {
      if (number === this.#stopAt && this.#random.below(2) === 0) {
        try {
          run();
        } catch {
          // It would have failed; nobody is left to be told.
        }
      }
      throw new SimStop(`stopped at operation ${number}: ${action} ${path}`);
    }
    this.log.push(`${number} ${action} ${path}`);
    const code = this.fault?.({ number, action, path });
    if (code !== undefined) throw new DiskError(code, action, path);
    return run();
  }

  #open(path: string, options: OpenOptions): DiskFile {
    let node = this.#find(path, "open");
    if (node !== undefined && options.create === "always") throw new DiskError("exists", "open", path);
    const changes = options.write === true || options.append === true;
    if (node === undefined) {
      if (options.create === undefined) throw new DiskError("notFound", "open", path);
      const { directory, name } = this.#writableParent(path, "open");
      if (directory.entries.has(name)) throw new DiskError("exists", "open", path);
      node = this.#names.create("file", options.mode ?? 0o600, this.#now());
      this.#names.change([{ directory, name, node }], directory);
    } else if (changes && node.kind === "directory") {
      throw new DiskError("other", "open", path);
    } else if (changes && (node.mode & 0o200) === 0) {
      throw new DiskError("denied", "open", path);
    }
    if (options.truncate === true) node.contents.truncate(0);
    return this.#handle(node, path, options.append ?? false);
  }

  #handle(node: SimNode, path: string, append: boolean): DiskFile {
    const operate = <T>(action: string, run: () => T) => this.#operate(action, path, run);
    let open = true;
    return {
      read: (buffer, position) =>
        operate("read", () => {
          const bytes = node.contents.read(position, buffer.length);
          buffer.set(bytes);
          return bytes.length;
        }),
      write: (bytes, position) => {
        // The octets are the caller's again when the call returns its promise settled, not before: keep none of them.
        return operate("write", () => {
          const start = append || position === undefined ? node.contents.length : position;
          const room = this.capacityOctets - this.#names.usedOctets() +
            Math.max(0, node.contents.length - start);
          node.modifiedMs = this.#now();
          if (bytes.length <= room) return node.contents.write(bytes, start);
          // A full disk takes what fits.
          node.contents.write(bytes.subarray(0, Math.max(0, room)), start);
          throw new DiskError("full", "write", path);
        });
      },
      truncate: (octets) => operate("truncate", () => node.contents.truncate(octets)),
      sync: () => operate("sync", () => node.contents.sync()),
      stat: () => operate("look at", () => this.#info(node)!),
      close: () => {
        // Not an operation: a process that has died closes its files too.
        if (!open) return Promise.reject(new DiskError("other", "close", path));
        open = false;
        return Promise.resolve();
      },
    };
  }

  #mkdir(path: string, options: { readonly mode?: number; readonly parents?: boolean }): void {
    const names = split(path);
    let directory = this.#names.root;
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!;
      const last = index + 1 === names.length;
      const here = directory.entries.get(name);
      if (here?.kind === "directory" || here?.kind === "link") {
        if (last && options.parents !== true) throw new DiskError("exists", "make directory", path);
        directory = here.kind === "link"
          ? this.#directory(`/${names.slice(0, index + 1).join("/")}`, "list")
          : here;
        continue;
      }
      if (here !== undefined) throw new DiskError(last ? "exists" : "notDirectory", "make directory", path);
      if (!last && options.parents !== true) throw new DiskError("notFound", "make directory", path);
      if ((directory.mode & 0o200) === 0) throw new DiskError("denied", "make directory", path);
      const made = this.#names.create("directory", options.mode ?? 0o700, this.#now());
      this.#names.change([{ directory, name, node: made }], directory);
      directory = made;
    }
    if (names.length === 0 && options.parents !== true) throw new DiskError("exists", "make directory", path);
  }

  #info(node: SimNode | undefined): FileInfo | undefined {
    if (node === undefined) return undefined;
    const { kind, modifiedMs, mode, uid, gid, inode, links } = node;
    return {
      kind,
      octets: node.contents.length,
      modifiedMs,
      inode,
      device: 1,
      mode,
      uid,
      gid,
      links: kind === "directory" ? 2 : links,
    };
  }

  #find(path: string, action: string, options = { follow: true }, followed = 0): SimNode | undefined {
    if (followed > maxLinksFollowed) throw new DiskError("other", action, path);
    const names = split(path);
    let node = this.#names.root;
    for (let index = 0; index < names.length; index++) {
      if (node.kind !== "directory") throw new DiskError("notDirectory", action, path);
      const next = node.entries.get(names[index]!);
      if (next === undefined) return undefined;
      const last = index + 1 === names.length;
      if (next.kind === "link" && (!last || options.follow)) {
        const base = next.target.startsWith("/") ? "" : `/${names.slice(0, index).join("/")}`;
        const rest = names.slice(index + 1).map((name) => `/${name}`).join("");
        return this.#find(`${base}/${next.target}${rest}`, action, options, followed + 1);
      }
      node = next;
    }
    return node;
  }

  #existing(path: string, action: string): SimNode {
    const node = this.#find(path, action);
    if (node === undefined) throw new DiskError("notFound", action, path);
    return node;
  }

  #file(path: string, action: string): SimNode {
    const node = this.#existing(path, action);
    if (node.kind === "directory") throw new DiskError("other", action, path);
    return node;
  }

  #directory(path: string, action: string): SimNode {
    const node = this.#existing(path, action);
    if (node.kind !== "directory") throw new DiskError("notDirectory", action, path);
    return node;
  }

  #parent(path: string, action: string): { readonly directory: SimNode; readonly name: string } {
    const names = split(path);
    const name = names.pop();
    if (name === undefined) throw new DiskError("denied", action, path);
    const directory = this.#find(`/${names.join("/")}`, action);
    if (directory === undefined) throw new DiskError("notFound", action, path);
    if (directory.kind !== "directory") throw new DiskError("notDirectory", action, path);
    return { directory, name };
  }

  #writableParent(path: string, action: string): { readonly directory: SimNode; readonly name: string } {
    const parent = this.#parent(path, action);
    if ((parent.directory.mode & 0o200) === 0) throw new DiskError("denied", action, path);
    return parent;
  }

  #entry(directory: SimNode, name: string, action: string, path: string): SimNode {
    const node = directory.entries.get(name);
    if (node === undefined) throw new DiskError("notFound", action, path);
    return node;
  }
}

/** Names of a path, `.` and empty ones left out, `..` resolved. */
function split(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}
