import { assert, assertEquals } from "@std/assert";

import { realRandom, SeededRandom } from "../base/random.ts";
import { type EnvelopeAddress, listedRecipients, parseAddressList } from "./address_list.ts";

const nobody = "MISSING_MAILBOX@MISSING_DOMAIN";

/** `name|route|mailbox@host`, groups as `name{` and `}`. */
function show(address: EnvelopeAddress): string {
  if (address.host === undefined) return address.mailbox === undefined ? "}" : `${address.mailbox}{`;
  return `${address.name ?? "-"}|${address.route ?? "-"}|${address.mailbox}@${address.host}`;
}

const isStart = (address: EnvelopeAddress) => address.host === undefined && address.mailbox !== undefined;
const isEnd = (address: EnvelopeAddress) => address.mailbox === undefined;

const single: readonly (readonly [text: string, shown: string])[] = [
  // Addresses alone.
  ["ann@ref.test", "-|-|ann@ref.test"],
  ['"ann"@ref.test', "-|-|ann@ref.test"],
  ['"ann lee"@ref.test', "-|-|ann lee@ref.test"],
  ['"a@b\\\\c\\"d"@ref.test', '-|-|a@b\\c"d@ref.test'],
  ['""@ref.test', "-|-|@ref.test"],
  ["ann@[192.0.2.1]", "-|-|ann@[192.0.2.1]"],
  ["ann . lee @ ref . test", "-|-|ann.lee@ref.test"],
  [".ann..lee.@phone.test", "-|-|.ann..lee.@phone.test"],
  // Something is missing.
  ["postmaster", "-|-|postmaster@MISSING_DOMAIN"],
  ["@ref.test", "-|-|MISSING_MAILBOX@ref.test"],
  ["ann@", "-|-|ann@MISSING_DOMAIN"],
  ["Ann from accounts", `Ann from accounts|-|${nobody}`],
  ['"Ann, accounts"', `Ann, accounts|-|${nobody}`],
  ['Ann "Al" Lee', `Ann Al Lee|-|${nobody}`],
  // Angle brackets and routes.
  ["<ann@ref.test>", "-|-|ann@ref.test"],
  ["Ann <postmaster>", "Ann|-|postmaster@MISSING_DOMAIN"],
  ['"" <ann@ref.test>', "-|-|ann@ref.test"],
  ['"Team: <all>; you, me" <t@ref.test>', "Team: <all>; you, me|-|t@ref.test"],
  ["Ann <@one.test , @two.test:ann@ref.test>", "Ann|@one.test,@two.test|ann@ref.test"],
  ["<>", `-|-|${nobody}`],
  ["<@one.test>", `-|INVALID_ROUTE|${nobody}`],
  ["Ann <ann@ref.test", "Ann|-|ann@SYNTAX_ERROR"],
  ["Ann <ann lee@ref.test>", "Ann|-|ann@SYNTAX_ERROR"],
  // A comment after the address names its owner.
  ["ann@ref.test (Ann Lee)", "Ann Lee|-|ann@ref.test"],
  ["ann@ref.test (Ann \\(the (other) one\\))", "Ann (the (other) one)|-|ann@ref.test"],
  ["postmaster (on duty)", "on duty|-|postmaster@MISSING_DOMAIN"],
  ["ann(at)@(home)ref.test", "home|-|ann@ref.test"],
  ["(Ann) ann@ref.test ()", "Ann|-|ann@ref.test"],
  ["Ann <ann@ref.test> (at work)", "Ann|-|ann@ref.test"],
  // Names that are no phrase.
  ["ann@ref.test <ann@ref.test>", "ann@ref.test|-|ann@ref.test"],
  ["Ann @ [home] <ann@ref.test>", "Ann @ [home]|-|ann@ref.test"],
  ["<ann@ref.test> <bob@ref.test>", "-|-|ann@ref.test"],
  ["J.R. Lee <ann@ref.test>", "J.R. Lee|-|ann@ref.test"],
  // Reports R71, R72, R73.
  ['"last, first (t)" <x@y.test>', "last, first (t)|-|x@y.test"],
  ["John Q. Public <j@p.test>", "John Q. Public|-|j@p.test"],
  ['"foo \\"bar\\" q" <f@q.test>', 'foo "bar" q|-|f@q.test'],
  ["J\xf6rg <j@p.test>", "J\xf6rg|-|j@p.test"],
  ["=?utf-8?Q?A=C3=A5?= <a@x.test>", "=?utf-8?Q?A=C3=A5?=|-|a@x.test"],
];

