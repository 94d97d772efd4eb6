import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import { ScramClient, startSasl } from "./sasl_client.ts";

const login = { user: "user", password: "pencil" };
const noRandom = { bytes: (length: number) => new Uint8Array(length), below: () => 0 };

Deno.test("PLAIN and LOGIN say name and password in their forms (RFC 4616 §2, draft-murchison-sasl-login)", async () => {
  assertEquals(utf8Text(startSasl("PLAIN", login, noRandom).initial!), "\0user\0pencil");
  const client = startSasl("LOGIN", login, noRandom);
  assertEquals(client.initial, undefined);
  assertEquals(utf8Text((await client.respond(utf8Bytes("Username:")))!), "user");
  assertEquals(utf8Text((await client.respond(utf8Bytes("Password:")))!), "pencil");
  assertEquals(await client.respond(utf8Bytes("More:")), undefined);
});

Deno.test("SCRAM-SHA-1 goes as the example does (RFC 5802 §5)", async () => {
  const client = new ScramClient("SHA-1", login, "fyko+d2lbbFgONRv9qkxdawL");
  assertEquals(utf8Text(client.initial), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
  const first = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
  assertEquals(
    utf8Text((await client.respond(utf8Bytes(first)))!),
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
  );
  const last = await client.respond(utf8Bytes("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="));
  assertEquals(last?.length, 0);
});

Deno.test("SCRAM-SHA-256 goes as the example does (RFC 7677 §3)", async () => {
  const client = new ScramClient("SHA-256", login, "rOprNGfwEbeRWgbNEkqO");
  const first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  assertEquals(
    utf8Text((await client.respond(utf8Bytes(first)))!),
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
      "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  );
});

Deno.test("SCRAM gives up on a server that does not know the password or asks for too much (RFC 5802 §3, §9)", async () => {
  const nonce = "fyko+d2lbbFgONRv9qkxdawL";
  for (
    const first of [
      "r=other,s=QSXCR+Q6sek8bf92,i=4096",
      `r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`,
      `r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=0`,
      `r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=9999999`,
      `r=${nonce}3rfc,s=!,i=4096`,
      "e=unknown-user",
    ]
  ) {
    assertEquals(await new ScramClient("SHA-1", login, nonce).respond(utf8Bytes(first)), undefined, first);
  }
  const client = new ScramClient("SHA-1", login, nonce);
  await client.respond(utf8Bytes(`r=${nonce}3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096`));
  assertEquals(await client.respond(utf8Bytes("v=AAAApqV8S7suAoZWja4dJRkFsKQ=")), undefined);
});
