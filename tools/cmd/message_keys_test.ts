import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../kit/base/bytes.ts";

import { messageKeys } from "./message_keys.ts";

const message = utf8Bytes(
  "Subject: hello\n wörld\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n--b\nContent-Type: text/plain\n\npart\n" +
    "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninside\n--b--\n",
);

Deno.test("messageKeys() gives header fields with their folds (postmap(1) -h)", () => {
  const header = { header: true, body: false };
  const outer = ["Subject: hello\n wörld", "Content-Type: multipart/mixed; boundary=b"];
  assertEquals(messageKeys(message, { ...header, mime: false }), outer);
  assertEquals(messageKeys(message, { ...header, mime: true }), [
    ...outer,
    "Content-Type: text/plain",
    "Content-Type: message/rfc822",
    "Subject: inner",
  ]);
});

Deno.test("messageKeys() gives body lines, heads of parts among them or not (postmap(1) -b -m)", () => {
  const body = { header: false, body: true };
  assertEquals(messageKeys(message, { ...body, mime: false }).slice(0, 6), [
    "",
    "preamble",
    "--b",
    "Content-Type: text/plain",
    "",
    "part",
  ]);
  assertEquals(messageKeys(message, { ...body, mime: true }).filter((line) => line !== ""), [
    "preamble",
    "--b",
    "part",
    "--b",
    "inside",
    "--b--",
  ]);
});
