import { assertEquals, assertThrows } from "@std/assert";

import { UsageError } from "../command.ts";

import { parseSentence } from "./sentence.ts";

const whole = {
  sender: "a@av.com",
  recipient: "u1@ref.test",
  client: { address: "192.0.2.7" },
  helo: undefined,
  user: undefined,
  tls: false,
  service: "smtp",
};

Deno.test("parseSentence() takes clauses in any order", () => {
  const rows: readonly (readonly [sentence: string, expected: Readonly<Record<string, unknown>>])[] = [
    ["mail from a@av.com to u1@ref.test at 192.0.2.7", {}],
    ["to u1@ref.test at 192.0.2.7 from <a@av.com>", {}],
    ["mail to u1@ref.test at [192.0.2.7]", { sender: "" }],
    ["mail from <> to u1@ref.test at 192.0.2.7", { sender: "" }],
    ["mail from a@av.com to u1@ref.test", { client: undefined }],
    ["mail from a@av.com to u1@ref.test at MX.av.com[192.0.2.7]", {
      client: { address: "192.0.2.7", name: "mx.av.com" },
    }],
    ["mail from a@av.com to u1@ref.test at IPv6:2001:DB8:0::1", { client: { address: "2001:db8::1" } }],
    ["mail from a@av.com to u1@ref.test at 192.0.2.7 helo mx.av.com over tls", {
      helo: "mx.av.com",
      tls: true,
    }],
    ["mail from a@av.com to u1@ref.test at 192.0.2.7 as joe", { user: "joe", service: "submission" }],
    ["mail from a@av.com to u1@ref.test at 192.0.2.7 as joe on smtp", { user: "joe" }],
  ];
  for (const [sentence, expected] of rows) {
    assertEquals<unknown>(parseSentence(sentence.split(" ")), { ...whole, ...expected }, sentence);
  }
});

Deno.test("parseSentence() says what it does not understand, and the grammar", () => {
  const rows: readonly (readonly [sentence: string, words: string])[] = [
    ["mail from a@b", 'who the mail is for is missing: say "to ADDRESS"'],
    ["mail to a@b with c", '"with" is no word of the sentence'],
    ["mail to a@b to c@d", '"to" is given twice'],
    ["mail to a@b at", `after "at" comes the client's IP address`],
    ["mail to a@b at 192.0.2.300", '"192.0.2.300" is no IP address'],
    ["mail to a@b at 192.0.2.3 over ssl", '"over" is followed by "tls", not "ssl"'],
    ["mail to a@b helo c", '"helo" is about a client: say "at IP" too'],
  ];
  for (const [sentence, words] of rows) {
    const thrown = assertThrows(() => parseSentence(sentence.split(" ")), UsageError);
    assertEquals(
      thrown.message,
      `explain: ${words}; usage: mailsrv explain mail [from ADDRESS] to ADDRESS [at [NAME]IP] [helo NAME] ` +
        "[as USER] [over tls] [on SERVICE]",
    );
  }
});
