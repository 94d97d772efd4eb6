import { assertEquals } from "@std/assert";

import { realRandom } from "../base/random.ts";
import { createAuthority, issueCertificate } from "./certificate.ts";
import { digest, isIssuedBy } from "./certificate_tools.ts";
import { parsePem } from "./pem.ts";

function derOf({ certPem }: { readonly certPem: string }): Uint8Array {
  return parsePem(certPem, "CERTIFICATE")[0]!;
}

Deno.test("isIssuedBy() wants the issuer's name and its signature over every octet (RFC 5280 §6.1.3)", async () => {
  const options = { nowMs: 1e12, random: realRandom };
  const authority = await createAuthority({ ...options, name: "one" });
  const namesake = derOf(await createAuthority({ ...options, name: "one" }));
  const leaf = derOf(await issueCertificate(authority, { ...options, names: ["mx.test"] }));
  assertEquals(isIssuedBy(leaf, derOf(authority)), true);
  assertEquals(isIssuedBy(derOf(authority), derOf(authority)), true);
  assertEquals(isIssuedBy(leaf, namesake), false);
  assertEquals(isIssuedBy(derOf(authority), leaf), false);
  const changed = leaf.slice();
  changed[200]! ^= 1;
  assertEquals(isIssuedBy(changed, derOf(authority)), false);
});

Deno.test("isIssuedBy() takes whatever is no certificate for not issued", () => {
  for (const bytes of [[], [0x30], [0x30, 0x80], [0x30, 0x84, 255, 255, 255, 255], [0x30, 0]]) {
    assertEquals(isIssuedBy(Uint8Array.from(bytes), Uint8Array.from(bytes)), false);
  }
});

Deno.test("digest() knows the algorithms of smtp_tls_fingerprint_digest", () => {
  const none = new Uint8Array(0);
  const lengths = ["md5", "SHA1", "sha256", "sha384", "sha512"].map((name) => digest(name, none)?.length);
  assertEquals(lengths, [16, 20, 32, 48, 64]);
  assertEquals(digest("rot13", none), undefined);
});
