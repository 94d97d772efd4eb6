/** Lists as Postfix writes them in one text: items between commas or blanks, `{ }` around an item with blanks. */

/**
 * The items of a list, or `undefined` when a brace is not closed. Outer braces of an item that stands alone are
 * taken off, unless `keepBraces`; braces inside a word (`regexp:{{/x/ y}}`) stay.
 *
 * ```ts
 * splitList("a, b  c"); // ["a", "b", "c"]
 * splitList("CONNECT regexp:{{/^[^A-Z]/ Bogus}}"); // ["CONNECT", "regexp:{{/^[^A-Z]/ Bogus}}"]
 * ```
 */
export function splitList(
  text: string,
  { keepBraces = false }: { readonly keepBraces?: boolean } = {},
): string[] | undefined {
  const finished = (item: string) => keepBraces ? item : unbrace(item);
  const items: string[] = [];
  let item = "";
  let depth = 0;
  for (const char of text) {
    if (depth === 0 && /[\s,]/.test(char)) {
      if (item !== "") items.push(finished(item));
      item = "";
      continue;
    }
    if (char === "{") depth++;
    if (char === "}" && depth > 0) depth--;
    item += char;
  }
  if (depth > 0) return undefined;
  if (item !== "") items.push(finished(item));
  return items;
}

function unbrace(item: string): string {
  return item.startsWith("{") && item.endsWith("}") ? item.slice(1, -1).trim() : item;
}
