/**
 * Certificates: making an authority of one's own and certificates for a server under it, and reading what any
 * certificate says. ECDSA on P-256 (RFC 5480), X.509 version 3 (RFC 5280).
 *
 * Clients refuse a self-signed certificate as a server's, so there are always two: the authority, which people import
 * once, and the leaf, which is made anew whenever names change or it runs out.
 */

import { type Bytes, latin1Text, noBytes, utf8Bytes, utf8Text } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";

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
  type DerValue,
  oidText,
  parseDer,
  tag,
  timeOf,
} from "./der.ts";
import { addressOctets, addressText } from "./ip_octets.ts";
import { formatPem, parsePem } from "./pem.ts";

/** A certificate and its key. */
export interface KeyedCertificate {
  readonly certPem: string;
  /** PKCS #8 (RFC 5958). */
  readonly keyPem: string;
}

export interface CertificateFacts {
  /** Common name, or `""`. */
  readonly subject: string;
  readonly issuer: string;
  readonly isAuthority: boolean;
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** DNS names and IP addresses (subjectAltName). */
  readonly names: readonly string[];
}

const dayMs = 86_400_000;
/** Longest validity that Apple's and others' clients take, less the day for clocks that go slow. */
export const mostLeafDays = 824;
const authorityDays = 3650;

const oid = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

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
    /** At most, and by default, `mostLeafDays`. */
    readonly days?: number;
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
  const days = Math.min(options.days ?? mostLeafDays, mostLeafDays);
  const certificate = await sign(issuerKey, {
    serial: options.random.bytes(16),
    issuer: issuer.subject.whole,
    subject: hasSubject ? commonName(first) : derSequence(),
    notBeforeMs: options.nowMs - dayMs,
    notAfterMs: options.nowMs + days * dayMs,
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

/** What the first certificate of `certPem` says. @throws Error when there is none */
export function readCertificate(certPem: string): CertificateFacts {
  const { issuer, validity, subject, extensions } = parseCertificate(certPem);
  const [notBefore, notAfter] = validity;
  const constraints = extensions.get(oid.basicConstraints);
  const names = extensions.get(oid.subjectAltName);
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    isAuthority: constraints !== undefined && only(constraints).content[0] === tag.boolean,
    notBeforeMs: timeOf(notBefore),
    notAfterMs: timeOf(notAfter),
    names: names === undefined ? [] : parseDer(only(names).content).flatMap(generalNameText),
  };
}

/** When the first certificate of `certPem` runs out, milliseconds since 1970. @throws Error when there is none */
export function certificateExpiry(certPem: string): number {
  return readCertificate(certPem).notAfterMs;
}

/** SHA-256 of the first certificate of `certPem`, `AB:CD:...`, as OpenSSL and Postfix write it. */
export async function certificateFingerprint(certPem: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", firstCertificate(certPem)));
  return Array.from(digest, (octet) => octet.toString(16).padStart(2, "0").toUpperCase()).join(":");
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

function generalNameText(value: DerValue): string[] {
  if (value.tag === 0x82) return [latin1Text(value.content)];
  return value.tag === 0x87 ? [addressText(value.content)] : [];
}

/** SHA-1 of the public key's bits (RFC 5280 §4.2.1.2 (1)). */
async function keyIdentifier(spki: Uint8Array): Promise<Bytes> {
  const [, bits] = parseDer(only(spki).content);
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

function firstCertificate(certPem: string): Bytes {
  const [certificate] = parsePem(certPem, "CERTIFICATE");
  if (certificate === undefined) throw new Error("no certificate in PEM form");
  return certificate;
}

function parseCertificate(certPem: string) {
  const fields = parseDer(only(only(firstCertificate(certPem)).content.slice()).content);
  // The version stands first unless it is 1.
  if (fields[0]?.tag === 0xa0) fields.shift();
  const [_serial, _algorithm, issuer, validity, subject, spki, ...rest] = fields;
  if (issuer === undefined || validity === undefined || subject === undefined || spki === undefined) {
    throw new Error("not a certificate");
  }
  const [notBefore, notAfter] = parseDer(validity.content);
  if (notBefore === undefined || notAfter === undefined) throw new Error("not a certificate");
  const extensions = new Map<string, Uint8Array>();
  for (const { content } of rest.filter((field) => field.tag === 0xa3)) {
    for (const one of parseDer(only(content).content)) {
      const parts = parseDer(one.content);
      extensions.set(oidText(parts[0]!.content), parts.at(-1)!.content);
    }
  }
  return { issuer, validity: [notBefore, notAfter] as const, subject, spki, extensions };
}

/** The common name in a Name, or `""`. */
function nameText(name: DerValue): string {
  for (const set of parseDer(name.content)) {
    for (const pair of parseDer(set.content)) {
      const [type, value] = parseDer(pair.content);
      if (type !== undefined && value !== undefined && oidText(type.content) === oid.commonName) {
        return utf8Text(value.content);
      }
    }
  }
  return "";
}

/** The first value in `bytes`. */
function only(bytes: Uint8Array): DerValue {
  const [value] = parseDer(bytes);
  if (value === undefined) throw new Error("not DER: nothing there");
  return value;
}
