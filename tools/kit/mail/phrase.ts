/** What the words of an address stand for: the tokens of RFC 5322 §3.2.5, with the dots of §4.1, to text. */

import type { Token } from "./lexer.ts";

/** Words with one blank between; a dot keeps the blanks that it has or has not (`J. R. Lee`, `J.R. Lee`). */
export function phraseOf(words: readonly Token[]): string | undefined {
  let phrase = "";
  let wasDot = true;
  for (const word of words) {
    if (word.text === "") continue;
    if (phrase !== "" && (word.isSpaced || (!wasDot && !isDot(word)))) phrase += " ";
    phrase += word.text;
    wasDot = isDot(word);
  }
  return phrase === "" ? undefined : phrase;
}

/** Words up to where two meet without a dot, joined without blanks (RFC 5322 §4.4 obs-local-part). */
export function localPartOf(words: readonly Token[]): { readonly text: string; readonly isWhole: boolean } {
  const meeting = words.findIndex((word, index) => index > 0 && !isDot(word) && !isDot(words[index - 1]!));
  const joined = meeting < 0 ? words : words.slice(0, meeting);
  return { text: joined.map((word) => word.text).join(""), isWhole: meeting < 0 };
}

export function isDot(token: Token): boolean {
  return token.kind === "special" && token.text === ".";
}

/** Each run of blanks as one, none around; `undefined` when nothing is left. */
export function oneLine(text: string): string | undefined {
  const line = text.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "");
  return line === "" ? undefined : line;
}
