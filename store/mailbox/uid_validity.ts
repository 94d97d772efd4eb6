/**
 * UIDVALIDITY of new mailboxes: always greater than any that the account has had, so that a mailbox recreated under an
 * old name is never mistaken for it (RFC 3501 §2.3.1.1).
 *
 * | file | holds |
 * |---|---|
 * | `dovecot-uidvalidity` | the last value, eight hexadecimal digits |
 * | `dovecot-uidvalidity.XXXXXXXX` | empty; its name is the last value. Taking the next one is one rename of it |
 *
 * Both are Dovecot's, so it may take over, and it may be running beside us.
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { randomHex } from "../../tools/kit/base/random.ts";

import { DiskError, writeFileAtomically } from "../file/disk.ts";

import type { StoreContext } from "./context.ts";

const fileName = "dovecot-uidvalidity";
const marker = /^dovecot-uidvalidity\.([0-9a-f]{8})$/;
const maxTries = 20;

export class UidValidityCounter {
  readonly #context: StoreContext;
  readonly #directory: string;

  constructor(context: StoreContext, directory: string) {
    this.#context = context;
    this.#directory = directory;
  }

  /** A value never given before, and greater than `above`. */
  async next(above = 0): Promise<number> {
    const { disk, clock, random } = this.#context;
    for (let tries = 0; tries < maxTries; tries++) {
      const { marked, last } = await this.#last();
      const value = Math.max((last ?? Math.floor(clock.now() / 1000) - 1) + 1, above + 1, 1);
      if (await this.#take(marked, value)) {
        await writeFileAtomically(disk, `${this.#directory}/${fileName}`, utf8Bytes(hex(value)), {
          // Others may be at it too.
          temporary: `${this.#directory}/${fileName}.tmp.${randomHex(random, 4)}`,
        });
        return value;
      }
    }
    throw new DiskError("other", "take the next UIDVALIDITY in", this.#directory);
  }

  /** Notes that `value` is in use, so that later ones are greater. */
  async atLeast(value: number): Promise<void> {
    const { last } = await this.#last();
    if (last === undefined || last < value) await this.next(value - 1);
  }

  /** The value that a marker names, and the last one by whatever tells it. */
  async #last(): Promise<{ readonly marked: number | undefined; readonly last: number | undefined }> {
    const { disk } = this.#context;
    let marked: number | undefined;
    let noted = false;
    for (const { name } of await disk.list(this.#directory)) {
      const found = marker.exec(name);
      if (found !== null) marked = Math.max(marked ?? 0, parseInt(found[1]!, 16));
      noted ||= name === fileName;
    }
    const text = noted ? utf8Text(await disk.readFile(`${this.#directory}/${fileName}`)) : "";
    const written = /^[0-9a-f]{8}/.test(text) ? parseInt(text.slice(0, 8), 16) : undefined;
    const last = marked === undefined ? written : Math.max(marked, written ?? 0);
    return { marked, last };
  }

  /** False when somebody else took it at the same moment. */
  async #take(marked: number | undefined, value: number): Promise<boolean> {
    const { disk } = this.#context;
    const path = `${this.#directory}/${fileName}.${hex(value)}`;
    try {
      if (marked !== undefined) await disk.rename(`${this.#directory}/${fileName}.${hex(marked)}`, path);
      else await (await disk.open(path, { write: true, create: "always", mode: 0o444 })).close();
      return true;
    } catch (thrown) {
      if (thrown instanceof DiskError && (thrown.code === "notFound" || thrown.code === "exists")) {
        return false;
      }
      throw thrown;
    }
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
