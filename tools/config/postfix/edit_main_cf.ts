/** Changes of settings in the text of main.cf, as postconf -e, -# and -X make them: comments and order stay. */

import { physicalKind } from "./main_cf.ts";

/** What becomes of a setting: a new value, a comment, or nothing. */
export type MainCfEdit =
  | { readonly kind: "set"; readonly value: string }
  | { readonly kind: "comment" }
  | { readonly kind: "remove" };

/** Makes the changes, in all definitions of a name. A setting that is not there is added at the end. */
export function editMainCf(text: string, edits: ReadonlyMap<string, MainCfEdit>): string {
  const out: string[] = [];
  const done = new Set<string>();
  let edit: MainCfEdit | undefined;
  for (const line of text.split(/(?<=\n)/)) {
    const kind = physicalKind(line.replace(/\n$/, ""));
    if (kind === "comment") {
      out.push(line);
      continue;
    }
    if (kind === "first") {
      const name = /^\ufeff?([^\s=]*)/.exec(line)![1]!;
      edit = edits.get(name);
      if (edit !== undefined) done.add(name);
      if (edit?.kind === "set") out.push(`${name} = ${edit.value}\n`);
    }
    if (edit === undefined) out.push(line);
    if (edit?.kind === "comment") out.push(`#${line}`);
  }
  const added = [...edits].flatMap(([name, edit]) =>
    edit.kind === "set" && !done.has(name) ? [`${name} = ${edit.value}\n`] : []
  );
  const before = out.join("");
  const isOpen = added.length > 0 && before !== "" && !before.endsWith("\n");
  return before + (isOpen ? "\n" : "") + added.join("");
}
