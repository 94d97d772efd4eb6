/** What a server says it can do: the lines of its EHLO reply (RFC 5321 §4.1.1.1), each keyword by its RFC. */

import type { ServerReply } from "./reply_reader.ts";

export interface Features {
  /** RFC 2920 */
  readonly pipelining: boolean;
  /** RFC 1870; `undefined`: not offered, 0: no limit told. */
  readonly maxOctets: number | undefined;
  /** RFC 6152 */
  readonly eightBit: boolean;
  /** RFC 6531 */
  readonly utf8: boolean;
  /** RFC 3461 */
  readonly dsn: boolean;
  /** RFC 3207 */
  readonly startTls: boolean;
  /** RFC 3030 */
  readonly chunking: boolean;
  /** RFC 8689 */
  readonly requireTls: boolean;
  /** SASL mechanisms, upper case (RFC 4954). */
  readonly mechanisms: readonly string[];
}

export const noFeatures: Features = {
  ...{ pipelining: false, maxOctets: undefined, eightBit: false, utf8: false, dsn: false, startTls: false },
  ...{ chunking: false, requireTls: false, mechanisms: [] },
};

/** `discard` are keywords that are overlooked (postconf(5) smtp_discard_ehlo_keywords), lower case. */
export function parseFeatures(reply: ServerReply, discard: readonly string[]): Features {
  const offered = new Map<string, readonly string[]>();
  for (const line of reply.lines.slice(1)) {
    // `AUTH=PLAIN` is an old form that is still met.
    const [keyword = "", ...words] = line.trim().replace(/^AUTH=/i, "AUTH ").split(/[ \t]+/);
    const name = keyword.toLowerCase();
    if (name === "" || discard.includes(name)) continue;
    offered.set(name, [...offered.get(name) ?? [], ...words]);
  }
  const size = offered.get("size");
  return {
    pipelining: offered.has("pipelining"),
    maxOctets: size === undefined ? undefined : /^\d{1,15}$/.test(size[0] ?? "") ? Number(size[0]) : 0,
    eightBit: offered.has("8bitmime"),
    utf8: offered.has("smtputf8"),
    dsn: offered.has("dsn"),
    startTls: offered.has("starttls"),
    chunking: offered.has("chunking"),
    requireTls: offered.has("requiretls"),
    mechanisms: [...new Set((offered.get("auth") ?? []).map((word) => word.toUpperCase()))],
  };
}