Deno.test("parseAddressList() reads addresses, however broken, alone, in lists and in groups (RFC 5322 §3.4)", () => {
  for (const [text, shown] of single) {
    assertEquals(parseAddressList(text).map(show), [shown], text);
    if (shown.includes("SYNTAX_ERROR")) continue;
    assertEquals(parseAddressList(`${text} , \r\n ${text},${text}`).map(show), [shown, shown, shown], text);
    assertEquals(parseAddressList(`group: ${text},${text};`).map(show), ["group{", shown, shown, "}"], text);
  }
});

Deno.test("parseAddressList() reads lists and groups with gaps (RFC 5322 §4.4, report R48)", () => {
  const cases: readonly (readonly [text: string, shown: readonly string[]])[] = [
    ["", []],
    [" \r\n (only a comment) ", []],
    ["undisclosed-recipients:;", ["undisclosed-recipients{", "}"]],
    ["undisclosed-recipients: ;", ["undisclosed-recipients{", "}"]],
    ["A Group:a@b,c@d;,e@f", ["A Group{", "-|-|a@b", "-|-|c@d", "}", "-|-|e@f"]],
    ["group: a@b", ["group{", "-|-|a@b", "}"]],
    ["a@b, ", ["-|-|a@b"]],
    ["a@b, (open", ["-|-|a@b", `-|-|${nobody}`]],
    ["a@b c@d, e@f", ["-|-|a@b", "-|-|e@f"]],
    ["Ann <a@b, Bob <c@d>", ["Ann|-|a@SYNTAX_ERROR", "Bob|-|c@d"]],
    ["Ann <a b@c>, e@f", ["Ann|-|a@SYNTAX_ERROR", "-|-|e@f"]],
    ["a@b; c@d", ["-|-|a@b", "-|-|c@d"]],
    ["g: h: a@b, c@d; e@f", ["g{", "-|-|h@SYNTAX_ERROR", "-|-|c@d", "}", "-|-|e@f"]],
    [": a@b, c@d", [`-|-|${nobody}`, "-|-|c@d"]],
    ['a@b, "c@d, e@f', ["-|-|a@b", `-|-|${nobody}`]],
    ["a@[192.0.2.1, c@d", ["-|-|a@SYNTAX_ERROR"]],
  ];
  for (const [text, shown] of cases) assertEquals(parseAddressList(text).map(show), [...shown], text);
});

Deno.test("listedRecipients() gives addresses to send to (RFC 5321 §4.1.2, report R73)", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['"foo \\"bar\\" q" <f@q.test>, root', ["f@q.test", "root"]],
    ['"odd user"@x.test', ['"odd user"@x.test']],
    ["bl\xc3\xa5@x.test, g: a@b.test, ;", ["blå@x.test", "a@b.test"]],
    ["undisclosed-recipients:;", []],
    ["a@x.test; b@x.test c@x.test, d@x.test", ["a@x.test", "b@x.test", "d@x.test"]],
    ['"a\r\n\\\rb"@x.test, [1]', ["ab@x.test"]],
    ['ann > x, ann@], a b@x.test, "" , .', []],
    ["Some Body, <>, <a@b", []],
  ];
  for (const [value, recipients] of cases) assertEquals(listedRecipients(value), [...recipients], value);
});

Deno.test("parseAddressList() never throws, stays linear and within its limit", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  const alphabet = [...'<>@"\\.,:;()[] ab\r\n\xe5'];
  for (let round = 0; round < 5000; round++) {
    let text = "";
    for (let length = random.below(40); length > 0; length--) text += alphabet[random.below(alphabet.length)];
    const shown = JSON.stringify(parseAddressList(text));
    assert(!/\\[rn]/.test(shown.replaceAll("\\\\", "")), `seed ${random.seed}: ${shown}`);
  }
  for (const piece of ["a@b,", '"', "(", "<", "a:", "@a,", "<@a:", "a ", ",", ":;"]) {
    parseAddressList(piece.repeat(100_000));
  }
  for (const piece of ["a@b,", "g:a@b;", "g:a@b,c@d;"]) {
    const list = parseAddressList(piece.repeat(100), { maxAddresses: 10 });
    assertEquals([piece, list.length], [piece, 10]);
    assertEquals(list.filter(isStart).length, list.filter(isEnd).length, piece);
  }
});
