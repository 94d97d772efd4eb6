import { assertEquals } from "@std/assert";

import { realRandom } from "../base/random.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { findCertificateFault } from "./certificate_fault.ts";
import { formatPem } from "./pem.ts";

const made = { nowMs: Date.now(), random: realRandom };
const authority = await createAuthority({ ...made, name: "test authority" });
const one = await issueCertificate(authority, { ...made, names: ["localhost"] });
const two = await issueCertificate(authority, { ...made, names: ["localhost"] });
const junk = Uint8Array.of(1, 2, 3);

Deno.test("findCertificateFault() finds none in what a server can use", () => {
  assertEquals(findCertificateFault(one), undefined);
  assertEquals(findCertificateFault({ ...one, certPem: one.certPem + authority.certPem }), undefined);
});

Deno.test("findCertificateFault() says which of the two is at fault", () => {
  const faults = {
    "certificate of octets": { ...one, certPem: formatPem("CERTIFICATE", junk) },
    "certificate of no PEM": {
      ...one,
      certPem: "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    },
    "key of octets": { ...one, keyPem: formatPem("PRIVATE KEY", junk) },
    "key of no PEM": { ...one, keyPem: "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n" },
    "key of another": { ...one, keyPem: two.keyPem },
  };
  for (const [name, pem] of Object.entries(faults)) {
    assertEquals(findCertificateFault(pem)?.of, name.split(" ")[0], name);
  }
  assertEquals(findCertificateFault(faults["key of another"])?.text, "does not belong to the certificate");
});
