import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../base/bytes.ts";

import { decodeInitialResponse } from "./initial_response.ts";
import type { SaslStep } from "./mechanism.ts";
import { findMechanism, saslMechanisms } from "./mechanisms.ts";

/** One line a step, for tables. */
function show(step: SaslStep): string {
  if (step.kind === "challenge") return `challenge ${utf8Text(step.data)}`;
  if (step.kind === "malformed") return "malformed";
  return `credentials ${step.authorizationId} ${step.user} ${step.password}`;
}

/** The last step after these messages; the first is the initial response unless it is `undefined`. */
function run(name: string, messages: readonly (string | Uint8Array | undefined)[]): string {
  const exchange = findMechanism(name)!.create();
  const octets = (message: string | Uint8Array | undefined) =>
    typeof message === "string" ? utf8Bytes(message) : message;
  let step = exchange.begin(octets(messages[0]));
  for (const message of messages.slice(1)) step = exchange.respond(octets(message)!);
  return show(step);
}

Deno.test("PLAIN takes [authzid] NUL authcid NUL passwd and nothing else (RFC 4616 §2)", () => {
  const rows: readonly [message: string, step: string][] = [
    ["\0u1\0pw1", "credentials u1 u1 pw1"],
    ["u1\0u1\0pw1", "credentials u1 u1 pw1"],
    ["admin\0u1\0pw1", "credentials admin u1 pw1"],
    ["\0u1@ref.test\0p w\t1", "credentials u1@ref.test u1@ref.test p w\t1"],
    ["\0blå\0påss", "credentials blå blå påss"],
    ["", "malformed"],
    ["u1", "malformed"],
    ["u1\0pw1", "malformed"],
    ["\0u1\0", "malformed"],
    ["\0\0pw1", "malformed"],
    ["u1\0\0", "malformed"],
    ["\0u1\0pw1\0", "malformed"],
    ["\0u1\0pw1\0x", "malformed"],
  ];
  for (const [message, step] of rows) {
    assertEquals(run("PLAIN", [message]), step, JSON.stringify(message));
    assertEquals(run("plain", [undefined, message]), step, JSON.stringify(message));
  }
  assertEquals(run("PLAIN", [undefined]), "challenge ");
  assertEquals(run("PLAIN", [new Uint8Array([0, 117, 0xff, 0, 112])]), "malformed");
});

Deno.test("LOGIN asks for the user, then for the password (draft-murchison-sasl-login)", () => {
  assertEquals(run("LOGIN", [undefined]), "challenge Username:");
  assertEquals(run("LOGIN", [undefined, "u1"]), "challenge Password:");
  assertEquals(run("LOGIN", [undefined, "u1", "pw1"]), "credentials u1 u1 pw1");
  assertEquals(run("LOGIN", ["u1"]), "challenge Password:");
  assertEquals(run("LOGIN", ["u1", "pw1"]), "credentials u1 u1 pw1");
  assertEquals(run("LOGIN", [""]), "malformed");
  assertEquals(run("LOGIN", ["u1", ""]), "malformed");
  assertEquals(run("LOGIN", ["u\0x"]), "malformed");
  assertEquals(run("LOGIN", ["u1", "pw\0"]), "malformed");
});

Deno.test("exchanges of one mechanism share nothing (RFC 4422 §3)", () => {
  const first = findMechanism("LOGIN")!.create();
  first.begin(utf8Bytes("u1"));
  assertEquals(show(findMechanism("LOGIN")!.create().begin(undefined)), "challenge Username:");
  assertEquals(saslMechanisms.map((mechanism) => mechanism.name), ["PLAIN", "LOGIN"]);
  assertEquals(findMechanism("CRAM-MD5"), undefined);
});

Deno.test("decodeInitialResponse() takes = as there and empty (RFC 4954 §4)", () => {
  assertEquals(decodeInitialResponse("=")?.length, 0);
  assertEquals(decodeInitialResponse(""), undefined);
  assertEquals(decodeInitialResponse("=="), undefined);
  assertEquals(decodeInitialResponse("AHUx")?.length, 3);
});
