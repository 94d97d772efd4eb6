/**
 * Stored keys of SCRAM (RFC 5802 §3), by Web Crypto. From them a password can be checked, and a client can log in by
 * SCRAM; the password cannot be had from them but by trying.
 */

import { encodeBase64 } from "../../tools/kit/base/base64.ts";
import { equalSecrets, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import { decodeBase64Loose } from "./password_data.ts";
import type { ScramKeys } from "./users.ts";

/**
 * Iterations for new passwords: 25 times what RFC 7677 §4 asks for at least. One login costs 12 ms of a processor here
 * and well below a second in a slow client's SCRAM; guessing a stolen file costs the same for each guess.
 */
const defaultIterations = 100_000;

/** Above this a stored iteration count is a mistake, or an attempt to keep the server busy. */
export const maxIterations = 10_000_000;

/** Keys of a new password under a new salt. */
export async function makeScramKeys(
  password: string,
  options: { readonly random: Random; readonly iterations?: number },
): Promise<ScramKeys> {
  const salt = options.random.bytes(16);
  const iterations = options.iterations ?? defaultIterations;
  return await deriveScramKeys(preparePassword(password), { hash: "SHA-256", salt, iterations });
}

/** Whether the keys are those of `password`. */
export async function scramMatches(keys: ScramKeys, password: string): Promise<boolean> {
  const prepared = preparePassword(password);
  const derived = await deriveScramKeys(prepared, keys);
  if (equalSecrets(keys.storedKey, derived.storedKey)) return true;
  // Other programs hash the octets as they came.
  if (prepared === password) return false;
  return equalSecrets(keys.storedKey, (await deriveScramKeys(password, keys)).storedKey);
}

/** One form of text for one password, whatever keyboard it was typed on (SASLprep, RFC 4013 §2.1 and §2.2). */
function preparePassword(password: string): string {
  return password.replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " ").replace(
    /[\u00ad\u200b\u2060\ufeff]/g,
    "",
  )
    .normalize("NFKC");
}

/** SaltedPassword, then StoredKey := H(HMAC(SaltedPassword, "Client Key")) and ServerKey (RFC 5802 §3). */
async function deriveScramKeys(
  password: string,
  { hash, salt, iterations }: Pick<ScramKeys, "hash" | "salt" | "iterations">,
): Promise<ScramKeys> {
  const key = await crypto.subtle.importKey("raw", utf8Bytes(password), "PBKDF2", false, ["deriveBits"]);
  const bits = hash === "SHA-1" ? 160 : 256;
  const salted = await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt, iterations }, key, bits);
  const mac = await crypto.subtle.importKey("raw", salted, { name: "HMAC", hash }, false, ["sign"]);
  const clientKey = await crypto.subtle.sign("HMAC", mac, utf8Bytes("Client Key"));
  const serverKey = await crypto.subtle.sign("HMAC", mac, utf8Bytes("Server Key"));
  return {
    hash,
    salt,
    iterations,
    storedKey: new Uint8Array(await crypto.subtle.digest(hash, clientKey)),
    serverKey: new Uint8Array(serverKey),
  };
}

/** Dovecot's form: `iterations,salt,StoredKey,ServerKey`. */
export function formatScramKeys(keys: ScramKeys): string {
  const parts = [keys.salt, keys.storedKey, keys.serverKey].map(encodeBase64);
  return `{SCRAM-${keys.hash}}${keys.iterations},${parts.join(",")}`;
}

export function parseScramKeys(data: string, hash: ScramKeys["hash"]): ScramKeys | undefined {
  const [count = "", ...encoded] = data.split(",");
  const [salt, storedKey, serverKey] = encoded.map(decodeBase64Loose);
  const iterations = /^[1-9]\d{0,8}$/.test(count) ? Number(count) : Infinity;
  const octets = hash === "SHA-1" ? 20 : 32;
  if (encoded.length !== 3 || iterations > maxIterations || salt === undefined || salt.length === 0) {
    return undefined;
  }
  if (storedKey?.length !== octets || serverKey?.length !== octets) return undefined;
  return { hash, salt, iterations, storedKey, serverKey };
}
