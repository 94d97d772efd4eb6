/** What judging certificates needs beyond reading them: digests, and whether one has signed the other. */

import { Buffer } from "node:buffer";
import { createHash, createPublicKey, createVerify, verify } from "node:crypto";

import { equalBytes } from "../base/bytes.ts";

import { parseCertificateDer } from "./certificate_reader.ts";
import { firstDer, oidText, tag } from "./der.ts";

const digests: readonly string[] = ["md5", "sha1", "sha256", "sha384", "sha512"];

/** `undefined`: the algorithm is not known. */
export function digest(algorithm: string, bytes: Uint8Array): Uint8Array | undefined {
  const name = algorithm.toLowerCase();
  return digests.includes(name) ? new Uint8Array(createHash(name).update(bytes).digest()) : undefined;
}

/** Signatures by their object identifiers (RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3): the hash; SHA-1 and older are none. */
const signatureHashes: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

/**
 * The key of `issuer` has signed `certificate` (both DER), whose issuer has that name. False also when either cannot be
 * read. Not by `X509Certificate`: older runtimes have it without `verify`.
 */
export function isIssuedBy(certificate: Uint8Array, issuer: Uint8Array): boolean {
  try {
    const child = parseCertificateDer(certificate);
    const parent = parseCertificateDer(issuer);
    if (!equalBytes(child.issuer.whole, parent.subject.whole)) return false;
    const algorithm = oidText(firstDer(child.algorithm.content).content);
    const hash = Object.hasOwn(signatureHashes, algorithm) ? signatureHashes[algorithm] : undefined;
    // A bit string begins with the number of bits that do not count.
    if (hash === undefined || child.signature.tag !== tag.bitString) return false;
    const signature = child.signature.content.slice(1);
    const key = createPublicKey({ key: Buffer.from(parent.spki.whole), format: "der", type: "spki" });
    return hash === null
      ? verify(null, child.toBeSigned.whole, key, signature)
      : createVerify(hash).update(child.toBeSigned.whole).verify(key, signature);
  } catch {
    return false;
  }
}
