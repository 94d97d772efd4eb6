/** The files and directories of an mbox account. */

import { MailboxError } from "../account.ts";
import { DiskError } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { makeDirectoryDurably, parentOf } from "../mailbox/durable_mkdir.ts";
import { alreadyExists, nonexistent } from "../mailbox/name.ts";
import { fileOfName, levelOfFile, sideDirectory } from "./layout.ts";
import { stagingName } from "./staged.ts";

const maxLevels = 32;

/** A message under way for longer was left behind by a crash. */
const staleStagingMs = 36 * 3600 * 1000;

export interface FoundFolders {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

export class MboxTree {
  readonly root: string;
  readonly side: string;
  readonly #context: StoreContext;
  readonly #inbox: string;
  #made = false;

  constructor(context: StoreContext, options: { readonly root: string; readonly inbox: string }) {
    this.#context = context;
    this.root = options.root;
    this.side = `${options.root}/${sideDirectory}`;
    this.#inbox = options.inbox;
  }

  async ensureRoot(): Promise<void> {
    const { disk, clock } = this.#context;
    if (this.#made && await disk.stat(this.side) !== undefined) return;
    await makeDirectoryDurably(disk, this.side);
    this.#made = true;
    for (const { name } of await disk.list(this.side)) {
      const info = stagingName.test(name) ? await disk.stat(`${this.side}/${name}`) : undefined;
      if (info === undefined || clock.now() - info.modifiedMs < staleStagingMs) continue;
      await disk.unlink(`${this.side}/${name}`).catch(() => {});
    }
  }

  pathOf(name: string): string {
    return name === "INBOX" ? this.#inbox : `${this.root}/${fileOfName(name)}`;
  }

  async kindOf(name: string): Promise<"mailbox" | "directory" | undefined> {
    const info = await this.#stat(this.pathOf(name));
    return info?.kind === "directory" ? "directory" : info?.kind === "file" ? "mailbox" : undefined;
  }

  async folders(): Promise<FoundFolders> {
    const files: string[] = [];
    const directories: string[] = [];
    const visit = async (directory: string, prefix: string, depth: number) => {
      for (const { name: file, kind } of await this.#context.disk.list(directory)) {
        const level = levelOfFile(file);
        const path = `${directory}/${file}`;
        if (level === undefined || path === this.#inbox || (prefix === "" && /^inbox$/i.test(level))) {
          continue;
        }
        const actual = kind === "link" ? (await this.#context.disk.stat(path))?.kind : kind;
        if (actual === "file") files.push(prefix + level);
        if (actual !== "directory" || depth >= maxLevels) continue;
        directories.push(prefix + level);
        await visit(path, `${prefix}${level}/`, depth + 1);
      }
    };
    await visit(this.root, "", 1);
    return { files, directories };
  }

  /** Makes the directories above a name, or the name itself as a directory. */
  async makeDirectories(path: string): Promise<void> {
    try {
      await makeDirectoryDurably(this.#context.disk, path);
    } catch (thrown) {
      if (thrown instanceof DiskError && ["notDirectory", "exists", "other"].includes(thrown.code)) {
        throw new MailboxError("cannot", "Mailbox doesn't allow inferior mailboxes", { cause: thrown });
      }
      throw thrown;
    }
  }

  async remove(name: string): Promise<void> {
    const { disk } = this.#context;
    const path = this.pathOf(name);
    const kind = await this.kindOf(name);
    if (kind === undefined) throw nonexistent(name);
    if (kind === "directory") {
      try {
        await disk.rmdir(path);
      } catch (thrown) {
        if (!(thrown instanceof DiskError) || thrown.code !== "notEmpty") throw thrown;
        throw new MailboxError("cannot", "Mailbox has children, delete them first", { cause: thrown });
      }
    } else await disk.unlink(path);
    await disk.syncDir(parentOf(path));
    await this.#dropEmptyAbove(path);
  }

  /** One rename takes a mailbox, or a directory with all that is in it. */
  async rename(from: string, to: string): Promise<void> {
    const { disk } = this.#context;
    const source = this.pathOf(from);
    const target = this.pathOf(to);
    await this.makeDirectories(parentOf(target));
    if (await disk.stat(target) !== undefined) throw alreadyExists();
    await disk.rename(source, target);
    await disk.syncDir(parentOf(target));
    await disk.syncDir(parentOf(source));
    await this.#dropEmptyAbove(source);
  }

  /** Names that only held what is gone now go too (mailbox_list_drop_noselect). */
  async #dropEmptyAbove(path: string): Promise<void> {
    const { disk } = this.#context;
    for (let above = parentOf(path); above.length > this.root.length; above = parentOf(above)) {
      try {
        await disk.rmdir(above);
        await disk.syncDir(parentOf(above));
      } catch (thrown) {
        if (thrown instanceof DiskError) return;
        throw thrown;
      }
    }
  }

  async #stat(path: string) {
    try {
      return await this.#context.disk.stat(path);
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "notDirectory") return undefined;
      throw thrown;
    }
  }
}
