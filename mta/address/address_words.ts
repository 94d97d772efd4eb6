/** The right-hand side of an address table: addresses between commas, semicolons or blanks. */

/**
 * Comments, the names before `<...>` and those of groups are left out.
 *
 *     addressWords('joe, "odd, user"@x.test  Ann <ann@x.test> (boss), team: a@x.test, b@x.test;')
 *     ->  joe, "odd, user"@x.test, ann@x.test, a@x.test, b@x.test
 */
export function addressWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const whole of splitItems(text)) {
    const item = whole.replace(/^[^"@<>[\]:]*:(?=\s|$)/, "");
    const bracketed = /<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>/s.exec(item);
    if (bracketed !== null) words.push(bracketed[1]!.trim());
    else words.push(...(item.match(/(?:"(?:[^"\\]|\\.)*"|\\.|[^\s"\\])+/gs) ?? []));
  }
  return words.filter((word) => word !== "");
}

/** Cut at commas and semicolons outside quotes and angle brackets, comments taken out. */
function splitItems(text: string): readonly string[] {
  const items: string[] = [];
  let [item, comment, quoted, angle] = ["", 0, false, false];
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\") {
      if (comment === 0) item += text.slice(at, at + 2);
      at++;
    } else if (quoted || comment === 0 && char === '"') {
      if (char === '"') quoted = !quoted;
      item += char;
    } else if (char === "(") comment++;
    else if (comment > 0) comment -= char === ")" ? 1 : 0;
    else if ((char === "," || char === ";") && !angle) {
      items.push(item);
      item = "";
    } else {
      if (char === "<" || char === ">") angle = char === "<";
      item += char;
    }
  }
  return [...items, item];
}
