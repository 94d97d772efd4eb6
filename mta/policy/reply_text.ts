/** A refusal as it is sent: the last corrections that smtpd makes to any. */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import { type Refusal, refusal } from "./verdict.ts";

/** Octets of `554 5.7.1 TEXT`, with CRLF 512 (RFC 5321 §4.5.3.1.5). */
const maxReplyOctets = 510;

export interface Settled {
  readonly refusal: Refusal;
  readonly warning?: string | undefined;
}

/**
 * Code 400 to 599, 5xx made 4xx by soft_bounce, the status's class made the code's, no control characters, cut.
 *
 *     settleRefusal({ code: 554, status: "5.7.1", text: "No" }, { softBounce: true })  ->  454 4.7.1 No
 */
export function settleRefusal(given: Refusal, { softBounce }: { readonly softBounce: boolean }): Settled {
  const isCode = Number.isInteger(given.code) && given.code >= 400 && given.code <= 599;
  if (!isCode) {
    return {
      refusal: refusal(450, "4.7.1", "Service unavailable"),
      warning: `response code configuration error: ${given.code} ${given.status} ${given.text}`,
    };
  }
  const code = softBounce && given.code >= 500 ? given.code - 100 : given.code;
  const head = `${code} ${given.status} `;
  return { refusal: refusal(code, given.status, cut(printable(given.text), maxReplyOctets - head.length)) };
}

function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** At most that many octets of UTF-8, no character halved. */
function cut(text: string, octets: number): string {
  const bytes = utf8Bytes(text);
  if (bytes.length <= octets) return text;
  let end = octets;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return utf8Text(bytes.subarray(0, end));
}
