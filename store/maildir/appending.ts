/** A message on its way into a Maildir: written to `tmp/` with LF line ends, moved in as a whole. */

import { randomHex } from "../../tools/kit/base/random.ts";

import type { Appending, AppendOptions, Uid, UidValidity } from "../account.ts";
import type { DiskFile } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { canonicalFlags } from "../mailbox/flags.ts";
import { guarded } from "../mailbox/guard.ts";
import { LfWriter } from "../mailbox/line_form.ts";
import { uniqueName } from "./file_name.ts";
import type { PreparedMessage } from "./message_row.ts";

export interface MaildirAppendingOptions extends AppendOptions {
  readonly directory: string;
  readonly add: (
    message: PreparedMessage,
  ) => Promise<{ readonly uid: Uid; readonly uidValidity: UidValidity }>;
}

let count = 0;

/** A base name without sizes that no file of this host has had. */
export function newBaseName(context: StoreContext): string {
  const { clock, random, host } = context;
  return uniqueName({ nowMs: clock.now(), randomHex: randomHex(random, 8), count: ++count, host });
}

export class MaildirAppending implements Appending {
  readonly #context: StoreContext;
  readonly #options: MaildirAppendingOptions;
  readonly #lines = new LfWriter();
  readonly #base: string;
  readonly #path: string;
  #file: DiskFile | undefined;

  constructor(context: StoreContext, options: MaildirAppendingOptions) {
    this.#context = context;
    this.#options = options;
    this.#base = newBaseName(context);
    this.#path = `${options.directory}/tmp/${this.#base}`;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#guarded(async () => {
      const file = await this.#open();
      await file.write(this.#lines.push(bytes));
    });
  }

  async commit(): Promise<{ readonly uid: Uid; readonly uidValidity: UidValidity }> {
    return await this.#guarded(async () => {
      const { disk, clock } = this.#context;
      const receivedMs = this.#options.receivedMs ?? Math.floor(clock.now());
      const file = await this.#open();
      try {
        await file.write(this.#lines.end());
        // Always, so that the time told now is the time told later.
        await disk.touch(this.#path, receivedMs);
        await file.sync();
      } finally {
        this.#file = undefined;
        await file.close();
      }
      const { lfOctets, crlfOctets } = this.#lines;
      return await this.#options.add({
        path: this.#path,
        base: `${this.#base},S=${lfOctets},W=${crlfOctets}`,
        flags: canonicalFlags(this.#options.flags),
        receivedMs,
        octets: crlfOctets,
      });
    });
  }

  async abort(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
    if (file !== undefined) await this.#context.disk.unlink(this.#path).catch(() => {});
  }

  async #open(): Promise<DiskFile> {
    return this.#file ??= await this.#context.disk.open(this.#path, { write: true, create: "always" });
  }

  async #guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await guarded(this.#context.log, `save a message in ${this.#options.directory}`, action);
    } catch (thrown) {
      await this.#context.disk.unlink(this.#path).catch(() => {});
      throw thrown;
    }
  }
}
