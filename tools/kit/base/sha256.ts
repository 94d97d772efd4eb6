/** SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), for pure code: the platform's own are asynchronous. */

import type { Bytes } from "./bytes.ts";
import { concatBytes } from "./bytes.ts";

const blockOctets = 64;

/** The first 32 bits of the fractions of the cube roots of the first 64 primes. */
const roundWords = fractions(64, Math.cbrt);
/** The same of the square roots of the first eight. */
const startWords = fractions(8, Math.sqrt);

function fractions(count: number, root: (prime: number) => number): Uint32Array {
  const words = new Uint32Array(count);
  let found = 0;
  for (let number = 2; found < count; number++) {
    if (isPrime(number)) words[found++] = (root(number) % 1) * 0x1_0000_0000;
  }
  return words;
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

/** 32 octets. */
export function sha256(message: Uint8Array): Bytes {
  const state = startWords.slice();
  const padded = pad(message);
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += blockOctets) compress(state, view, at);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (const [index, word] of state.entries()) out.setUint32(index * 4, word);
  return digest;
}

/** A one bit, zeros, and the length in bits. */
function pad(message: Uint8Array): Bytes {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / blockOctets) * blockOctets);
  padded.set(message);
  padded[message.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  return padded;
}

function compress(state: Uint32Array, view: DataView, at: number): void {
  const words = new Uint32Array(64);
  for (let index = 0; index < 16; index++) words[index] = view.getUint32(at + index * 4);
  for (let index = 16; index < 64; index++) {
    const [far, near] = [words[index - 15]!, words[index - 2]!];
    const left = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
    const right = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
    words[index] = words[index - 16]! + left + words[index - 7]! + right;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index++) {
    const choice = (e & f) ^ (~e & g);
    const sum = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (h + sum + choice + roundWords[index]! + words[index]!) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = state[index]! + word;
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** 32 octets. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  const block = new Uint8Array(blockOctets);
  block.set(key.length > blockOctets ? sha256(key) : key);
  const inner = sha256(concatBytes([block.map((octet) => octet ^ 0x36), message]));
  return sha256(concatBytes([block.map((octet) => octet ^ 0x5c), inner]));
}
