/** Files of items that lists name: `/file` stands for what is in it (postconf(5) mydestination). Pure: texts are given. */

import { splitList } from "./list.ts";
import { logicalLines } from "./postfix/main_cf.ts";

/** An item as written, `!` included, and where it stands when that is a file of its own. */
export interface SourcedItem {
  readonly text: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** The texts of files by path, or why one cannot be read. */
export type ListFiles = ReadonlyMap<string, { readonly text: string } | { readonly problem: string }>;

export interface FilledList {
  readonly items: readonly SourcedItem[];
  /** Files that must be read before the list is whole. */
  readonly wanted: readonly string[];
  readonly problems: readonly { readonly text: string; readonly at: SourcedItem }[];
}

/** Puts the items of files in the place of their names; `!/file` makes an exception of each. */
export function fillFromFiles(items: readonly string[], files: ListFiles): FilledList {
  const filled: SourcedItem[] = [];
  const wanted: string[] = [];
  const problems: { readonly text: string; readonly at: SourcedItem }[] = [];
  const add = (item: SourcedItem, within: readonly string[]): void => {
    const path = item.text.replace(/^!+/, "");
    if (!path.startsWith("/")) {
      filled.push(item);
      return;
    }
    const file = files.get(path);
    if (file === undefined) wanted.push(path);
    else if ("problem" in file) problems.push({ text: file.problem, at: item });
    else if (within.includes(path)) problems.push({ text: `${path} names itself`, at: item });
    else {
      const signs = item.text.slice(0, item.text.length - path.length);
      for (const { text, line } of itemsOf(file.text)) {
        add({ text: signs + text, file: path, line }, [...within, path]);
      }
    }
  };
  for (const text of items) add({ text }, []);
  return { items: filled, wanted, problems };
}

function itemsOf(text: string): readonly { readonly text: string; readonly line: number }[] {
  return logicalLines(text).flatMap(({ text: row, line }) =>
    (splitList(row) ?? []).map((item) => ({ text: item, line }))
  );
}
