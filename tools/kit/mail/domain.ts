/**
 * Domain names and address literals as they stand after the `@`: what is valid, and which of them are the same.
 *
 * Forms: ASCII (`xn--bcher-kva.test`, A-labels) and Unicode (`bücher.test`, U-labels), RFC 5890 §2.3.2; IP literals in
 * brackets (`[192.0.2.1]`, `[IPv6:2001:db8::1]`, RFC 5321 §4.1.3). `normalizeDomain` gives the one form to compare by.
 */

import { canonicalIp, isIpv4, isIpv6 } from "./ip.ts";

/** RFC 1035 §2.3.4, RFC 5321 §4.5.3.1.2. */
export const maxDomainOctets = 255;
const maxLabelOctets = 63;

/**
 * A host or mail domain in ASCII or Unicode: labels of letters, digits and inner hyphens, and of underscores, which
 * Postfix tolerates. A name of digits only (`1.2.3.4`) is none. One trailing dot is tolerated.
 */
export function isValidDomain(text: string): boolean {
  const ascii = toAscii(text.endsWith(".") ? text.slice(0, -1) : text);
  if (ascii === undefined || ascii.length > maxDomainOctets || !/[^0-9.]/.test(ascii)) return false;
  return ascii.split(".").every((label) =>
    label.length <= maxLabelOctets && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label)
  );
}

/**
 * Lower case with A-labels, by UTS 46 (non-transitional: `ß` is not `ss`); `undefined` when a label has no ASCII form.
 * ASCII text is only lower-cased.
 */
export function toAscii(domain: string): string | undefined {
  if (isAscii(domain)) return domain.toLowerCase();
  // The URL parser would take more than a host name.
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u002c/:-@[-^`{-\u007f]/.test(domain)) return undefined;
  try {
    return new URL(`http://${domain}/`).hostname;
  } catch {
    return undefined;
  }
}

/**
 * The form to compare and look up by: lower case, A-labels, without one trailing dot; IP literals with the canonical
 * address. `bücher.test`, `BÜCHER.test.` and `xn--bcher-kva.test` are one.
 */
export function normalizeDomain(domain: string): string {
  if (domain.startsWith("[")) {
    const literal = parseAddressLiteral(domain);
    return literal === undefined ? domain.toLowerCase() : formatAddressLiteral(literal.address);
  }
  const ascii = toAscii(domain) ?? domain.toLowerCase();
  return ascii.endsWith(".") ? ascii.slice(0, -1) : ascii;
}

export interface AddressLiteral {
  readonly family: 4 | 6;
  /** Canonical text, without brackets and tag. */
  readonly address: string;
}

/** `[192.0.2.1]`, `[IPv6:::1]`; `undefined` for anything else, also for other tags (RFC 5321 §4.1.3). */
export function parseAddressLiteral(text: string): AddressLiteral | undefined {
  if (!text.startsWith("[") || !text.endsWith("]")) return undefined;
  const inner = text.slice(1, -1);
  if (isIpv4(inner)) return { family: 4, address: inner };
  if (!/^ipv6:/i.test(inner) || !isIpv6(inner.slice(5))) return undefined;
  return { family: 6, address: canonicalIp(inner.slice(5))! };
}

/** `[192.0.2.1]` or `[IPv6:::1]`. */
function formatAddressLiteral(address: string): string {
  return isIpv6(address) ? `[IPv6:${address}]` : `[${address}]`;
}

export function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^[\u0000-\u007f]*$/.test(text);
}
