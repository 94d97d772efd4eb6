import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";

import { realRandom } from "../base/random.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { readCertificate } from "./certificate_reader.ts";

const nowMs = Date.UTC(2026, 5, 1);
const dayMs = 86_400_000;
const authority = await createAuthority({ name: "Test authority", nowMs, random: realRandom });
const leaf = await issueCertificate(authority, {
  names: ["mail.ref.test", "imap.ref.test", "192.0.2.25", "2001:db8::25"],
  nowMs,
  random: realRandom,
});

async function openssl(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("openssl", { args: [...args] }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

const ignore = (await Deno.permissions.query({ name: "run" })).state !== "granted" ||
  await openssl("version").then(() => false, () => true);

async function withFiles(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/ca.pem`, authority.certPem);
    await Deno.writeTextFile(`${dir}/leaf.pem`, leaf.certPem);
    await Deno.writeTextFile(`${dir}/leaf.key`, leaf.keyPem);
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("readCertificate() tells subject, issuer, times and names (RFC 5280 §4.1)", () => {
  assertEquals(readCertificate(authority.certPem), {
    subject: "Test authority",
    issuer: "Test authority",
    isAuthority: true,
    notBeforeMs: nowMs - dayMs,
    notAfterMs: nowMs + 3650 * dayMs,
    names: [],
  });
  assertEquals(readCertificate(leaf.certPem), {
    subject: "mail.ref.test",
    issuer: "Test authority",
    isAuthority: false,
    notBeforeMs: nowMs - dayMs,
    notAfterMs: nowMs + 824 * dayMs,
    names: ["mail.ref.test", "imap.ref.test", "192.0.2.25", "2001:db8::25"],
  });
});

Deno.test("readCertificate() reads the first of a chain, also after 2049, and refuses what is none", async () => {
  const late = await createAuthority({ name: "late", nowMs: Date.UTC(2045, 0, 1), random: realRandom });
  assertEquals(readCertificate(late.certPem + leaf.certPem).notAfterMs, Date.UTC(2045, 0, 1) + 3650 * dayMs);
  assertThrows(() => readCertificate("no PEM"), Error, "no certificate in PEM form");
  assertThrows(() => readCertificate(leaf.certPem.replace(/\nMI[^\n]*\n/, "\n")), Error);
});

Deno.test("issueCertificate() names the server in subjectAltName alone when the name is long (RFC 5280 §4.2.1.6)", async () => {
  const long = `${"a".repeat(60)}.example.test`;
  const issued = await issueCertificate(authority, { names: [long], nowMs, random: realRandom });
  const { subject, names, notAfterMs } = readCertificate(issued.certPem);
  assertEquals([subject, names, notAfterMs], ["", [long], nowMs + 824 * dayMs]);
});

Deno.test({
  name: "issueCertificate() makes what openssl verifies under the authority",
  ignore,
  fn: () =>
    withFiles(async (dir) => {
      const verify = (...more: readonly string[]) =>
        openssl("verify", "-x509_strict", "-attime", String(nowMs / 1000), "-purpose", "sslserver", ...more);
      const ca = ["-CAfile", `${dir}/ca.pem`];
      assertStringIncludes(await verify(...ca, "-verify_hostname", "imap.ref.test", `${dir}/leaf.pem`), "OK");
      assertStringIncludes(await verify(...ca, "-verify_ip", "2001:db8::25", `${dir}/leaf.pem`), "OK");
      assertStringIncludes(await verify(...ca, "-verify_hostname", "x.test", `${dir}/leaf.pem`), "mismatch");
      const text = await openssl("x509", "-in", `${dir}/leaf.pem`, "-noout", "-text");
      assertStringIncludes(text, "TLS Web Server Authentication");
      assertMatch(text, /Key Usage: critical\s+Digital Signature\s/);
      const authorityText = await openssl("x509", "-in", `${dir}/ca.pem`, "-noout", "-text");
      assertMatch(authorityText, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
      assertMatch(authorityText, /Key Usage: critical\s+Certificate Sign, CRL Sign/);
    }),
});

Deno.test({
  name: "readCertificate() reads a certificate that openssl made with an RSA key",
  ignore,
  fn: () =>
    withFiles(async (dir) => {
      await openssl(
        ...[
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-keyout",
          `${dir}/rsa.key`,
          "-out",
          `${dir}/rsa.pem`,
        ],
        ...[
          "-days",
          "30",
          "-subj",
          "/O=Ref/CN=other.test",
          "-addext",
          "subjectAltName=DNS:other.test,IP:::1",
        ],
      );
      const facts = readCertificate(await Deno.readTextFile(`${dir}/rsa.pem`));
      assertEquals([facts.subject, facts.names], ["other.test", ["other.test", "::1"]]);
      assert(Math.abs(facts.notAfterMs - facts.notBeforeMs - 30 * dayMs) < 1000);
    }),
});
