import { assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";

import { HeaderFilter } from "./header_filter.ts";
import { HeaderScanner } from "./header_scanner.ts";
import { MessageStart } from "./message_start.ts";

function scan(text: string, size: number): string {
  const scanner = new HeaderScanner();
  const bytes = latin1Bytes(text);
  for (let at = 0; at < bytes.length && !scanner.done; at += size) {
    scanner.push(bytes.subarray(at, at + size));
  }
  return `${scanner.hops} ${scanner.messageId ?? "-"}`;
}

Deno.test("HeaderScanner counts Received: and finds the Message-ID, in the header only (RFC 5321 §6.3)", () => {
  const rows: readonly [text: string, found: string][] = [
    ["", "0 -"],
    ["\nReceived: x\nMessage-ID: <a@b>\n", "0 -"],
    ["Received: x\nreceived: y\nRECEIVED : z\nMessage-Id: <a@b>\n\nReceived: no\n", "3 <a@b>"],
    ["Received: x\n\tby Received: y\n Received: z\n\n", "1 -"],
    ["Message-ID:\n <a@b>\nReceived: x\n\n", "1 <a@b>"],
    ["Message-ID:<a@b>\nMessage-ID: <c@d>\n\n", "0 <a@b>"],
    [`To: ${"x".repeat(5000)}\nReceived: x\n\n`, "1 -"],
    [`Received: ${"x".repeat(5000)}\nReceived: x\n\n`, "2 -"],
  ];
  for (const [text, found] of rows) {
    for (const size of [1, 3, 17, 100_000]) {
      assertEquals(scan(text, size), found, `${text.slice(0, 40)} by ${size}`);
    }
  }
});

function start(text: string, size: number): string {
  const start = new MessageStart();
  const bytes = latin1Bytes(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += size) {
    out += latin1Text(start.push(bytes.subarray(at, at + size)));
  }
  return out + latin1Text(start.finish());
}

Deno.test("MessageStart lets no message continue what stands above it (RFC 5322 §2.2.3)", () => {
  const rows: readonly [text: string, mended: string][] = [
    ["Subject: x\n\nFrom a\n", "Subject: x\n\nFrom a\n"],
    ["From a@b Tue Nov 25\nSubject: x\n", "X-Mailbox-Line: From a@b Tue Nov 25\nSubject: x\n"],
    [">>From a\n", "X-Mailbox-Line: >>From a\n"],
    ["From: a\n", "From: a\n"],
    ["Fro", "Fro"],
    [">", ">"],
    [" folded\n", "\n folded\n"],
    ["\tfolded\n", "\n\tfolded\n"],
    ["\nbody\n", "\nbody\n"],
    ["", ""],
    [`${">".repeat(1000)}From x\n`, `${">".repeat(1000)}From x\n`],
  ];
  for (const [text, mended] of rows) {
    for (const size of [1, 2, 5, 100_000]) {
      assertEquals(start(text, size), mended, `${text.slice(0, 20)} by ${size}`);
    }
  }
});

function filter(text: string, size: number): string {
  const filter = new HeaderFilter(["bcc", "content-length", "resent-bcc", "return-path"]);
  const bytes = latin1Bytes(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += size) out += latin1Text(filter.push(bytes.slice(at, at + size)));
  return out + latin1Text(filter.finish());
}

Deno.test("HeaderFilter takes out whole fields and sees to the header's end (postconf(5) message_drop_headers)", () => {
  const rows: readonly [text: string, left: string][] = [
    ["", ""],
    ["Subject: x\n\nBcc: y\n", "Subject: x\n\nBcc: y\n"],
    ["Bcc: a\nSubject: x\n\nbody\n", "Subject: x\n\nbody\n"],
    ["To: a\nBCC : b,\n c,\n\td\nCc: e\n f\n\nbody\n", "To: a\nCc: e\n f\n\nbody\n"],
    ["bcc: a\nReturn-Path: <x>\nResent-Bcc: b\nContent-Length: 5\n\nb\n", "\nb\n"],
    [
      "Bccx: a\nBc: b\nReturn-Pathology: c\nContent-Type: d\n\n",
      "Bccx: a\nBc: b\nReturn-Pathology: c\nContent-Type: d\n\n",
    ],
    ["Bcc\nBcc: body\n", "\nBcc\nBcc: body\n"],
    ["hello\nBcc: body\n", "\nhello\nBcc: body\n"],
    ["Hello World: x\n", "\nHello World: x\n"],
    ["A: b\n\0: x\nBcc: body\n", "A: b\n\n\0: x\nBcc: body\n"],
    [": x\n", "\n: x\n"],
    ["A: b\n: x\n", "A: b\n\n: x\n"],
    ["bl\xe5: x\n", "\nbl\xe5: x\n"],
    [`${"a".repeat(2000)}\n`, `\n${"a".repeat(2000)}\n`],
    ["Bc", "Bc"],
    ["Bcc", "Bcc"],
    ["Bcc: a", ""],
    ["\nBcc: body\n", "\nBcc: body\n"],
    [`Bcc${" ".repeat(100)}: a\n\n`, "\n"],
  ];
  for (const [text, left] of rows) {
    for (const size of [1, 2, 7, 100_000]) {
      assertEquals(filter(text, size), left, `${text.slice(0, 30)} by ${size}`);
    }
  }
});
