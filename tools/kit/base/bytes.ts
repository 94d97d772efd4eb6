/**
 * Octet strings: the few operations every layer needs. Bytes stay `Uint8Array` until a named decoder here
 * makes text of them.
 */

const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8Strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export type Bytes = Uint8Array<ArrayBuffer>;

export const CR = 13;
export const LF = 10;
export const SPACE = 32;
export const DOT = 46;

export const noBytes: Bytes = new Uint8Array(0);

/** Text to octets as UTF-8. */
export function utf8Bytes(text: string): Bytes {
  return encoder.encode(text) as Bytes;
}

/** Octets to text; malformed UTF-8 becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** Octets to text, or `undefined` when they are not well-formed UTF-8. */
export function utf8TextStrict(bytes: Uint8Array): string | undefined {
  try {
    return utf8Strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Octets to a string of the same length, one UTF-16 unit (0 to 255) an octet: reversible by `latin1Bytes`. */
export function latin1Text(bytes: Uint8Array): string {
  // Reflect.apply reads the array as it is; spreading it walks an iterator and takes seven times as long.
  if (bytes.length <= 8192) return Reflect.apply(String.fromCharCode, undefined, bytes);
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(start, start + 8192));
  }
  return text;
}

/** The reverse of `latin1Text`; units above 255 lose their high bits. */
export function latin1Bytes(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** One new array with all chunks in order. */
export function concatBytes(chunks: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

/** Compares in a time that depends on the lengths only (for secrets). */
export function equalSecrets(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index++) difference |= left[index]! ^ (right[index] ?? 0);
  return difference === 0;
}
