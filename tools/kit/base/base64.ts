/**
 * Base64 on one line (RFC 4648 §4), read strictly: what is not base64 is refused and not guessed at. Those who must
 * read what others wrote carelessly (mail, files that people edit) have readers of their own.
 */

import { type Bytes, noBytes } from "./bytes.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const valueOf = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) valueOf[alphabet.charCodeAt(value)] = value;

/**
 * The octets, or `undefined` when `text` is anything but whole quads with right padding and zero spare bits
 * (RFC 4648 §3.5). No white space, no line ends.
 *
 * ```ts
 * decodeBase64("AHUxAHB3MQ=="); // octets of "\0u1\0pw1"
 * decodeBase64("AHUxAHB3MQ"); // undefined
 * ```
 */
export function decodeBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0) return undefined;
  if (text.length === 0) return noBytes;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array(text.length / 4 * 3 - padding);
  let written = 0;
  let bits = 0;
  let held = 0;
  for (let index = 0; index < digits; index++) {
    const value = valueOf[text.charCodeAt(index)] ?? -1;
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[written++] = bits >> held;
      bits &= (1 << held) - 1;
    }
  }
  return bits === 0 ? bytes : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const first = bytes[index]!;
    const second = bytes[index + 1];
    const third = bytes[index + 2];
    text += alphabet[first >> 2]! + alphabet[((first & 3) << 4) | ((second ?? 0) >> 4)]!;
    text += second === undefined ? "=" : alphabet[((second & 15) << 2) | ((third ?? 0) >> 6)]!;
    text += third === undefined ? "=" : alphabet[third & 63]!;
  }
  return text;
}
