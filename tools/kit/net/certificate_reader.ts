/** What a certificate says (X.509 version 3, RFC 5280 §4.1). */

import { type Bytes, latin1Text, utf8Text } from "../base/bytes.ts";

import { type DerValue, firstDer, oidText, parseDer, tag, timeOf } from "./der.ts";
import { addressText } from "./ip_octets.ts";
import { parsePem } from "./pem.ts";

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

/** Object identifiers (RFC 5280 §4.2, RFC 5758 §3.2). */
export const oid = {
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

/** What the first certificate of `certPem` says. @throws Error when there is none */
export function readCertificate(certPem: string): CertificateFacts {
  return readCertificateDer(firstCertificate(certPem));
}

/** @throws Error when it is none */
export function readCertificateDer(certificate: Uint8Array): CertificateFacts {
  const { issuer, validity, subject, extensions } = parseCertificateDer(certificate);
  const [notBefore, notAfter] = validity;
  const constraints = extensions.get(oid.basicConstraints);
  const names = extensions.get(oid.subjectAltName);
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    isAuthority: constraints !== undefined && firstDer(constraints).content[0] === tag.boolean,
    notBeforeMs: timeOf(notBefore),
    notAfterMs: timeOf(notAfter),
    names: names === undefined ? [] : parseDer(firstDer(names).content).flatMap(generalNameText),
  };
}

function generalNameText(value: DerValue): string[] {
  if (value.tag === 0x82) return [latin1Text(value.content)];
  return value.tag === 0x87 ? [addressText(value.content)] : [];
}

function firstCertificate(certPem: string): Bytes {
  const [certificate] = parsePem(certPem, "CERTIFICATE");
  if (certificate === undefined) throw new Error("no certificate in PEM form");
  return certificate;
}

/** Its fields, as far as anybody here asks. @throws Error when there is no certificate */
export function parseCertificate(certPem: string) {
  return parseCertificateDer(firstCertificate(certPem));
}

/** Likewise. @throws Error when it is none */
export function parseCertificateDer(certificate: Uint8Array) {
  const [toBeSigned, algorithm, signature] = parseDer(firstDer(certificate).content.slice());
  if (toBeSigned === undefined || algorithm === undefined || signature === undefined) {
    throw new Error("not a certificate");
  }
  const fields = parseDer(toBeSigned.content);
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
    for (const one of parseDer(firstDer(content).content)) {
      const parts = parseDer(one.content);
      extensions.set(oidText(parts[0]!.content), parts.at(-1)!.content);
    }
  }
  return {
    toBeSigned,
    algorithm,
    signature,
    issuer,
    validity: [notBefore, notAfter] as const,
    subject,
    spki,
    extensions,
  };
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
