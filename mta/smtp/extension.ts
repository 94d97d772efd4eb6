/** Service extensions as EHLO and LHLO name them, in Postfix's order; each row cites where it is from. */

import { saslMechanisms } from "../../tools/kit/sasl/mechanisms.ts";

import type { SessionView } from "./command_row.ts";
import { xclientNames } from "./xclient_command.ts";

interface Extension {
  /** As smtpd_discard_ehlo_keywords names it. */
  readonly keyword: string;
  readonly rfc: string;
  /** The line without its code; `undefined` when it is not offered now. */
  offer(session: SessionView): string | undefined;
}

const extensions: readonly Extension[] = [
  { keyword: "pipelining", rfc: "RFC 2920", offer: () => "PIPELINING" },
  {
    keyword: "size",
    rfc: "RFC 1870",
    offer: ({ settings }) => settings.messageSizeLimit > 0 ? `SIZE ${settings.messageSizeLimit}` : "SIZE",
  },
  {
    keyword: "vrfy",
    rfc: "RFC 5321 §3.5.2",
    offer: ({ settings }) => settings.disableVrfy ? undefined : "VRFY",
  },
  { keyword: "etrn", rfc: "RFC 1985", offer: ({ role }) => role === "lmtp" ? undefined : "ETRN" },
  {
    keyword: "starttls",
    rfc: "RFC 3207",
    offer: ({ offersStartTls }) => offersStartTls ? "STARTTLS" : undefined,
  },
  {
    keyword: "auth",
    rfc: "RFC 4954",
    offer: ({ offersAuth }) =>
      offersAuth ? `AUTH ${saslMechanisms.map((mechanism) => mechanism.name).join(" ")}` : undefined,
  },
  {
    keyword: "xclient",
    rfc: "Postfix XCLIENT_README",
    offer: ({ mayXclient }) => mayXclient ? `XCLIENT ${xclientNames.join(" ")}` : undefined,
  },
  { keyword: "enhancedstatuscodes", rfc: "RFC 2034", offer: () => "ENHANCEDSTATUSCODES" },
  { keyword: "8bitmime", rfc: "RFC 6152", offer: () => "8BITMIME" },
  { keyword: "dsn", rfc: "RFC 3461", offer: () => "DSN" },
  {
    keyword: "smtputf8",
    rfc: "RFC 6531",
    offer: ({ settings }) => settings.smtpUtf8 ? "SMTPUTF8" : undefined,
  },
  { keyword: "chunking", rfc: "RFC 3030", offer: () => "CHUNKING" },
  {
    keyword: "requiretls",
    rfc: "RFC 8689 §4.1",
    offer: ({ settings, tls }) => settings.requireTls && tls !== undefined ? "REQUIRETLS" : undefined,
  },
];

/** The lines of a reply to EHLO or LHLO: the host's name, then what is offered. */
export function ehloLines(session: SessionView): readonly string[] {
  const lines = [session.settings.hostname];
  for (const extension of extensions) {
    const line = session.hasKeyword(extension.keyword) ? extension.offer(session) : undefined;
    if (line !== undefined) lines.push(line);
  }
  return lines;
}
