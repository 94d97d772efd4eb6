/**
 * The operating system's files as a `Disk`: the only file of the project that opens, renames or removes files.
 *
 * Only what waits for the platter (`sync`, `syncDir`) runs beside the JavaScript thread, so that the syncs of all
 * messages in flight overlap. Everything else is a synchronous call: it touches the page cache, takes 3 to 15
 * microseconds, and as an asynchronous one costs 60 to 100 microseconds of processor time; measured with 4 KB files
 * created, synced and renamed, 20 in flight: 5,100 a second this way, 1,900 with all calls asynchronous. It also makes
 * seek and read one indivisible step, so several readers can share one open file. So that a long walk over files does
 * not keep everybody else waiting, every 64th call ends with a turn of the event loop.
 *
 * DIAGNOSTICS: every failure is a `DiskError` that names the action and the path; its cause is the system's own error.
 */

import { changeOwner } from "../../tools/kit/os/native_file.ts";

import type { Disk, DiskErrorCode, DiskFile, FileInfo, OpenOptions } from "./disk.ts";
import { DiskError } from "./disk.ts";

/** errno(3) numbers of Linux that callers distinguish. */
const codesByErrno: Readonly<Record<number, DiskErrorCode>> = {
  1: "denied", // EPERM
  2: "notFound", // ENOENT
  13: "denied", // EACCES
  17: "exists", // EEXIST
  20: "notDirectory", // ENOTDIR
  28: "full", // ENOSPC
  30: "denied", // EROFS
  39: "notEmpty", // ENOTEMPTY
  122: "full", // EDQUOT
};

/** What a thrown system error means. The number in its text is the one thing that all versions of the runtime give. */
function codeOf(thrown: unknown): DiskErrorCode {
  if (!(thrown instanceof Error)) return "other";
  const errno = /\(os error (\d+)\)/.exec(thrown.message);
  if (errno !== null) return codesByErrno[Number(errno[1])] ?? "other";
  if (thrown instanceof Deno.errors.NotFound) return "notFound";
  if (thrown instanceof Deno.errors.AlreadyExists) return "exists";
  if (thrown instanceof Deno.errors.PermissionDenied || thrown instanceof Deno.errors.NotCapable) {
    return "denied";
  }
  return "other";
}

export function failure(thrown: unknown, action: string, path: string): DiskError {
  return new DiskError(codeOf(thrown), action, path, { cause: thrown });
}

const callsPerTurn = 64;
let calls = 0;

/** Runs one system call; its failure becomes a rejected promise that names `action` and `path`. */
export function attempt<T>(action: string, path: string, call: () => T): Promise<T> {
  try {
    const result = call();
    // Promises that are already settled do not let the event loop go on; an asynchronous system call does.
    if (++calls % callsPerTurn === 0) return Deno.lstat("/").then(() => result, () => result);
    return Promise.resolve(result);
  } catch (thrown) {
    return Promise.reject(failure(thrown, action, path));
  }
}

function kindOf(
  entry: { readonly isFile: boolean; readonly isDirectory: boolean; readonly isSymlink: boolean },
): FileInfo["kind"] {
  return entry.isFile ? "file" : entry.isDirectory ? "directory" : entry.isSymlink ? "link" : "other";
}

function fileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: kindOf(info),
    octets: info.size,
    modifiedMs: info.mtime?.getTime() ?? 0,
    inode: info.ino ?? 0,
    device: info.dev,
    mode: (info.mode ?? 0) & 0o7777,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    links: info.nlink ?? 1,
  };
}

class RealFile implements DiskFile {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #append: boolean;

