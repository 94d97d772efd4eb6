/** Messages on their way into an mbox: each in a file of its own, in LF form, until all can be written at once. */

import { randomHex } from "../../tools/kit/base/random.ts";

import type { Appending, AppendOptions, Flag, Uid, UidValidity } from "../account.ts";
import type { DiskFile } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { canonicalFlags } from "../mailbox/flags.ts";
import { guarded } from "../mailbox/guard.ts";
import { LfWriter } from "../mailbox/line_form.ts";

export interface StagedMessage {
  readonly path: string;
  readonly flags: readonly Flag[];
  readonly receivedMs: number;
}

/** Name of a staging file; those that a crash left behind are known by it. */
export const stagingName = /^stage\.\d+\.[0-9a-f]+$/;

export function newStagingPath(context: StoreContext, side: string): string {
  return `${side}/stage.${Math.floor(context.clock.now() / 1000)}.${randomHex(context.random, 8)}`;
}

export interface MboxAppendingOptions extends AppendOptions {
  readonly side: string;
  readonly add: (message: StagedMessage) => Promise<{ readonly uid: Uid; readonly uidValidity: UidValidity }>;
}

export class MboxAppending implements Appending {
  readonly #context: StoreContext;
  readonly #options: MboxAppendingOptions;
  readonly #lines = new LfWriter();
  readonly #path: string;
  #file: DiskFile | undefined;

  constructor(context: StoreContext, options: MboxAppendingOptions) {
    this.#context = context;
    this.#options = options;
    this.#path = newStagingPath(context, options.side);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#guarded(async () => await (await this.#open()).write(this.#lines.push(bytes)));
  }

  async commit(): Promise<{ readonly uid: Uid; readonly uidValidity: UidValidity }> {
    return await this.#guarded(async () => {
      const file = await this.#open();
      this.#file = undefined;
      try {
        await file.write(this.#lines.end());
      } finally {
        await file.close();
      }
      try {
        return await this.#options.add({
          path: this.#path,
          flags: canonicalFlags(this.#options.flags),
          receivedMs: this.#options.receivedMs ?? this.#context.clock.now(),
        });
      } finally {
        await this.#context.disk.unlink(this.#path).catch(() => {});
      }
    });
  }

  async abort(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    await file.close();
    await this.#context.disk.unlink(this.#path).catch(() => {});
  }

  async #open(): Promise<DiskFile> {
    return this.#file ??= await this.#context.disk.open(this.#path, { write: true, create: "always" });
  }

  #guarded<T>(action: () => Promise<T>): Promise<T> {
    return guarded(this.#context.log, "save a message", action);
  }
}
