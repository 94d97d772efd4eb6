import { assertEquals, assertMatch, assertThrows } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../kit/base/bytes.ts";

import { UsageError } from "../command.ts";

import type { ComposeOptions } from "./compose.ts";
import { composeMessage, normalizeInput } from "./compose.ts";
import type { SendOptions } from "./options.ts";
import { parseSendOptions } from "./options.ts";

const from: ComposeOptions = {
  sender: "li@ref.test",
  fullName: undefined,
  nowMs: Date.UTC(2026, 5, 2, 10, 0, 0),
  zoneMinutes: 0,
  uniqueId: "u1",
  hostname: "mail.ref.test",
  recipientsFromHeader: false,
  dropHeaders: ["bcc", "content-length", "resent-bcc", "return-path"],
};

function compose(text: string, changes: Partial<ComposeOptions> = {}) {
  const { message, headerRecipients } = composeMessage(utf8Bytes(text), { ...from, ...changes });
  return { text: utf8Text(message), headerRecipients };
}

Deno.test("parseSendOptions() takes what programs pass to sendmail(1)", () => {
  const options = parseSendOptions([
    "-oi",
    "-f",
    "<a@b.test>",
    "-FLi",
    "-t",
    "-oem",
    "-R",
    "hdrs",
    "x@y.test,z@y.test",
    "w",
  ]);
  assertEquals(options.sender, "a@b.test");
  assertEquals(options.fullName, "Li");
  assertEquals(options.dotEnds, false);
  assertEquals(options.recipientsFromHeader, true);
  assertEquals(options.ret, "HDRS");
  assertEquals(options.recipients, ["x@y.test", "z@y.test", "w"]);
});

Deno.test("parseSendOptions() knows the null sender, the other programs, and what it does not know", () => {
  assertEquals(parseSendOptions(["-f", "<>", "a"]).sender, "");
  assertEquals(parseSendOptions(["-f", "", "a"]).sender, "");
  assertEquals(parseSendOptions(["-bp"]).mode, "queue list");
  assertEquals(parseSendOptions(["-bi"]).mode, "alias build");
  assertEquals(parseSendOptions(["-q"]).mode, "queue flush");
  assertEquals(parseSendOptions(["--data", "/d", "a"]).own, { data: "/d" });
  assertEquals(parseSendOptions(["--", "-a@b.test"]).recipients, ["-a@b.test"]);
  for (
    const args of [["-f"], ["-Z", "a"], ["-bd"], ["-bh"], ["-qS", "a"], ["-B", "9BIT"], ["-f", "a\nb", "c"]]
  ) {
    assertThrows(() => parseSendOptions(args), UsageError);
  }
});

Deno.test("parseSendOptions() asks for reports and list return paths (sendmail(1) -bv, -v, -N, -R, -V, -XV)", () => {
  const rows: readonly (readonly [readonly string[], Partial<SendOptions>])[] = [
    [["-bv", "a"], { trace: "verify" }],
    [["-v", "a"], { trace: "record" }],
    [["-XV", "a"], { verp: "" }],
    [["-XV+=", "a"], { verp: "+=" }],
    [["-X", "log", "a"], { verp: undefined, recipients: ["a"] }],
    [["-N", "success,DELAY", "a"], { notify: ["SUCCESS", "DELAY"] }],
    [["-N", "never", "a"], { notify: ["NEVER"] }],
    [["-Rfull", "-V", "a b", "a"], { ret: "FULL", envelopeId: "a b" }],
    [["-o8", "a"], { body: "8BITMIME" }],
    [["-bs"], { mode: "smtp" }],
    [["-q30m"], { mode: "queue flush", flush: undefined }],
    [["-qIABC"], { mode: "queue flush", flush: { kind: "id", name: "ABC" } }],
    [["-qRa.test"], { mode: "queue flush", flush: { kind: "site", name: "a.test" } }],
  ];
  for (const [args, expected] of rows) {
    const options: Partial<SendOptions> = parseSendOptions(args);
    for (const [name, value] of Object.entries(expected)) {
      assertEquals(options[name as keyof SendOptions], value, `${args.join(" ")}: ${name}`);
    }
  }
});

