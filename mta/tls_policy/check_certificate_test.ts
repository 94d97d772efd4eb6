import { assertEquals } from "@std/assert";

import { realRandom } from "../../tools/kit/base/random.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";
import { parseCertificateDer } from "../../tools/kit/net/certificate_reader.ts";
import * as tools from "../../tools/kit/net/certificate_tools.ts";
import { parsePem } from "../../tools/kit/net/pem.ts";

import type { PeerFacts } from "./certificate.ts";
import { checkCertificate } from "./check_certificate.ts";
import type { TlsaRecord, TlsPolicy } from "./policy.ts";

const nowMs = 1e12;
const options = { nowMs, random: realRandom };
const authority = await createAuthority({ ...options, name: "authority" });
const ca = derOf(authority);
const other = derOf(await createAuthority({ ...options, name: "other" }));
const leaf = derOf(
  await issueCertificate(authority, { ...options, names: ["mx.example.test", "*.wild.test"] }),
);
const chain = [leaf, ca];

function derOf({ certPem }: { readonly certPem: string }): Uint8Array {
  return parsePem(certPem, "CERTIFICATE")[0]!;
}

const spki = (der: Uint8Array) => parseCertificateDer(der).spki.whole;
const hex = (bytes: Uint8Array | undefined) =>
  Array.from(bytes!, (octet) => octet.toString(16).padStart(2, "0"));

function check(
  facts: Partial<PeerFacts>,
  policy: Partial<TlsPolicy>,
  { atMs = nowMs }: { readonly atMs?: number } = {},
): string {
  const { trust, refusal, note } = checkCertificate(
    { chain, isTrusted: true, ...facts },
    {
      level: "may",
      match: ["mx.example.test"],
      fingerprints: [],
      digest: "sha256",
      tlsa: [],
      isTesting: false,
      ...policy,
    },
    { nowMs: atMs, tools },
  );
  return [trust, refusal, note].filter((part) => part !== undefined).join("; ");
}

Deno.test("checkCertificate() takes any certificate where TLS is opportunistic (RFC 7435 §3)", () => {
  for (const level of ["may", "encrypt"] as const) {
    assertEquals(check({}, { level }), "Trusted");
    assertEquals(check({ isTrusted: false }, { level }), "Untrusted");
    assertEquals(check({ chain: [], isTrusted: false }, { level }), "Anonymous");
    assertEquals(check({ chain: [Uint8Array.of(1, 2, 3)], isTrusted: false }, { level }), "Untrusted");
  }
});

Deno.test("checkCertificate() wants authority and name at verify and secure (postconf(5))", () => {
  for (const level of ["verify", "secure"] as const) {
    assertEquals(check({}, { level }), "Verified");
    assertEquals(check({}, { level, match: ["a.test", "host.wild.test"] }), "Verified");
    assertEquals(
      check({}, { level, match: ["other.test"] }),
      "Trusted; Server certificate not verified; it is for mx.example.test, *.wild.test, not for other.test",
    );
    assertEquals(
      check({ isTrusted: false, fault: "certificate has expired" }, { level }),
      "Untrusted; Server certificate not trusted; certificate has expired",
    );
    assertEquals(
      check({ chain: [], isTrusted: false }, { level }),
      "Anonymous; Server certificate not trusted",
    );
    // Whatever is no certificate is nobody's, also where it is called trusted.
    assertEquals(
      check({ chain: [Uint8Array.of(0x30, 0)] }, { level }),
      "Trusted; Server certificate not trusted",
    );
  }
});

Deno.test("checkCertificate() only tells of what an MTA-STS policy that is tested would refuse (RFC 8461 §5)", () => {
  assertEquals(check({}, { isTesting: true }), "Trusted");
  assertEquals(
    check({ isTrusted: false }, { isTesting: true }),
    "Untrusted; MTA-STS (testing): Server certificate not trusted",
  );
});

Deno.test("checkCertificate() knows certificates and public keys by fingerprint (postconf(5) smtp_tls_fingerprint_cert_match)", () => {
  const level = "fingerprint";
  const ofLeaf = hex(tools.digest("sha256", leaf)).join(":").toUpperCase();
  const ofKey = hex(tools.digest("sha256", spki(leaf))).join(":");
  const facts = { isTrusted: false };
  assertEquals(check(facts, { level, fingerprints: ["00:11", ofLeaf] }), "Verified");
  assertEquals(check(facts, { level, fingerprints: [ofKey] }), "Verified");
  assertEquals(
    check(facts, { level, fingerprints: [ofLeaf], digest: "sha1" }),
    "Untrusted; Server certificate not verified",
  );
  assertEquals(check(facts, { level, fingerprints: [] }), "Untrusted; Server certificate not verified");
  assertEquals(
    check(facts, { level, fingerprints: [hex(tools.digest("sha256", ca)).join(":")] }),
    "Untrusted; Server certificate not verified",
  );
  assertEquals(
    check({ chain: [], isTrusted: false }, { level, fingerprints: [ofLeaf] }),
    "Anonymous; Server certificate not verified",
  );
});

