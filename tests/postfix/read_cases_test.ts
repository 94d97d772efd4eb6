import { assertEquals, assertThrows } from "@std/assert";

import { expectedReplies, fillSettings, isAsExpected, parseClient } from "./case.ts";
import { readCases } from "./read_cases.ts";

const base = "set myhostname = mail.my.test\ntable users\n| user x\n";

Deno.test("readCases() gives each case the shared settings and usual first steps", () => {
  const { cases, dns } = readCases(
    "a.txt",
    `set a = hash:{users}
helo h.test
dns C.test MX 10 mx.c.test
case One (§2.2)
to user@my.test
  => 250 2.1.5 Ok
case Two
table users
| other x
client mail.c.test[192.0.2.1]
ehlo x
raw NOOP
`,
    base,
  );
  assertEquals(dns, [{ name: "c.test", type: "MX", data: "10 mx.c.test" }]);
  assertEquals(cases.map(({ steps }) => steps.map(({ verb }) => verb)), [
    ["client", "helo", "from", "to"],
    ["client", "ehlo", "raw"],
  ]);
  assertEquals(cases[0]!.steps.map(({ argument }) => argument).slice(0, 2), [
    "client.test[192.0.2.9]",
    "h.test",
  ]);
  assertEquals(cases[0]!.tables.get("users"), ["user x"]);
  assertEquals(cases[1]!.tables.get("users"), ["other x"]);
  const filled = fillSettings(cases[0]!, { path: (name) => `/t/${name}`, policy: "inet:p" });
  assertEquals(Object.fromEntries(filled), { myhostname: "mail.my.test", a: "hash:/t/users" });
});

Deno.test("readCases() wants a reason where mailsrv differs", () => {
  const text = (line: string) => `case One\nto a@b\n  ${line}\n`;
  const [one] = readCases("a.txt", text("mailsrv => 550 no (because it is kinder)")).cases;
  assertEquals(expectedReplies(one!.steps.at(-1)!, "mailsrv")[0]!.reason, "it is kinder");
  assertEquals(expectedReplies(one!.steps.at(-1)!, "postfix"), []);
  assertThrows(() => readCases("a.txt", text("mailsrv => 550 no")), Error, "a.txt:3");
  assertThrows(() => readCases("a.txt", "case One\nhmm\n"), Error, "a.txt:2");
});

Deno.test("isAsExpected() compares replies whole, log lines in part, and knows queue ids", () => {
  const reply = (text: string) => ({ kind: "reply", judge: "both", text }) as const;
  assertEquals(isAsExpected("250 2.1.5 Ok", reply("250 2.1.5 Ok")), true);
  assertEquals(isAsExpected("250 2.1.5 Ok!", reply("250 2.1.5 Ok")), false);
  assertEquals(isAsExpected("250 2.0.0 Ok: queued as 4C2F1A", reply("250 2.0.0 Ok: queued as {id}")), true);
  assertEquals(isAsExpected("554 5.7.1 <a>: no, never", reply("554 5.7.1 <a>: ...")), true);
  assertEquals(isAsExpected("x NOQUEUE: reject: y", { kind: "log", judge: "both", text: "reject:" }), true);
});

Deno.test("parseClient() reads how the DNS knows a client", () => {
  assertEquals(parseClient("unknown[192.0.2.1] reverse=r.test name=temporary login=joe"), {
    name: "unknown",
    address: "192.0.2.1",
    nameStatus: "temporary",
    reverseName: "r.test",
    reverseStatus: "ok",
    login: "joe",
  });
  assertEquals(parseClient("unknown[192.0.2.1]").reverseStatus, "permanent");
});
