/**
 * The list of subscribed names, in the files that Dovecot keeps (`subscriptions` in a Maildir, `.subscriptions` beside
 * mbox folders). Two forms are read: version 2 (`V<TAB>2`, an empty line, names with TAB between levels) and the old one
 * (a name a line, levels parted by the layout's separator); version 2 is written.
 *
 * Names are kept in modified UTF-7, as on disk.
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { formatMutf7, parseMutf7 } from "../../tools/kit/mail/mutf7.ts";

import { DiskError, writeFileAtomically } from "../file/disk.ts";

import type { StoreContext } from "./context.ts";
import { acquireDotlock } from "./dotlock.ts";
import { canonicalName, compareNames } from "./name.ts";

const header = "V\t2\n\n";
const maxFileOctets = 4 << 20;

/** Names in the order of the file; what is no name is left out. */
export function parseSubscriptions(text: string, separator: string): readonly string[] {
  const second = text.startsWith("V\t2\n");
  const levelsOf = (line: string) => line.split(second ? "\t" : separator);
  return text.slice(second ? header.length - 1 : 0).split("\n")
    .filter((line) => line !== "")
    .map((line) => levelsOf(line).map((level) => parseMutf7(level)))
    .filter((levels): levels is string[] => !levels.includes(undefined) && !levels.includes(""))
    .map((levels) => canonicalName(levels.join("/")));
}

export function formatSubscriptions(names: readonly string[]): string {
  return header + names.map((name) => `${name.split("/").map(formatMutf7).join("\t")}\n`).join("");
}

export class Subscriptions {
  readonly #context: StoreContext;
  readonly #path: string;
  readonly #separator: string;

  constructor(context: StoreContext, path: string, separator: string) {
    this.#context = context;
    this.#path = path;
    this.#separator = separator;
  }

  /** In order, each once. */
  async list(): Promise<readonly string[]> {
    let text: string;
    try {
      text = utf8Text(await this.#context.disk.readFile(this.#path, maxFileOctets));
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "notFound") return [];
      throw thrown;
    }
    return Array.from(new Set(parseSubscriptions(text, this.#separator))).sort(compareNames);
  }

  async set(name: string, options: { readonly subscribed: boolean }): Promise<void> {
    const unlock = await acquireDotlock(this.#context, this.#path);
    try {
      const names = new Set(await this.list());
      if (names.has(name) === options.subscribed) return;
      if (options.subscribed) names.add(name);
      else names.delete(name);
      await writeFileAtomically(
        this.#context.disk,
        this.#path,
        utf8Bytes(formatSubscriptions(Array.from(names).sort(compareNames))),
        { temporary: `${this.#path}.tmp` },
      );
    } finally {
      await unlock();
    }
  }
}