function tlsa(usage: number, selector: number, matching: number, of: Uint8Array): TlsaRecord {
  const selected = selector === 0 ? of : spki(of);
  const data = matching === 0 ? selected : tools.digest(matching === 1 ? "sha256" : "sha512", selected)!;
  return { type: "TLSA", usage, selector, matching, data };
}

Deno.test("checkCertificate() matches every selector and matching of TLSA records (RFC 6698 §2.1, RFC 7672 §3.1)", () => {
  const refused = "Untrusted; Server certificate not trusted; no TLSA record matches";
  const facts = { isTrusted: false };
  for (const selector of [0, 1]) {
    for (const matching of [0, 1, 2]) {
      const dane = (...records: readonly TlsaRecord[]) => check(facts, { level: "dane", tlsa: records });
      assertEquals(dane(tlsa(3, selector, matching, leaf)), "Verified");
      assertEquals(dane(tlsa(2, selector, matching, ca)), "Verified");
      assertEquals(dane(tlsa(2, selector, matching, other), tlsa(3, selector, matching, leaf)), "Verified");
      assertEquals(dane(tlsa(3, selector, matching, ca)), refused);
      assertEquals(dane(tlsa(2, selector, matching, leaf)), refused);
      assertEquals(dane(tlsa(2, selector, matching, other)), refused);
    }
  }
});

Deno.test("checkCertificate() asks neither names nor dates of DANE-EE, but both of DANE-TA (RFC 7672 §3.1.1, §3.1.2)", () => {
  const late = { atMs: nowMs + 1e12 };
  const refused = "Untrusted; Server certificate not trusted; no TLSA record matches";
  const facts = { isTrusted: false };
  const [ee, ta] = [tlsa(3, 1, 1, leaf), tlsa(2, 1, 1, ca)];
  assertEquals(check(facts, { level: "dane", tlsa: [ee], match: ["other.test"] }, late), "Verified");
  assertEquals(check(facts, { level: "dane", tlsa: [ta], match: ["other.test"] }), refused);
  assertEquals(check(facts, { level: "dane", tlsa: [ta] }, late), refused);
});

Deno.test("checkCertificate() is not misled by a chain that shows the anchor without being signed by it (RFC 7671 §5.2)", async () => {
  const level = "dane";
  const refused = "Untrusted; Server certificate not trusted; no TLSA record matches";
  const evil = await createAuthority({ ...options, name: "authority" });
  const forged = derOf(await issueCertificate(evil, { ...options, names: ["mx.example.test"] }));
  const facts = (given: readonly Uint8Array[]) => ({ chain: given, isTrusted: false });
  assertEquals(check(facts([forged, ca]), { level, tlsa: [tlsa(2, 1, 1, ca)] }), refused);
  assertEquals(check(facts([forged, derOf(evil), ca]), { level, tlsa: [tlsa(2, 1, 1, ca)] }), refused);
  // A leaf is no authority, whoever has signed it.
  assertEquals(check(facts([forged, leaf]), { level, tlsa: [tlsa(2, 1, 1, leaf)] }), refused);
  // The anchor itself stands in the DNS, and need not be sent.
  assertEquals(check(facts([leaf]), { level, tlsa: [tlsa(2, 0, 0, ca)] }), "Verified");
  assertEquals(check(facts([forged]), { level, tlsa: [tlsa(2, 0, 0, ca)] }), refused);
  assertEquals(check(facts([leaf]), { level, tlsa: [tlsa(2, 1, 1, ca)] }), refused);
  assertEquals(
    check(facts([]), { level, tlsa: [tlsa(3, 1, 1, leaf)] }),
    "Anonymous; Server certificate not trusted; no TLSA record matches",
  );
});

Deno.test("checkCertificate() takes rubbish for rubbish", () => {
  for (let length = 0; length < leaf.length; length += 7) {
    const cut = leaf.slice(0, length);
    const facts = { chain: [cut, ca], isTrusted: false };
    for (const level of ["verify", "dane", "fingerprint"] as const) {
      assertEquals(
        check(facts, { level, tlsa: [tlsa(3, 1, 1, leaf), tlsa(2, 1, 1, ca)] }).startsWith(
          "Untrusted; Server",
        ),
        true,
      );
    }
  }
});
