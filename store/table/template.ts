/** Replacement texts of pattern tables, pure: `$1`, `${1}`, `$(1)`, and `$$` for a `$` (regexp_table(5)). */

/** Texts and numbers of groups in turn. */
export type Template = readonly (string | number)[];

export type TemplateResult = { readonly template: Template } | { readonly problem: string };

/** `groups`: how many the pattern has. Problems are in Postfix's words. */
export function parseTemplate(text: string, groups: number): TemplateResult {
  const parts: (string | number)[] = [];
  let start = 0;
  for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", start)) {
    parts.push(text.slice(start, at));
    const match = /^\$(?:(\$)|(\w+)|\{([^}]*)\}|\(([^)]*)\))/.exec(text.slice(at));
    if (match === null) {
      const kind = /^\$[{(]/.test(text.slice(at)) ? "truncated macro reference" : "empty macro name";
      return { problem: `${kind} in "${text}": skipping this rule` };
    }
    start = at + match[0].length;
    if (match[1] !== undefined) {
      parts.push("$");
      continue;
    }
    const name = match[2] ?? match[3] ?? match[4] ?? "";
    if (!/^\d{1,6}$/.test(name)) {
      return { problem: `non-numeric replacement index "${name}": skipping this rule` };
    }
    if (Number(name) < 1 || Number(name) > groups) {
      return { problem: `out of range replacement index "${name}": skipping this rule` };
    }
    parts.push(Number(name));
  }
  parts.push(text.slice(start));
  return { template: parts.filter((part) => part !== "") };
}

/** The text with what the groups have taken. */
export function fillTemplate(template: Template, group: (number: number) => string): string {
  return template.map((part) => typeof part === "string" ? part : group(part)).join("");
}

/** Does any of it come from the key? */
export function isSubstituting(template: Template): boolean {
  return template.some((part) => typeof part === "number");
}
