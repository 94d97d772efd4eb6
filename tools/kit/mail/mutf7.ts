/**
 * Modified UTF-7, the form of mailbox names on the IMAP wire and on disk (RFC 3501 §5.1.3): printable US-ASCII stands
 * for itself, `&` is `&-`, everything else is UTF-16 in a base64 with `,` for `/`, between `&` and `-`.
 */

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/**
 * A Unicode name in modified UTF-7.
 *
 * @example `formatMutf7("Entwürfe")` is `Entw&APw-rfe`.
 */
export function formatMutf7(name: string): string {
  let out = "";
  for (let index = 0; index < name.length;) {
    const unit = name.charCodeAt(index);
    if (isPlain(unit)) {
      out += unit === 0x26 ? "&-" : name[index];
      index++;
      continue;
    }
    let end = index + 1;
    while (end < name.length && !isPlain(name.charCodeAt(end))) end++;
    out += `&${encodeUnits(name, index, end)}-`;
    index = end;
  }
  return out;
}

/**
 * The Unicode name, or `undefined` when the text is not well-formed: 8-bit octets, an unended or empty shift, characters
 * that should stand for themselves, superfluous bits, lone surrogates. What is accepted is formatted back the same.
 */
export function parseMutf7(text: string): string | undefined {
  let name = "";
  for (let index = 0; index < text.length;) {
    const unit = text.charCodeAt(index);
    if (!isPlain(unit)) return undefined;
    if (unit !== 0x26) {
      name += text[index++];
      continue;
    }
    const end = text.indexOf("-", index);
    if (end < 0) return undefined;
    if (end === index + 1) name += "&";
    else {
      const decoded = decodeUnits(text, index + 1, end);
      // `&A&B-`: two shifts that should be one; only "&-" or plain text may follow a shift.
      if (decoded === undefined || followsShift(text, end + 1)) return undefined;
      name += decoded;
    }
    index = end + 1;
  }
  return name;
}

/** Printable US-ASCII, `&` included. */
function isPlain(unit: number): boolean {
  return unit >= 0x20 && unit <= 0x7e;
}

function followsShift(text: string, index: number): boolean {
  return text[index] === "&" && text[index + 1] !== "-";
}

function encodeUnits(name: string, start: number, end: number): string {
  let out = "";
  let bits = 0;
  let held = 0;
  for (let index = start; index < end; index++) {
    held = (held << 16) | name.charCodeAt(index);
    bits += 16;
    while (bits >= 6) {
      bits -= 6;
      out += digits[(held >> bits) & 63];
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + digits[(held << (6 - bits)) & 63];
}

function decodeUnits(text: string, start: number, end: number): string | undefined {
  let out = "";
  let bits = 0;
  let held = 0;
  for (let index = start; index < end; index++) {
    const digit = digits.indexOf(text[index]!);
    if (digit < 0) return undefined;
    held = (held << 6) | digit;
    bits += 6;
    if (bits < 16) continue;
    bits -= 16;
    const unit = held >> bits;
    if (isPlain(unit)) return undefined;
    out += String.fromCharCode(unit);
    held &= (1 << bits) - 1;
  }
  // What is left over is padding: fewer than six bits, all zero.
  return bits < 6 && held === 0 && out.isWellFormed() ? out : undefined;
}
