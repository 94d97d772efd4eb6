import { assertEquals } from "@std/assert";

import { addressLexicon, Lexer, type Token } from "./lexer.ts";
import { localPartOf, oneLine, phraseOf } from "./phrase.ts";

function wordsOf(text: string): Token[] {
  const lexer = new Lexer(text, addressLexicon);
  const words: Token[] = [];
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) words.push(token);
  return words;
}

Deno.test("phraseOf() keeps dots and puts one blank between words (RFC 5322 §4.1, report R72)", () => {
  const cases: readonly (readonly [text: string, phrase: string | undefined])[] = [
    ["", undefined],
    ['""', undefined],
    ["John  Q.\t Public", "John Q. Public"],
    ["J.Q.Public", "J.Q.Public"],
    ["J . Q", "J . Q"],
    ['Ann"Al"Lee', "Ann Al Lee"],
    ['"" Ann ""', "Ann"],
    ['" a  b"', " a  b"],
  ];
  for (const [text, phrase] of cases) assertEquals(phraseOf(wordsOf(text)), phrase, text);
});

Deno.test("localPartOf() joins words around dots, up to where two meet (RFC 5322 §4.4)", () => {
  const cases: readonly (readonly [text: string, local: string, isWhole: boolean])[] = [
    ["", "", true],
    ["a . b.c", "a.b.c", true],
    ['"a b". c', "a b.c", true],
    ["..a", "..a", true],
    ["a.b c.d", "a.b", false],
    ['a"b"', "a", false],
  ];
  for (const [text, local, isWhole] of cases) {
    assertEquals(localPartOf(wordsOf(text)), { text: local, isWhole }, text);
  }
});

Deno.test("oneLine() leaves single blanks, and none around", () => {
  assertEquals(oneLine(" a \r\n\t b "), "a b");
  assertEquals(oneLine(" \r\n"), undefined);
});
