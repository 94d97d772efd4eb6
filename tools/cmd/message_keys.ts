/** The header fields and body lines of a message as keys for header_checks(5) and body_checks(5) tables. */

import { latin1Bytes, latin1Text, utf8Text } from "../kit/base/bytes.ts";
import type { MimePart } from "../kit/mail/mime.ts";
import { parseMime } from "../kit/mail/mime.ts";

export interface MessageKeysOptions {
  readonly header: boolean;
  readonly body: boolean;
  /** The heads of parts and of attached messages are header; without it they are lines of the body. */
  readonly mime: boolean;
}

/** In their order; a header field keeps its folds, as newlines. */
export function messageKeys(message: Uint8Array, options: MessageKeysOptions): readonly string[] {
  const text = latin1Text(message).replace(/\r?\n/g, "\r\n");
  const root = parseMime(latin1Bytes(text));
  const heads = options.mime ? headsOf(root) : [root];
  const keys: string[] = [];
  let at = 0;
  for (const { headerStart, bodyStart } of [...heads, undefined].map((head) => head ?? endOf(text))) {
    if (options.body) keys.push(...linesOf(text.slice(at, headerStart)));
    const head = text.slice(headerStart, bodyStart);
    if (options.header) keys.push(...fieldsOf(head));
    // The empty line after a head is the body's.
    at = head.endsWith("\r\n\r\n") ? bodyStart - 2 : bodyStart;
  }
  return keys.map((key) => utf8Text(latin1Bytes(key)));
}

function endOf(text: string): { readonly headerStart: number; readonly bodyStart: number } {
  return { headerStart: text.length, bodyStart: text.length };
}

function headsOf(part: MimePart): readonly MimePart[] {
  return [
    part,
    ...part.parts.flatMap(headsOf),
    ...(part.message === undefined ? [] : headsOf(part.message.root)),
  ];
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\r\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function fieldsOf(head: string): readonly string[] {
  const fields: string[] = [];
  for (const line of linesOf(head)) {
    if (/^[ \t]/.test(line) && fields.length > 0) fields[fields.length - 1] += `\n${line}`;
    else if (line !== "") fields.push(line);
  }
  return fields;
}
