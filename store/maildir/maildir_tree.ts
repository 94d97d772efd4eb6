/** The directories of a Maildir++ tree: made, renamed and removed so that a crash leaves each mailbox whole. */

import { randomHex } from "../../tools/kit/base/random.ts";

import { DiskError } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { makeDirectoryDurably } from "../mailbox/durable_mkdir.ts";
import { nameOfDirectory, trashPrefix } from "./layout.ts";

const parts = ["cur", "new", "tmp"] as const;

/** Files in `tmp/` that nobody touched for so long belong to nobody (cr.yp.to/proto/maildir.html). */
const staleTmpMs = 36 * 3600 * 1000;

export class MaildirTree {
  readonly #context: StoreContext;
  readonly #root: string;
  #rootMade = false;
  readonly #repaired = new Set<string>();

  constructor(context: StoreContext, root: string) {
    this.#context = context;
    this.#root = root;
  }

  async ensureRoot(): Promise<void> {
    const { disk } = this.#context;
    if (this.#rootMade && await disk.stat(`${this.#root}/cur`) !== undefined) return;
    await makeDirectoryDurably(disk, this.#root);
    await this.repair(this.#root);
    this.#rootMade = true;
  }

  async exists(directory: string): Promise<boolean> {
    return (await this.#context.disk.stat(directory))?.kind === "directory";
  }

  /** All mailboxes that exist, INBOX with them. */
  async names(): Promise<readonly string[]> {
    const { disk } = this.#context;
    const names = ["INBOX"];
    for (const { name: file, kind } of await disk.list(this.#root)) {
      if (kind !== "directory" && kind !== "link") continue;
      if (file.startsWith(trashPrefix)) await this.#empty(`${this.#root}/${file}`);
      const name = nameOfDirectory(file);
      if (name === undefined) continue;
      if (kind === "link" && !await this.exists(`${this.#root}/${file}`)) continue;
      names.push(name);
    }
    return names;
  }

  async make(directory: string): Promise<void> {
    const { disk } = this.#context;
    await disk.mkdir(directory, { mode: 0o700 });
    await this.repair(directory);
    const marker = await disk.open(`${directory}/maildirfolder`, { write: true, create: "ifMissing" });
    await marker.close();
    await disk.syncDir(directory);
    await disk.syncDir(this.#root);
  }

  /** Makes what a crash, or another program, left out of a mailbox; removes what was left in `tmp/`. */
  async repair(directory: string): Promise<void> {
    const { disk, clock } = this.#context;
    let made = false;
    for (const part of parts) {
      if (await disk.stat(`${directory}/${part}`) !== undefined) continue;
      await disk.mkdir(`${directory}/${part}`, { parents: true, mode: 0o700 });
      made = true;
    }
    if (made) await disk.syncDir(directory);
    if (this.#repaired.has(directory)) return;
    this.#repaired.add(directory);
    for (const { name, kind } of await disk.list(`${directory}/tmp`)) {
      if (kind !== "file") continue;
      const path = `${directory}/tmp/${name}`;
      const info = await disk.stat(path);
      if (info === undefined || clock.now() - info.modifiedMs < staleTmpMs) continue;
      // An appended message carries its INTERNALDATE already, so its name must be old too.
      if (clock.now() / 1000 - parseInt(name) < staleTmpMs / 1000) continue;
      await disk.unlink(path).catch(() => {});
    }
  }

  /** Children first, so that a crash in between leaves no child under a parent that has moved on. */
  async rename(moves: readonly { readonly from: string; readonly to: string }[]): Promise<void> {
    const { disk } = this.#context;
    for (const { from, to } of moves.toReversed()) {
      await disk.rename(from, to);
      this.#repaired.delete(from);
    }
    await disk.syncDir(this.#root);
  }

  /** One rename takes it out of sight; the files go after that, now or at the next listing. */
  async remove(directory: string): Promise<void> {
    const { disk, random } = this.#context;
    const trash = `${this.#root}/${trashPrefix}.${randomHex(random, 4)}`;
    await disk.rename(directory, trash);
    await disk.syncDir(this.#root);
    this.#repaired.delete(directory);
    await this.#empty(trash);
  }

  async #empty(trash: string): Promise<void> {
    try {
      await removeTree(this.#context, trash);
    } catch (thrown) {
      if (!(thrown instanceof DiskError)) throw thrown;
      this.#context.log.write(
        "warning",
        `cannot remove what is left of a deleted mailbox: ${thrown.message}`,
      );
    }
  }
}

async function removeTree(context: StoreContext, directory: string): Promise<void> {
  const { disk } = context;
  for (const { name, kind } of await disk.list(directory)) {
    if (kind === "directory") await removeTree(context, `${directory}/${name}`);
    else await disk.unlink(`${directory}/${name}`);
  }
  await disk.rmdir(directory);
}
