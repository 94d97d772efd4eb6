/** `cidr:FILE` (cidr_table(5)): lines of `NETWORK/BITS value` or `ADDRESS value`, the first that holds the key wins. */

import { matchesCidr, parseCidr, parseIp } from "../../tools/kit/mail/ip.ts";

import type { FileTableOptions } from "./indexed.ts";
import type { ParsePattern } from "./pattern_source.ts";
import { PatternRules } from "./pattern_source.ts";
import type { Table } from "./table.ts";
import { maxTextOctets } from "./texthash.ts";
import { WatchedFile } from "./watched_file.ts";

export function cidrTable(name: string, path: string, options: FileTableOptions): Table {
  return patternTable(name, path, { ...options, parse: parseCidrPattern });
}

/** A table of rules in a file, asked once with the full key. */
export function patternTable(
  name: string,
  path: string,
  options: FileTableOptions & { readonly parse: ParsePattern },
): Table {
  const { disk, log, parse } = options;
  const file = new WatchedFile<PatternRules>({
    disk,
    path,
    load: async () =>
      new PatternRules(await disk.readFile(path, maxTextOctets), parse, {
        file: path,
        warn: (text) => log.write("warning", text),
      }),
  });
  return {
    name,
    fixed: true,
    lookup: (key) => file.use((rules) => rules.lookup(key)),
    close: () => file.close(),
  };
}

function parseCidrPattern(text: string): ReturnType<ParsePattern> {
  const [, not = "", pattern = "", rest = ""] = /^(!?)\s*(\S+)\s*([^]*)$/.exec(text) ?? [];
  const parsed = parseCidr(pattern);
  if (parsed.kind === "malformed") return { problem: parsed.reason };
  return {
    rest: rest.trim(),
    match: (key) => {
      const address = parseIp(key.replace(/^\[(.*)\]$/, "$1"));
      if (address === undefined) return undefined;
      return matchesCidr(parsed.cidr, address) === (not === "") ? (value) => value : undefined;
    },
  };
}
