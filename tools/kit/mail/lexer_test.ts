import { assert, assertEquals } from "@std/assert";

import { realRandom, SeededRandom } from "../base/random.ts";
import { addressLexicon, Lexer, type Lexicon, mimeLexicon } from "./lexer.ts";

/** `kind:text`, a blank before it where the token has one; specials without a kind. */
function show(text: string, lexicon: Lexicon): string {
  const lexer = new Lexer(text, lexicon);
  const shown: string[] = [];
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    const kind = token.kind === "special" ? "" : `${token.kind}:`;
    shown.push(`${token.isSpaced ? " " : ""}${kind}${token.text}`);
  }
  return shown.join("|");
}

Deno.test("Lexer reads the tokens of addresses (RFC 5322 §3.2)", () => {
  const cases: readonly (readonly [text: string, shown: string])[] = [
    ["", ""],
    [" \r\n\t", ""],
    ["a.b@c", "atom:a|.|atom:b|@|atom:c"],
    ["a \r\n b", "atom:a| atom:b"],
    ["a/b=c?d", "atom:a/b=c?d"],
    ["\xe5\0\x7f", "atom:\xe5\0\x7f"],
    ["<,;:>)]\\", "<|,|;|:|>|)|]|\\"],
    ['"a \\"b\\\\"c', 'quoted:a "b\\|atom:c'],
    ['""', "quoted:"],
    ['"a\r\n b\\\r\\\n"', "quoted:a b"],
    ["(a (b) \\) c)(d)", "comment:a (b) ) c|comment:d"],
    ['("(")")")', 'comment:"(")"|broken:"'],
    [" [192.0.2.1] [a\\]b]", " literal:[192.0.2.1]| literal:[a]b]"],
    ['a "b, c', 'atom:a| broken:"'],
    ['"a\\"', 'broken:"'],
    ["(a (b) c", "broken:("],
    ["(\\", "broken:("],
    ["[a", "broken:["],
  ];
  for (const [text, shown] of cases) assertEquals(show(text, addressLexicon), shown, text);
});

Deno.test("Lexer reads the tokens of MIME fields (RFC 2045 §5.1)", () => {
  const cases: readonly (readonly [text: string, shown: string])[] = [
    ["text/plain; a.b=c", "atom:text|/|atom:plain|;| atom:a.b|=|atom:c"],
    ["[a?]", "[|atom:a|?|]"],
    ["a*0*=us-ascii'en'%41", "atom:a*0*|=|atom:us-ascii'en'%41"],
    ['="a;b" (c)', "=|quoted:a;b| comment:c"],
  ];
  for (const [text, shown] of cases) assertEquals(show(text, mimeLexicon), shown, text);
});

Deno.test("Lexer.peek() takes nothing, and nextRun() takes text as it stands", () => {
  const lexer = new Lexer(' a=="b (c) d;e', mimeLexicon);
  const a = { kind: "atom", text: "a", start: 1, isSpaced: true } as const;
  assertEquals([lexer.peek(), lexer.peek(), lexer.next()], [a, a, a]);
  assertEquals(lexer.nextRun('"'), "==");
  assertEquals(lexer.nextRun(";"), '"b');
  assertEquals(lexer.next()?.text, "c");
  assertEquals(lexer.nextRun(";"), "d");
  assertEquals(lexer.nextRun(";"), "");
  assertEquals([lexer.next()?.text, lexer.next()?.text], [";", "e"]);
  assertEquals([lexer.next(), lexer.nextRun("")], [undefined, ""]);
});

Deno.test("Lexer never throws, looks at all octets in order, and gives no line ends", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  const alphabet = [...'"\\()[]<@,. a\r\n\xe5'];
  for (let round = 0; round < 5000; round++) {
    let text = "";
    for (let length = random.below(40); length > 0; length--) text += alphabet[random.below(alphabet.length)];
    const lexer = new Lexer(text, addressLexicon);
    let end = 0;
    for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
      const note = `seed ${random.seed}: ${JSON.stringify(text)}`;
      assert(token.start >= end && !/[\r\n]/.test(token.text), note);
      end = token.start + 1;
    }
  }
  for (const piece of ['"', "(", "[", "()", "\\", " ", "a", "(\\"]) {
    show(piece.repeat(300_000), addressLexicon);
  }
});
