/**
 * What sendmail(1) makes of a message from standard input: line ends, the missing header fields (Postfix cleanup(8),
 * local origin: From, Date, Message-Id), recipients for `-t`, and no Bcc.
 */

import type { Bytes } from "../../kit/base/bytes.ts";
import { concatBytes, CR, DOT, LF, utf8Bytes } from "../../kit/base/bytes.ts";
import { listedRecipients } from "../../kit/mail/address_list.ts";
import { formatDateTime } from "../../kit/mail/date.ts";
import { encodePhrase } from "../../kit/mail/encoded_word.ts";
import { fieldValues, firstValue, parseHeader } from "../../kit/mail/header.ts";

export interface ComposeOptions {
  /** The envelope sender, with its domain. */
  readonly sender: string;
  readonly fullName: string | undefined;
  readonly nowMs: number;
  /** Minutes east of UTC. */
  readonly zoneMinutes: number;
  /** Left side of a new Message-Id, and the domain for it. */
  readonly uniqueId: string;
  readonly hostname: string;
  readonly recipientsFromHeader: boolean;
  /** Fields that are left out (postconf(5) message_drop_headers), lower case. */
  readonly dropHeaders: readonly string[];
}

export interface Composed {
  /** LF form, ending with a line end. */
  readonly message: Bytes;
  readonly headerRecipients: readonly string[];
}

/** Line ends to LF; everything from a line of a single dot on is left out when `dotEnds`. */
export function normalizeInput(input: Uint8Array, options: { readonly dotEnds: boolean }): Bytes {
  const lines: Uint8Array[] = [];
  const lineEnd = Uint8Array.of(LF);
  for (let start = 0; start < input.length;) {
    const found = input.indexOf(LF, start);
    const end = found < 0 ? input.length : found;
    const line = input.subarray(start, end > start && input[end - 1] === CR ? end - 1 : end);
    if (options.dotEnds && line.length === 1 && line[0] === DOT) break;
    lines.push(line, lineEnd);
    start = end + 1;
  }
  return concatBytes(lines);
}

/** `message` as `normalizeInput` gives it. */
export function composeMessage(message: Uint8Array, options: ComposeOptions): Composed {
  const header = parseHeader(message, { badLine: "end" });
  const added: string[] = [];
  if (firstValue(header, "From") === undefined) added.push(`From: ${formatFrom(options)}`);
  if (firstValue(header, "Date") === undefined) {
    added.push(`Date: ${formatDateTime(options.nowMs, options.zoneMinutes)}`);
  }
  if (firstValue(header, "Message-Id") === undefined) {
    added.push(`Message-Id: <${options.uniqueId}@${options.hostname}>`);
  }
  const kept = header.fields.filter((field) => !options.dropHeaders.includes(field.name.toLowerCase()))
    .map((field) => message.subarray(field.start, field.end));
  const hasEmptyLine = header.bodyStart > header.end;
  const body = message.subarray(hasEmptyLine ? header.bodyStart : header.end);
  const parts = [...kept, utf8Bytes(added.map((line) => `${line}\n`).join("")), Uint8Array.of(LF), body];
  return {
    message: concatBytes(parts),
    headerRecipients: options.recipientsFromHeader ? headerRecipients(header) : [],
  };
}

/** RFC 5322 §3.6.3; the Resent- fields instead, where there are any (§3.6.6). */
function headerRecipients(header: ReturnType<typeof parseHeader>): readonly string[] {
  const resent = fieldValues(header, "Resent-To").length + fieldValues(header, "Resent-Cc").length +
      fieldValues(header, "Resent-Bcc").length > 0;
  const names = ["To", "Cc", "Bcc"].map((name) => resent ? `Resent-${name}` : name);
  return names.flatMap((name) => fieldValues(header, name)).flatMap((value) => listedRecipients(value));
}

function formatFrom({ sender, fullName }: ComposeOptions): string {
  const address = sender === "" ? "MAILER-DAEMON" : sender;
  if (fullName === undefined || fullName === "") return address;
  return `${encodePhrase(fullName)} <${address}>`;
}
