/** Does a message fit a server: what it cannot take, and what has to be made of the content for it. */

import type { DeliveryOutcome } from "../../../store/spool/spool.ts";

import type { Features } from "./features.ts";
import type { ClientMessage, ClientSource } from "./message.ts";
import type { ClientSettings, ClientTarget } from "./settings.ts";

/** For all recipients; `undefined` when the message may be tried. */
export function messageProblem(
  message: ClientMessage,
  features: Features,
  { where, host }: ClientTarget,
): DeliveryOutcome | undefined {
  if (message.needsUtf8 && !features.utf8) {
    // RFC 6531 §3.5, RFC 6533 §3: nobody may make ASCII of it.
    const text = `SMTPUTF8 is required, but was not offered by host ${where}`;
    return { kind: "failed", status: "5.6.7", text, remote: { host } };
  }
  const limit = features.maxOctets ?? 0;
  if (limit > 0 && message.octets > limit) {
    // RFC 1870 §4
    const text = `message size ${message.octets} exceeds size limit ${limit} of server ${where}`;
    return { kind: "failed", status: "5.3.4", text, remote: { host } };
  }
  return undefined;
}

/** The content in a form that the server takes (RFC 6152 §3). */
export function sourceOf(message: ClientMessage, features: Features, settings: ClientSettings): ClientSource {
  const to7Bit = message.body === "8BITMIME" && !features.eightBit && settings.convertTo7Bit;
  return { content: message.content, to7Bit, isExact: false };
}
