/** Which tables are asked with parts of a key too (Postfix's DICT_FLAG_FIXED), by their names alone. */

/** Types that are asked once, with the whole key. */
const wholeKeyTypes: readonly string[] = ["regexp", "pcre", "cidr", "tcp", "socketmap", "randmap", "fail"];

/**
 * Does the table hold fixed keys, so that `user@`, `domain` and its parents are asked of it as well?
 *
 *     isFixedTable("hash:/etc/postfix/access")                 ->  true
 *     isFixedTable("proxy:pcre:/etc/postfix/access")           ->  false
 *     isFixedTable("unionmap:{pcre:/a, hash:/b}")              ->  true, as one of them does
 */
export function isFixedTable(spec: string): boolean {
  const colon = spec.indexOf(":");
  const [type, rest] = [spec.slice(0, colon), spec.slice(colon + 1)];
  if (type === "proxy") return isFixedTable(rest);
  if (type === "unionmap" || type === "pipemap") return partsOf(rest).some(isFixedTable);
  return !wholeKeyTypes.includes(type);
}

/** The tables named in `{type:name, {type:name}}`. */
function partsOf(text: string): readonly string[] {
  const list = unbrace(text.trim());
  const parts: string[] = [];
  let [part, depth] = ["", 0];
  for (const char of `${list},`) {
    if (depth === 0 && /[\s,]/.test(char)) {
      if (part !== "") parts.push(unbrace(part));
      part = "";
      continue;
    }
    if (char === "{") depth++;
    if (char === "}") depth--;
    part += char;
  }
  return parts;
}

function unbrace(text: string): string {
  return text.startsWith("{") && text.endsWith("}") ? text.slice(1, -1).trim() : text;
}
