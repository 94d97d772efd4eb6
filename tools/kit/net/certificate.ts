/**
 * Certificates: making an authority of one's own and certificates for a server under it. ECDSA on P-256 (RFC 5480), X.509
 * version 3 (RFC 5280).
 *
 * Clients refuse a self-signed certificate as a server's, so there are always two: the authority, which people import,
 * and the leaf under it.
 */

import { type Bytes, noBytes, utf8Bytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";

import { oid, parseCertificate } from "./certificate_reader.ts";
import {
  der,
  derBits,
  derInteger,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
  derTrue,
  firstDer,
  parseDer,
} from "./der.ts";
import { addressOctets } from "./ip_octets.ts";
import { formatPem, parsePem } from "./pem.ts";

/** A certificate and its key. */
export interface KeyedCertificate {
  readonly certPem: string;
  /** PKCS #8 (RFC 5958). */
  readonly keyPem: string;
}

const dayMs = 86_400_000;
/** Longest validity that Apple's and others' clients take, less the day for clocks that go slow. */
const leafDays = 824;
const authorityDays = 3650;

const ecdsa = { name: "ECDSA", namedCurve: "P-256" } as const;

/** Makes a certificate authority that may sign leaves only, for ten years. */
export async function createAuthority(
  options: { readonly name: string; readonly nowMs: number; readonly random: Random },
): Promise<KeyedCertificate> {
  const keys = await crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const name = commonName(options.name);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  const keyId = await keyIdentifier(spki);
  const certificate = await sign(keys.privateKey, {
    serial: options.random.bytes(16),
    issuer: name,
    subject: name,
    notBeforeMs: options.nowMs - dayMs,
    notAfterMs: options.nowMs + authorityDays * dayMs,
    spki,
    extensions: [
      extension(oid.basicConstraints, derSequence(derTrue, derInteger(Uint8Array.of(0))), "critical"),
      // keyCertSign and cRLSign: bits 5 and 6.
      extension(oid.keyUsage, derBits(Uint8Array.of(0b0000_0110), 1), "critical"),
      extension(oid.subjectKeyIdentifier, derOctets(keyId)),
    ],
  });
  return { certPem: formatPem("CERTIFICATE", certificate), keyPem: await exportKey(keys.privateKey) };
}

/**
 * Makes a server's certificate under `authority`, valid for all `names` (DNS names, `*.` allowed, and IP addresses).
 *
 * @throws Error when the authority cannot be read or there is no name.
 */
export async function issueCertificate(
  authority: KeyedCertificate,
  options: {
    readonly names: readonly string[];
    readonly nowMs: number;
    readonly random: Random;
  },
): Promise<KeyedCertificate> {
  const [first] = options.names;
  if (first === undefined) throw new Error("a certificate needs a name");
  const issuer = parseCertificate(authority.certPem);
  const issuerKey = await importKey(authority.keyPem);
  const keys = await crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  // A common name has at most 64 characters (RFC 5280 §A.1); without one the names must be critical (§4.2.1.6).
  const hasSubject = first.length <= 64;
  const certificate = await sign(issuerKey, {
    serial: options.random.bytes(16),
    issuer: issuer.subject.whole,
    subject: hasSubject ? commonName(first) : derSequence(),
    notBeforeMs: options.nowMs - dayMs,
    notAfterMs: options.nowMs + leafDays * dayMs,
    spki,
    extensions: [
      extension(oid.basicConstraints, derSequence(), "critical"),
      // digitalSignature: bit 0.
      extension(oid.keyUsage, derBits(Uint8Array.of(0b1000_0000), 7), "critical"),
      extension(oid.extendedKeyUsage, derSequence(derOid(oid.serverAuth))),
      extension(
        oid.subjectAltName,
        derSequence(...options.names.map(generalName)),
        hasSubject ? "optional" : "critical",
      ),
      extension(oid.subjectKeyIdentifier, derOctets(await keyIdentifier(spki))),
      extension(
        oid.authorityKeyIdentifier,
        derSequence(der(0x80, await keyIdentifier(issuer.spki.whole))),
      ),
    ],
  });
  return { certPem: formatPem("CERTIFICATE", certificate), keyPem: await exportKey(keys.privateKey) };
}

interface ToBeSigned {
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

async function sign(key: CryptoKey, fields: ToBeSigned): Promise<Bytes> {
  const algorithm = derSequence(derOid(oid.ecdsaWithSha256));
  const toBeSigned = derSequence(
    der(0xa0, derInteger(Uint8Array.of(2))),
    derInteger(fields.serial),
    algorithm,
    fields.issuer,
    derSequence(derTime(fields.notBeforeMs), derTime(fields.notAfterMs)),
    fields.subject,
    fields.spki,
    der(0xa3, derSequence(...fields.extensions)),
  );
  const raw = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, toBeSigned));
  // WebCrypto gives r and s side by side; X.509 wants them as two numbers (RFC 3279 §2.2.3).
  const signature = derSequence(derInteger(raw.subarray(0, 32)), derInteger(raw.subarray(32)));
  return derSequence(toBeSigned, algorithm, derBits(signature));
}

function extension(id: string, value: Uint8Array, importance: "critical" | "optional" = "optional"): Bytes {
  return derSequence(derOid(id), importance === "critical" ? derTrue : noBytes, derOctets(value));
}

function commonName(text: string): Bytes {
  return derSequence(derSet(derSequence(derOid(oid.commonName), derText(text))));
}

/** dNSName [2] or iPAddress [7] (RFC 5280 §4.2.1.6). */
function generalName(name: string): Bytes {
  const address = addressOctets(name);
  return address === undefined ? der(0x82, utf8Bytes(name)) : der(0x87, address);
}

/** SHA-1 of the public key's bits (RFC 5280 §4.2.1.2 (1)). */
async function keyIdentifier(spki: Uint8Array): Promise<Bytes> {
  const [, bits] = parseDer(firstDer(spki).content);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bits!.content.slice(1)));
}

async function exportKey(key: CryptoKey): Promise<string> {
  return formatPem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", key)));
}

async function importKey(keyPem: string): Promise<CryptoKey> {
  const [pkcs8] = parsePem(keyPem, "PRIVATE KEY");
  if (pkcs8 === undefined) throw new Error("no private key (PKCS #8) in the authority's key file");
  return await crypto.subtle.importKey("pkcs8", pkcs8, ecdsa, false, ["sign"]);
}