Deno.test("parseSendOptions() leaves out what it cannot use of -N, -R and -V, and says so (sendmail(1))", () => {
  const rows = [
    [["-N", "maybe", "a"], "bad -N option value -- ignored"],
    [["-N", "never,delay", "a"], "bad -N option value -- ignored"],
    [["-R", "half", "a"], "bad -R option value -- ignored"],
    [["-V", "x".repeat(101), "a"], "too long -V option value -- ignored"],
    [["-V", "\u00fc", "a"], "bad syntax in -V option value -- ignored"],
  ] as const;
  for (const [args, warning] of rows) {
    const { warnings, notify, ret, envelopeId } = parseSendOptions(args);
    assertEquals([warnings, notify, ret, envelopeId], [[warning], undefined, undefined, undefined]);
  }
});

Deno.test("parseSendOptions() refuses options that cannot stand together (sendmail(1))", () => {
  const rows = [
    [["-bv", "-t"], "-t option cannot be used with -bv"],
    [["-bv", "-N", "delay", "a"], "-N option cannot be used with -bv"],
    [["-bv", "-Rhdrs", "a"], "-R option cannot be used with -bv"],
    [["-v", "-bv", "a"], "-v option cannot be used with -bv"],
    [["-bp", "-t"], "-t can be used only in delivery mode"],
  ] as const;
  for (const [args, text] of rows) assertThrows(() => parseSendOptions(args), UsageError, text);
});

Deno.test("normalizeInput() makes LF of every line end and stops at a lone dot unless told not to (sendmail(1) -i)", () => {
  const text = (input: string, dotEnds: boolean) => utf8Text(normalizeInput(utf8Bytes(input), { dotEnds }));
  assertEquals(text("a\r\nb\n.\nc", true), "a\nb\n");
  assertEquals(text("a\r\n.\r\nc", false), "a\n.\nc\n");
  assertEquals(text("..\n.x\n", true), "..\n.x\n");
});

Deno.test("composeMessage() adds From, Date and Message-Id where they are missing (cleanup(8))", () => {
  assertEquals(
    compose("Subject: hello\n\nIt works.\n").text,
    "Subject: hello\nFrom: li@ref.test\nDate: Tue, 2 Jun 2026 10:00:00 +0000\nMessage-Id: <u1@mail.ref.test>\n\nIt works.\n",
  );
  const whole = "From: x@y.test\nDate: Mon, 1 Jun 2026 10:00:00 +0000\nMessage-ID: <1@y.test>\n\nbody\n";
  assertEquals(compose(whole).text, whole);
});

Deno.test("composeMessage() takes a text without a header for a body", () => {
  assertMatch(
    compose("just text\nmore\n").text,
    /^From: li@ref\.test\nDate: .*\nMessage-Id: .*\n\njust text\nmore\n$/,
  );
  assertMatch(compose("").text, /^From: .*\nDate: .*\nMessage-Id: .*\n\n$/);
});

Deno.test("composeMessage() drops Bcc and Return-Path (message_drop_headers)", () => {
  const { text } = compose("Bcc: s@y.test,\n t@y.test\nReturn-Path: <f@y.test>\nSubject: s\n\nb\n");
  assertEquals(/bcc|s@y|t@y|return-path/i.test(text), false);
});

Deno.test("composeMessage() finds the recipients of -t, quoted names, groups and local names among them (RFC 5322 §3.4)", () => {
  const header =
    'To: "foo \\"bar\\" q" <f@q.test>, root\nCc: friends: a@x.test, B <b@x.test>;\nBcc: c@x.test\n\nb\n';
  assertEquals(compose(header, { recipientsFromHeader: true }).headerRecipients, [
    "f@q.test",
    "root",
    "a@x.test",
    "b@x.test",
    "c@x.test",
  ]);
  assertEquals(compose(header).headerRecipients, []);
});

Deno.test("composeMessage() goes by Resent- fields where there are any (RFC 5322 §3.6.6)", () => {
  const header = "To: old@x.test\nResent-To: new@x.test\n\nb\n";
  assertEquals(compose(header, { recipientsFromHeader: true }).headerRecipients, ["new@x.test"]);
});

Deno.test("composeMessage() writes a full name so that it can be read back (RFC 5322 §3.4)", () => {
  assertMatch(compose("\nb\n", { fullName: "Li, Q." }).text, /^From: "Li, Q\." <li@ref\.test>\n/);
  assertMatch(compose("\nb\n", { fullName: "Lì" }).text, /^From: =\?utf-8\?[bq]\?.*\?= <li@ref\.test>\n/i);
});
