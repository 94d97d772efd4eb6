/**
 * The Sender Rewriting Scheme: return addresses of mail that is forwarded for others, so that it may come from here by SPF,
 * and so that its failures find their way back: pure.
 *
 *     li@a.test                               forwarded by b.test
 *     SRS0=HASH=TT=a.test=li@b.test           forwarded on by c.test
 *     SRS1=HASH=b.test==HASH=TT=a.test=li@c.test
 *
 * What comes back to c.test goes to b.test, and from there to a.test, however many hosts there were. HASH is over what
 * follows it, without regard to case, since hosts on the way may change that; TT is the day, so that an address that was
 * seen is not good for ever.
 */

import { utf8Bytes } from "../base/bytes.ts";
import { hmacSha256 } from "../base/sha256.ts";

import { splitAddress } from "./address.ts";

export interface SrsOptions {
  /** The first signs; all of them are taken. At least one. */
  readonly secrets: readonly string[];
  readonly maxAgeDays: number;
}

const digits = "abcdefghijklmnopqrstuvwxyz234567";
const dayMs = 86_400_000;
/** Days that TT can tell apart: two digits of five bits. */
const dayCount = 1024;
/** Of the hash, five bits each. */
const hashDigits = 6;

export class Srs {
  readonly #options: SrsOptions;

  constructor(options: SrsOptions) {
    this.#options = options;
  }

  /** The sender's address at `domain`; itself where it is null, has no domain, or cannot be written so. */
  forward(sender: string, domain: string, nowMs: number): string {
    const { localPart, domain: from } = splitAddress(sender);
    if (from === "" || localPart.startsWith('"') || from.toLowerCase() === domain.toLowerCase()) {
      return sender;
    }
    const first = /^SRS0[=+-](.+)$/i.exec(localPart);
    if (first !== null) return this.#srs1(`${from}==${first[1]}`, domain);
    const later = /^SRS1[=+-][^=]+=([^=]+==.+)$/i.exec(localPart);
    if (later !== null) return this.#srs1(later[1]!, domain);
    const rest = `${formatDay(nowMs)}=${from}=${localPart}`;
    return `SRS0=${this.#sign(rest)}=${rest}@${domain}`;
  }

  #srs1(rest: string, domain: string): string {
    return `SRS1=${this.#sign(rest)}=${rest}@${domain}`;
  }

  /** Where mail to an address that was made here goes; `undefined` for every other, and for one that is too old. */
  reverse(address: string, nowMs: number): string | undefined {
    const { localPart } = splitAddress(address);
    const [, kind, hash, rest] = /^SRS([01])[=+-]([a-z2-7]+)=(.+)$/i.exec(localPart) ?? [];
    if (kind === undefined || !this.#isSigned(hash!, rest!)) return undefined;
    if (kind === "1") {
      const [, domain, before] = /^([^=]+)==(.+)$/.exec(rest!) ?? [];
      return domain === undefined ? undefined : `SRS0=${before}@${domain}`;
    }
    const [, day, domain, user] = /^([a-z2-7]{2})=([^=]+)=(.+)$/i.exec(rest!) ?? [];
    if (day === undefined || ageDays(day, nowMs) > this.#options.maxAgeDays) return undefined;
    return `${user}@${domain}`;
  }

  #sign(text: string, secret = this.#options.secrets[0]!): string {
    const octets = hmacSha256(utf8Bytes(secret), utf8Bytes(text.toLowerCase()));
    return Array.from(octets.subarray(0, hashDigits), (octet) => digits[octet & 31]).join("");
  }

  #isSigned(hash: string, text: string): boolean {
    // Compared whole whatever differs, so that time tells nothing.
    const wanted = hash.toLowerCase();
    let isGood = false;
    for (const secret of this.#options.secrets) {
      const own = this.#sign(text, secret);
      let difference = own.length ^ wanted.length;
      for (let at = 0; at < own.length; at++) difference |= own.charCodeAt(at) ^ wanted.charCodeAt(at);
      if (difference === 0) isGood = true;
    }
    return isGood;
  }
}

function formatDay(nowMs: number): string {
  const day = Math.floor(nowMs / dayMs) % dayCount;
  return `${digits[day >> 5]}${digits[day & 31]}`;
}

/** Days since TT, which comes again every 1024; one of tomorrow, by another clock, is new. */
function ageDays(text: string, nowMs: number): number {
  const [high = "a", low = "a"] = text.toLowerCase();
  const day = (digits.indexOf(high) << 5) | digits.indexOf(low);
  const age = (Math.floor(nowMs / dayMs) - day) % dayCount;
  return age === dayCount - 1 ? 0 : age;
}

/** Secrets of a file: its lines, without empty ones. */
export function parseSrsSecrets(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
}
