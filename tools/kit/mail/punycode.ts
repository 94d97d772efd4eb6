/**
 * Punycode decoding (RFC 3492): the ASCII form of an internationalized label, without its `xn--`, back to Unicode.
 * Encoding is left to the platform's UTS 46 (`toAscii` in domain.ts), which also maps and checks.
 */

const base = 36;
const leastThreshold = 1;
const greatestThreshold = 26;
const skew = 38;
const damp = 700;
const greatestCodePoint = 0x10ffff;

/** `undefined` when `text` is not the encoding of anything. */
export function decodePunycode(text: string): string | undefined {
  const delimiter = text.lastIndexOf("-");
  const codePoints = Array.from(text.slice(0, Math.max(0, delimiter)), (char) => char.codePointAt(0)!);
  if (codePoints.some((codePoint) => codePoint >= 128)) return undefined;
  let codePoint = 128;
  let index = 0;
  let bias = 72;
  let at = delimiter < 0 ? 0 : delimiter + 1;
  while (at < text.length) {
    const before = index;
    let weight = 1;
    for (let position = base;; position += base) {
      const digit = digitValue(text.charCodeAt(at++));
      if (digit === undefined) return undefined;
      index += digit * weight;
      if (index > Number.MAX_SAFE_INTEGER / base) return undefined;
      const threshold = Math.min(greatestThreshold, Math.max(leastThreshold, position - bias));
      if (digit < threshold) break;
      weight *= base - threshold;
    }
    const count = codePoints.length + 1;
    bias = adaptedBias(index - before, count, { isFirst: before === 0 });
    codePoint += Math.floor(index / count);
    index %= count;
    if (codePoint > greatestCodePoint || (codePoint >= 0xd800 && codePoint < 0xe000)) return undefined;
    codePoints.splice(index++, 0, codePoint);
  }
  return String.fromCodePoint(...codePoints);
}

/** RFC 3492 §6.1. */
function adaptedBias(delta: number, count: number, options: { readonly isFirst: boolean }): number {
  let rest = Math.floor(options.isFirst ? delta / damp : delta / 2);
  rest += Math.floor(rest / count);
  let position = 0;
  while (rest > ((base - leastThreshold) * greatestThreshold) / 2) {
    rest = Math.floor(rest / (base - leastThreshold));
    position += base;
  }
  return position + Math.floor(((base - leastThreshold + 1) * rest) / (rest + skew));
}

function digitValue(unit: number): number | undefined {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 26;
  if (unit >= 0x41 && unit <= 0x5a) return unit - 0x41;
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61;
  return undefined;
}
