/** The octets inside stored passwords: base64 or hexadecimal. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";

/**
 * The octets of `data`. Without a given encoding, data of exactly twice the digest's length is hexadecimal and other
 * data base64, as Dovecot guesses.
 */
export function decodeData(
  data: string,
  encoding: "b64" | "hex" | undefined,
  digest?: { readonly octets: number; readonly salted: boolean },
): Bytes | undefined {
  const looksHex = digest !== undefined && !digest.salted && data.length === digest.octets * 2;
  return encoding === "hex" || (encoding === undefined && looksHex)
    ? decodeHex(data)
    : decodeBase64Loose(data);
}

function decodeHex(text: string): Bytes | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from(
    { length: text.length / 2 },
    (_, index) => parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

/** Base64 of a file that people edit: missing padding is forgiven (RFC 4648 §3.2), foreign characters are not. */
export function decodeBase64Loose(text: string): Bytes | undefined {
  const digits = text.replace(/={0,2}$/, "");
  if (digits.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(digits)) return undefined;
  return Uint8Array.from(atob(digits), (char) => char.charCodeAt(0));
}
