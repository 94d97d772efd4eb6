/** A table of rules, in a file (`regexp:FILE`) or in its name (`regexp:{ {/a/ b}, {/c/ d} }`); asked once with the full key. */

import { ConfigError } from "../../tools/kit/base/failure.ts";

import type { PatternSyntax } from "./pattern_source.ts";
import { PatternRules } from "./pattern_source.ts";
import type { FileTableOptions } from "./indexed.ts";
import { logicalLines } from "./source_lines.ts";
import { readItems, unbrace } from "./spec_list.ts";
import type { Table } from "./table.ts";
import { maxTextOctets } from "./texthash.ts";
import { WatchedFile } from "./watched_file.ts";

export interface PatternTableOptions extends FileTableOptions {
  readonly syntax: PatternSyntax;
}

/** `path` is a file or a list of rules in braces. @throws ConfigError when such a list is bad */
export function patternTable(name: string, path: string, options: PatternTableOptions): Table {
  const { disk, log, syntax } = options;
  const kind = `${name.slice(0, name.indexOf(":"))} map`;
  const warn = (text: string) => log.write("warning", text);
  if (path.startsWith("{")) {
    const rules = new PatternRules(inlineRules(name, path), syntax, { file: `${kind} ${path}`, warn });
    return { name, fixed: false, lookup: (key) => Promise.resolve(rules.lookup(key)), close: () => {} };
  }
  const report = { file: `${kind} ${path}`, warn };
  const file = new WatchedFile<PatternRules>({
    disk,
    path,
    load: async () => {
      const bytes = await disk.readFile(path, maxTextOctets);
      return new PatternRules(logicalLines(bytes, report), syntax, report);
    },
  });
  return {
    name,
    fixed: false,
    lookup: (key) => file.use((rules) => rules.lookup(key)),
    close: () => file.close(),
  };
}

/** The rules of a name, counted as lines are. */
function inlineRules(name: string, text: string) {
  const type = name.slice(0, name.indexOf(":"));
  return readItems(name, text, `${type}:{ {pattern value}... }`).map((item, index) => {
    const rule = unbrace(item);
    if (rule === undefined) throw new ConfigError(`${type} map: no '{' at start of text in "${item}"`);
    return { text: rule, line: index + 1 };
  });
}
