/**
 * Stored passwords as Dovecot writes them: `{SCHEME}data`, `{SCHEME.b64}data`, `{SCHEME.hex}data`.
 *
 * | scheme                              | data                                                                  |
 * |-------------------------------------|-----------------------------------------------------------------------|
 * | SCRAM-SHA-256, SCRAM-SHA-1          | `iterations,salt,StoredKey,ServerKey`, base64 (RFC 5803 in other form) |
 * | PBKDF2                              | `$1$salt$rounds$hex`: PBKDF2 with HMAC-SHA-1, 20 octets               |
 * | SSHA, SSHA256, SSHA512              | base64 of digest and salt                                             |
 * | SHA (SHA1), SHA256, SHA512          | base64 or hexadecimal digest                                          |
 * | PLAIN, CLEARTEXT                    | the password                                                          |
 * | CRYPT, SHA256-CRYPT, SHA512-CRYPT, BLF-CRYPT, MD5-CRYPT | crypt(3), by a function that is handed in         |
 *
 * Schemes that a graphics card undoes at once and that nobody needs (PLAIN-MD5, LDAP-MD5, CRAM-MD5, LANMAN, NTLM) are
 * left out.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { equalSecrets, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import { decodeData } from "./password_data.ts";
import { maxIterations, parseScramKeys, scramMatches } from "./scram.ts";

/** crypt(3): the hash of a password by a setting (an earlier hash), or `undefined` when it cannot make one. */
export type Crypt = (password: string, setting: string) => string | undefined;

export type Check =
  | { readonly kind: "match" }
  | { readonly kind: "mismatch" }
  /** The stored password cannot be used; for the log. */
  | { readonly kind: "unusable"; readonly reason: string };

export interface StoredPassword {
  /** Upper case: `SSHA256`. */
  readonly scheme: string;
  readonly encoding: "b64" | "hex" | undefined;
  readonly data: string;
}

/** Takes a stored password apart; without a scheme it is CRYPT, as in Dovecot. */
export function parseStoredPassword(stored: string): StoredPassword {
  const match = /^\{([A-Za-z0-9-]+)(?:\.(b64|base64|hex))?\}([^]*)$/i.exec(stored);
  if (match === null) return { scheme: "CRYPT", encoding: undefined, data: stored };
  const encoding = match[2]?.toLowerCase();
  return {
    scheme: match[1]!.toUpperCase(),
    encoding: encoding === undefined ? undefined : encoding === "hex" ? "hex" : "b64",
    data: match[3]!,
  };
}

interface Digest {
  readonly algorithm: "SHA-1" | "SHA-256" | "SHA-512";
  readonly octets: number;
  readonly salted: boolean;
}

const digests: Readonly<Record<string, Digest>> = {
  SHA: { algorithm: "SHA-1", octets: 20, salted: false },
  SHA1: { algorithm: "SHA-1", octets: 20, salted: false },
  SHA256: { algorithm: "SHA-256", octets: 32, salted: false },
  SHA512: { algorithm: "SHA-512", octets: 64, salted: false },
  SSHA: { algorithm: "SHA-1", octets: 20, salted: true },
  SSHA256: { algorithm: "SHA-256", octets: 32, salted: true },
  SSHA512: { algorithm: "SHA-512", octets: 64, salted: true },
};

const cryptSchemes: readonly string[] = ["CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "BLF-CRYPT", "MD5-CRYPT"];

/** Whether `password` is the one that was stored. */
export async function checkPassword(stored: string, password: string, crypt?: Crypt): Promise<Check> {
  const { scheme, encoding, data } = parseStoredPassword(stored);
  if (data === "" || /^[*!]/.test(stored)) return { kind: "unusable", reason: "login is locked" };
  if (cryptSchemes.includes(scheme)) return checkCrypt(data, password, crypt);
  const digest = Object.hasOwn(digests, scheme) ? digests[scheme] : undefined;
  if (digest !== undefined) return await checkDigest(digest, decodeData(data, encoding, digest), password);
  const text = encoding === undefined ? data : decodedText(data, encoding);
  if (text === undefined) return unusable(scheme);
  switch (scheme) {
    case "PLAIN":
    case "CLEARTEXT":
      return verdict(equalSecrets(utf8Bytes(text), utf8Bytes(password)));
    case "PBKDF2":
      return await checkPbkdf2(text, password);
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-1": {
      const keys = parseScramKeys(text, scheme === "SCRAM-SHA-1" ? "SHA-1" : "SHA-256");
      return keys === undefined ? unusable(scheme) : verdict(await scramMatches(keys, password));
    }
    default:
      return { kind: "unusable", reason: `password scheme ${scheme} is not supported` };
  }
}

function verdict(matches: boolean): Check {
  return matches ? { kind: "match" } : { kind: "mismatch" };
}

function unusable(scheme: string): Check {
  return { kind: "unusable", reason: `the stored {${scheme}} password is malformed` };
}

function decodedText(data: string, encoding: "b64" | "hex"): string | undefined {
  const bytes = decodeData(data, encoding);
  return bytes === undefined ? undefined : utf8Text(bytes);
}

function checkCrypt(setting: string, password: string, crypt: Crypt | undefined): Check {
  if (crypt === undefined) {
    return { kind: "unusable", reason: "crypt(3) hashes cannot be checked here; set the password anew" };
  }
  const hash = crypt(password, setting);
  if (hash === undefined || hash.startsWith("*")) {
    return { kind: "unusable", reason: "crypt(3) does not know this kind of hash" };
  }
  return verdict(equalSecrets(utf8Bytes(setting), utf8Bytes(hash)));
}

async function checkDigest(digest: Digest, data: Bytes | undefined, password: string): Promise<Check> {
  const isWhole = data !== undefined &&
    (digest.salted ? data.length > digest.octets : data.length === digest.octets);
  if (!isWhole) return { kind: "unusable", reason: `the stored ${digest.algorithm} password is malformed` };
  const salt = data.subarray(digest.octets);
  const secret = utf8Bytes(password);
  const salted = new Uint8Array(secret.length + salt.length);
  salted.set(secret);
  salted.set(salt, secret.length);
  const hash = new Uint8Array(await crypto.subtle.digest(digest.algorithm, salted));
  return verdict(equalSecrets(data.subarray(0, digest.octets), hash));
}

async function checkPbkdf2(data: string, password: string): Promise<Check> {
  const match = /^\$1\$([^$]+)\$([1-9]\d{0,8})\$([0-9a-f]{40})$/i.exec(data);
  const iterations = Number(match?.[2]);
  if (match === null || iterations > maxIterations) return unusable("PBKDF2");
  const key = await crypto.subtle.importKey("raw", utf8Bytes(password), "PBKDF2", false, ["deriveBits"]);
  const salt = utf8Bytes(match[1]!);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-1", salt, iterations }, key, 160);
  return verdict(equalSecrets(decodeData(match[3]!, "hex")!, new Uint8Array(bits)));
}
