/**
 * POP3 responses (RFC 1939 §3): `+OK` or `-ERR`, a response code in brackets (RFC 2449 §8, RFC 3206), a text.
 * Listings are made in chunks while they are sent, so that a large maildrop is never held as text.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { latin1Bytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";

/** RFC 2449 §8.1, RFC 3206 §4, §5. LOGIN-DELAY is not used. */
export type ResponseCode = "IN-USE" | "SYS/TEMP" | "SYS/PERM" | "AUTH";

/** Longest first line of a response, octets with CRLF (RFC 2449 §4). */
const maxResponseOctets = 512;

/** Lines made at a time in a listing. */
const listingLines = 1024;

/** `+OK` and, if there is one, a text. */
export function formatOk(text = ""): Bytes {
  return formatLine(text === "" ? "+OK" : `+OK ${text}`);
}

/** `-ERR`, the code if there is one, a text. */
export function formatError(text: string, code?: ResponseCode): Bytes {
  return formatLine(code === undefined ? `-ERR ${text}` : `-ERR [${code}] ${text}`);
}

/** A SASL challenge, already in base64 (RFC 5034 §4: `+ ` stands also before nothing). */
export function formatChallenge(base64: string): Bytes {
  return latin1Bytes(`+ ${base64}\r\n`);
}

/** A short response of several lines, none of which begins with a dot. */
export function formatMultiline(first: string, lines: readonly string[]): Bytes {
  return latin1Bytes([first, ...lines, ".", ""].join("\r\n"));
}

/** `line(1)` to `line(count)` without those that are `undefined`, in chunks of bounded size. */
export function* listingChunks(
  count: number,
  line: (number: number) => string | undefined,
): Generator<Bytes> {
  let text = "";
  for (let number = 1; number <= count; number++) {
    const shown = line(number);
    if (shown !== undefined) text += `${shown}\r\n`;
    if (number % listingLines !== 0) continue;
    if (text !== "") yield latin1Bytes(text);
    text = "";
  }
  if (text !== "") yield latin1Bytes(text);
}

/** What a client sent may be in the text: nothing in it can end the line, and it is cut at the limit. */
function formatLine(text: string): Bytes {
  // deno-lint-ignore no-control-regex
  const line = utf8Bytes(text.replace(/[\x00-\x1f\x7f]/g, "?")).subarray(0, maxResponseOctets - 2);
  const bytes = new Uint8Array(line.length + 2);
  bytes.set(line);
  bytes.set([13, 10], line.length);
  return bytes;
}

/** What a session offers at a moment, for CAPA. */
export interface Offer {
  readonly loggedIn: boolean;
  readonly stls: boolean;
  /** USER and PASS, and mechanisms that show the password. */
  readonly cleartext: boolean;
  readonly mechanisms: readonly string[];
}

/** Rows of CAPA in Dovecot's order; a row is offered when its condition holds. */
const capabilities: readonly { readonly line: (offer: Offer) => string; when(offer: Offer): boolean }[] = [
  // RFC 2449 §5; listing CAPA itself is Dovecot's habit.
  { line: () => "CAPA", when: () => true },
  // RFC 2449 §6.1
  { line: () => "TOP", when: () => true },
  // RFC 2449 §6.8
  { line: () => "UIDL", when: () => true },
  // RFC 2449 §6.4
  { line: () => "RESP-CODES", when: () => true },
  // RFC 2449 §6.6
  { line: () => "PIPELINING", when: () => true },
  // RFC 3206 §6
  { line: () => "AUTH-RESP-CODE", when: () => true },
  // RFC 2595 §4
  { line: () => "STLS", when: (offer) => offer.stls && !offer.loggedIn },
  // RFC 2449 §6.2
  { line: () => "USER", when: (offer) => offer.cleartext && !offer.loggedIn },
  // RFC 2449 §6.3, RFC 5034 §3; without a mechanism the line would say nothing.
  {
    line: (offer) => `SASL ${offer.mechanisms.join(" ")}`,
    when: (offer) => offer.mechanisms.length > 0 && !offer.loggedIn,
  },
];

/** Lines of the CAPA response. */
export function capabilityLines(offer: Offer): readonly string[] {
  return capabilities.filter((row) => row.when(offer)).map((row) => row.line(offer));
}
