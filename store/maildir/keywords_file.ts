/**
 * `dovecot-keywords`: which keyword each of the letters a to z stands for, a line `NUMBER NAME` each (0 is a). Changed
 * under `dovecot-keywords.lock`; a number once given is never given to another name, since old file names carry it.
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import type { Flag } from "../account.ts";
import { MailboxError } from "../account.ts";
import { writeFileAtomically } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { acquireDotlock } from "../mailbox/dotlock.ts";
import type { KeywordLetters } from "./file_name.ts";

const maxKeywords = 26;
const maxFileOctets = 1 << 20;

export class KeywordsFile implements KeywordLetters {
  readonly #context: StoreContext;
  readonly #path: string;
  #signature = "";
  #names: (Flag | undefined)[] = [];
  /** Changes whenever letters get new meanings. */
  version = 0;

  constructor(context: StoreContext, directory: string) {
    this.#context = context;
    this.#path = `${directory}/dovecot-keywords`;
  }

  get names(): readonly Flag[] {
    return this.#names.filter((name) => name !== undefined);
  }

  nameOf(letter: string): Flag | undefined {
    return this.#names[letter.charCodeAt(0) - 97];
  }

  letterOf(keyword: Flag): string | undefined {
    const lower = keyword.toLowerCase();
    const number = this.#names.findIndex((name) => name?.toLowerCase() === lower);
    return number < 0 ? undefined : String.fromCharCode(97 + number);
  }

  /** Reads the file if it changed; true when it did. */
  async load(): Promise<boolean> {
    const { disk } = this.#context;
    const info = await disk.stat(this.#path);
    if (info === undefined) return false;
    const signature = `${info.inode}.${info.octets}.${info.modifiedMs}`;
    if (signature === this.#signature) return false;
    const names: (Flag | undefined)[] = [];
    for (const line of utf8Text(await disk.readFile(this.#path, maxFileOctets)).split("\n")) {
      const found = /^(\d{1,2}) ([^\s\\]\S*)$/.exec(line);
      if (found !== null && Number(found[1]) < maxKeywords) names[Number(found[1])] = found[2];
    }
    this.#names = Array.from(names);
    this.version++;
    this.#signature = signature;
    return true;
  }

  /** Sees to it that all of `keywords` have letters. @throws MailboxError `cannot` when there are too many */
  async ensure(keywords: readonly Flag[]): Promise<void> {
    if (keywords.every((keyword) => this.letterOf(keyword) !== undefined)) return;
    const { disk } = this.#context;
    const unlock = await acquireDotlock(this.#context, this.#path);
    try {
      await this.load();
      const names = this.#names.slice();
      for (const keyword of keywords) {
        if (names.some((name) => name?.toLowerCase() === keyword.toLowerCase())) continue;
        const free = names.findIndex((name) => name === undefined);
        const number = free < 0 ? names.length : free;
        if (number >= maxKeywords) throw new MailboxError("cannot", "Too many keywords in this mailbox");
        names[number] = keyword;
      }
      const text = names.map((name, number) => name === undefined ? "" : `${number} ${name}\n`).join("");
      await writeFileAtomically(disk, this.#path, utf8Bytes(text), { temporary: `${this.#path}.tmp` });
      this.#names = names;
      this.version++;
      const info = await disk.stat(this.#path);
      this.#signature = info === undefined ? "" : `${info.inode}.${info.octets}.${info.modifiedMs}`;
    } finally {
      await unlock();
    }
  }
}