  constructor(file: Deno.FsFile, path: string, append: boolean) {
    this.#file = file;
    this.#path = path;
    this.#append = append;
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return attempt("read", this.#path, () => {
      this.#file.seekSync(position, Deno.SeekMode.Start);
      return buffer.length === 0 ? 0 : this.#file.readSync(buffer) ?? 0;
    });
  }

  write(bytes: Uint8Array, position?: number): Promise<void> {
    return attempt("write", this.#path, () => {
      if (position !== undefined && !this.#append) this.#file.seekSync(position, Deno.SeekMode.Start);
      else if (!this.#append) this.#file.seekSync(0, Deno.SeekMode.End);
      for (let written = 0; written < bytes.length;) written += this.#file.writeSync(bytes.subarray(written));
    });
  }

  truncate(octets: number): Promise<void> {
    return attempt("truncate", this.#path, () => this.#file.truncateSync(octets));
  }

  async sync(): Promise<void> {
    try {
      await this.#file.syncData();
    } catch (thrown) {
      throw failure(thrown, "sync", this.#path);
    }
  }

  stat(): Promise<FileInfo> {
    return attempt("look at", this.#path, () => fileInfo(this.#file.statSync()));
  }

  close(): Promise<void> {
    return attempt("close", this.#path, () => this.#file.close());
  }
}

function openFlags(options: OpenOptions): Deno.OpenOptions {
  const changes = options.write === true || options.append === true;
  return {
    read: options.read ?? !changes,
    write: options.write ?? false,
    append: options.append ?? false,
    truncate: options.truncate ?? false,
    create: options.create === "ifMissing",
    createNew: options.create === "always",
    mode: options.mode ?? 0o600,
  };
}

function statOrUndefined(call: () => Deno.FileInfo): FileInfo | undefined {
  try {
    return fileInfo(call());
  } catch (thrown) {
    if (codeOf(thrown) === "notFound") return undefined;
    throw thrown;
  }
}

function readAll(path: string, maxOctets: number): Uint8Array<ArrayBuffer> {
  using file = Deno.openSync(path, { read: true });
  const { size } = file.statSync();
  if (size > maxOctets) throw new Error(`File is longer than ${maxOctets} octets`);
  let contents = new Uint8Array(size);
  let length = 0;
  for (;;) {
    // A file of /proc says 0, and a file may grow while it is read: the end is where read says so.
    if (length === contents.length) {
      const larger = new Uint8Array(length + 4096);
      larger.set(contents);
      contents = larger;
    }
    const count = file.readSync(contents.subarray(length));
    if (count === null) return contents.slice(0, length);
    length += count;
    if (length > maxOctets) throw new Error(`File is longer than ${maxOctets} octets`);
  }
}

/** `remove` of the runtime takes files and empty directories alike; ours are two operations that refuse the other. */
function remove(path: string, want: "file" | "directory"): void {
  const { isDirectory } = Deno.lstatSync(path);
  if (want === "directory" && !isDirectory) throw new Error("Not a directory (os error 20)");
  if (want === "file" && isDirectory) throw new Error("Is a directory (os error 21)");
  Deno.removeSync(path);
}

/** Whoever owns the directory may have put a link there meanwhile: what it leads to stays whose it is. */
function chown(path: string, uid: number, gid: number): void {
  if (changeOwner(path, uid, gid)) return;
  if (Deno.lstatSync(path).isSymlink) throw new Error("a symbolic link is not given away (os error 1)");
  Deno.chownSync(path, uid, gid);
}

/** What a disk in somebody's name does otherwise. */
export interface RealDiskWays {
  /** Runs one synchronous system call. */
  readonly within: <T>(call: () => T) => T;
  readonly open: (path: string, options: OpenOptions) => DiskFile;
  readonly readFile: (path: string, maxOctets: number) => Uint8Array<ArrayBuffer>;
  /** Opens a directory, for a sync that is awaited. */
  readonly openDirectory: (path: string) => { sync(): Promise<void>; close(): void };
}

export const realDisk: Disk = createRealDisk({
  within: (call) => call(),
  open: (path, options) =>
    new RealFile(Deno.openSync(path, openFlags(options)), path, options.append ?? false),
  readFile: readAll,
  openDirectory: (path) => Deno.openSync(path, { read: true }),
});

export function createRealDisk(ways: RealDiskWays): Disk {
  const call = <T>(action: string, path: string, run: () => T) =>
    attempt(action, path, () => ways.within(run));
  return {
    open: (path, options) => call("open", path, () => ways.open(path, options)),
    readFile: (path, maxOctets = Number.MAX_SAFE_INTEGER) =>
      call("read", path, () => ways.readFile(path, maxOctets)),
    stat: (path) => call("look at", path, () => statOrUndefined(() => Deno.statSync(path))),
    lstat: (path) => call("look at", path, () => statOrUndefined(() => Deno.lstatSync(path))),
    list: (path) =>
      call(
        "list",
        path,
        () => Array.from(Deno.readDirSync(path), (entry) => ({ name: entry.name, kind: kindOf(entry) })),
      ),
    mkdir: (path, options = {}) =>
      call(
        "make directory",
        path,
        () => Deno.mkdirSync(path, { mode: options.mode ?? 0o700, recursive: options.parents ?? false }),
      ),
    rmdir: (path) => call("remove directory", path, () => remove(path, "directory")),
    rename: (from, to) => call("rename", `${from} to ${to}`, () => Deno.renameSync(from, to)),
    link: (existing, name) => call("link", `${existing} to ${name}`, () => Deno.linkSync(existing, name)),
    unlink: (path) => call("remove", path, () => remove(path, "file")),
    touch: (path, modifiedMs) =>
      call("set the time of", path, () => {
        const time = new Date(modifiedMs);
        Deno.utimeSync(path, time, time);
      }),
    chmod: (path, mode) => call("change the mode of", path, () => Deno.chmodSync(path, mode)),
    chown: (path, uid, gid) => call("change the owner of", path, () => chown(path, uid, gid)),
    syncDir: async (path) => {
      try {
        const directory = ways.within(() => ways.openDirectory(path));
        // Not `using`: what stands for a file of the runtime need not be disposable.
        await directory.sync().finally(() => directory.close());
      } catch (thrown) {
        throw failure(thrown, "sync directory", path);
      }
    },
  };
}
