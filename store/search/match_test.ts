import { assertEquals } from "@std/assert";

import { latin1Bytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { Matcher, type SearchFacts, type Verdict } from "./match.ts";
import type { SearchKey } from "./search_key.ts";

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const state = { uid: 7, flags: ["\\Seen", "$Junk"], recent: true, modSeq: 40 };
const summary = { ...state, receivedMs: Date.parse("2026-06-05T23:30:00Z"), octets: 2000 };

const all: SearchKey = { kind: "all" };
const not = (key: SearchKey): SearchKey => ({ kind: "not", key });
const and = (...keys: SearchKey[]): SearchKey => ({ kind: "and", keys });
const or = (left: SearchKey, right: SearchKey): SearchKey => ({ kind: "or", left, right });
const flag = (name: string): SearchKey => ({ kind: "flag", flag: name });
const header = (field: string, text: string): SearchKey => ({ kind: "header", field, text });
const body = (text: string): SearchKey => ({ kind: "body", text });
const text = (wanted: string): SearchKey => ({ kind: "text", text: wanted });
const date = (field: "received" | "sent", relation: "before" | "on" | "since", on: string): SearchKey => ({
  kind: "date",
  field,
  relation,
  dayMs: day(on),
});

function matches(key: SearchKey, facts: SearchFacts): Verdict {
  return new Matcher(key).match(facts);
}

function check(
  facts: SearchFacts,
  cases: readonly (readonly [SearchKey, Verdict])[],
): void {
  for (const [key, verdict] of cases) assertEquals(matches(key, facts), verdict, JSON.stringify(key));
}

Deno.test("Matcher settles flags, UIDs and combinations without opening anything (RFC 3501 §6.4.4)", () => {
  check(state, [
    [all, true],
    [flag("\\seen"), true],
    [flag("$JUNK"), true],
    [flag("\\Deleted"), false],
    [{ kind: "recent" }, true],
    [{ kind: "modseq", atLeast: 40 }, true],
    [{ kind: "modseq", atLeast: 41 }, false],
    [{ kind: "uids", ranges: [[9, 9], [1, 3], [5, 8]] }, true],
    [{ kind: "uids", ranges: [[8, 9], [1, 6]] }, false],
    [{ kind: "uids", ranges: [[8, 6]] }, true],
    [{ kind: "uids", ranges: [] }, false],
    [not(flag("\\Deleted")), true],
    [or(flag("\\Deleted"), flag("\\Seen")), true],
    [and(), true],
    [and(flag("\\Deleted"), body("x")), false],
    [and(body("x"), flag("\\Deleted")), false],
    [or(flag("\\Seen"), body("x")), true],
    [or(body("x"), flag("\\Seen")), true],
    [body(""), true],
  ]);
});

Deno.test("Matcher asks for the cheapest thing that may settle the key", () => {
  const key = and(body("x"), header("Subject", "y"), { kind: "larger", octets: 1 });
  assertEquals(matches(key, state), "summary");
  assertEquals(matches(key, summary), "header");
  assertEquals(matches(key, { ...summary, header: latin1Bytes("Subject: y\n\n") }), "message");
  assertEquals(matches(key, { ...summary, header: latin1Bytes("Subject: z\n\n") }), false);
  assertEquals(matches(key, { ...summary, message: latin1Bytes("Subject: y\n\nx\n") }), true);
  assertEquals(matches(or(body("x"), header("Subject", "y")), state), "header");
});

Deno.test("Matcher compares sizes and days of arrival (RFC 3501 §6.4.4)", () => {
  check(summary, [
    [{ kind: "larger", octets: 1999 }, true],
    [{ kind: "larger", octets: 2000 }, false],
    [{ kind: "smaller", octets: 2001 }, true],
    [{ kind: "smaller", octets: 2000 }, false],
    [date("received", "on", "2026-06-05"), true],
    [date("received", "on", "2026-06-06"), false],
    [date("received", "before", "2026-06-05"), false],
    [date("received", "before", "2026-06-06"), true],
    [date("received", "since", "2026-06-05"), true],
    [date("received", "since", "2026-06-06"), false],
  ]);
});

Deno.test("Matcher takes the day of Date: in the sender's zone (RFC 3501 §6.4.4 SENTON)", () => {
  const sent = (value: string) => ({ ...state, header: latin1Bytes(`Date: ${value}\n\n`) });
  check(sent("Fri, 5 Jun 2026 23:30:00 -0700"), [
    [date("sent", "on", "2026-06-05"), true],
    [date("sent", "since", "2026-06-06"), false],
    [date("sent", "before", "2026-06-06"), true],
  ]);
  check(sent("yesterday"), [
    [date("sent", "on", "2026-06-05"), false],
    [date("sent", "before", "2026-06-05"), false],
    [not(date("sent", "since", "2026-06-05")), true],
  ]);
});

Deno.test("Matcher finds decoded header values without regard to case (reports R33, R34, R64)", () => {
  const octets = utf8Bytes(
    "Subject: =?utf-8?B?YmzDpWLDpnI=?= and\r\n  more\r\nList-Id: <x>\r\nX-Empty:\r\n" +
      'From: "Last, First" <f@x.test> (comment)\r\nTo: undisclosed-recipients:;\r\n\r\nSubject: body\r\n',
  );
  check({ ...state, header: octets }, [
    [header("subject", "BLÅBÆR"), true],
    [header("Subject", "blåbær and more"), true],
    [header("Subject", "bla\u030ab"), true],
    [header("Subject", "utf-8"), false],
    [header("Subject", "body"), false],
    [header("List-Id", ""), true],
    [header("X-Empty", ""), true],
    [header("X-Empty", "x"), false],
    [header("X-None", ""), false],
    [header("From", "last, first <f@x"), true],
    [header("From", '"last, first"'), true],
    [header("From", "comment"), true],
    [header("To", "undisclosed"), true],
    [and(or(header("Subject", "g"), header("Subject", "b")), not(flag("\\Deleted"))), true],
    [and(not(flag("\\Deleted")), or(header("Subject", "g"), header("Subject", "b"))), true],
  ]);
});

const message = [
  "Subject: outer",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "preamble",
  "--b",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: base64",
  "",
  "YmzDpWLD",
  "pnIgb2c=",
  "--b",
  "Content-Type: text/html; charset=iso-8859-1",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "<p>Stra=DFe mit lan=",
  "gem Wort</p>",
  "--b",
  'Content-Type: application/pdf; name="secret.pdf"',
  "",
  "hidden",
  "--b",
  "Content-Type: message/rfc822",
  "",
  "Subject: =?utf-8?Q?inn=C3=A9r?=",
  "",
  "inner text",
  "--b--",
  "",
].join("\n");

Deno.test("Matcher searches decoded text parts, in either line form (RFC 3501 §6.4.4, report R64)", () => {
  for (const octets of [utf8Bytes(message), utf8Bytes(message.replaceAll("\n", "\r\n"))]) {
    check({ ...state, message: octets }, [
      [body("blåbær OG"), true],
      [body("strasse"), true],
      [body("langem"), true],
      [body("inner text"), true],
      [body("hidden"), false],
      [body("preamble"), false],
      [body("outer"), false],
      [body("innér"), false],
      [text("innér"), true],
      [text("subject: outer"), true],
      [text("secret.pdf"), true],
      [text("hidden"), false],
      [text("blåbær"), true],
      [header("subject", "outer"), true],
    ]);
  }
});

Deno.test("Matcher searches messages of no particular type or charset", () => {
  check({ ...state, message: latin1Bytes("\nbl\xe5b\xe6r") }, [[body("blåbær"), true]]);
  check({ ...state, message: latin1Bytes("Content-Type: text/plain; charset=x-none\n\nbl\xc3\xa5") }, [
    [body("blå"), true],
  ]);
  check({ ...state, message: latin1Bytes("") }, [[body("x"), false], [text(""), true]]);
});
