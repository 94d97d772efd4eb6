/**
 * What a text search looks through: header values with encoded words decoded, and text bodies with transfer encoding
 * and charset undone, all folded so that case and accents' spelling do not matter (RFC 3501 §6.4.4, RFC 5051).
 *
 * Only text/* and message/* parts are looked at, as Dovecot does; preamble and epilogue are not.
 */

import { type EnvelopeAddress, parseAddressList } from "../../tools/kit/mail/address_list.ts";
import { decodeCharset } from "../../tools/kit/mail/charset.ts";
import { parseDateTime } from "../../tools/kit/mail/date.ts";
import { decodeEncodedWords } from "../../tools/kit/mail/encoded_word.ts";
import { firstValue, type Header, parseHeader, unfoldedValue } from "../../tools/kit/mail/header.ts";
import { type MimePart, parseMime } from "../../tools/kit/mail/mime.ts";
import { rawParameter } from "../../tools/kit/mail/parameter.ts";
import { decodeTransfer } from "../../tools/kit/mail/transfer_encoding.ts";
import { CrlfConverter } from "../../tools/kit/wire/dot_stuffing.ts";

/** Decoded octets of a message that are looked through; a longer message is not searched to its end. */
export const maxSearchedOctets = 16 * 1024 * 1024;

const dayMs = 86_400_000;
const addressFields = new Set(["from", "sender", "reply-to", "to", "cc", "bcc"]);

/**
 * One form for texts that differ in case or in the spelling of accents only. Upper case, since lower case has two
 * forms of the Greek sigma.
 */
export function fold(text: string): string {
  // deno-lint-ignore no-control-regex
  return (/^[\u0000-\u007f]*$/.test(text) ? text : text.normalize("NFKD")).toUpperCase();
}

/** A header, decoded when it is asked for. */
export class HeaderText {
  readonly #header: Header;
  readonly #values = new Map<string, readonly string[]>();

  constructor(octets: Uint8Array) {
    this.#header = parseHeader(octets);
  }

  /** Folded values of all fields of that name. */
  values(name: string): readonly string[] {
    const wanted = name.toLowerCase();
    let values = this.#values.get(wanted);
    if (values === undefined) {
      values = this.#header.fields.filter((field) => field.name.toLowerCase() === wanted)
        .map((field) => foldedValue(wanted, unfoldedValue(this.#header, field)));
      this.#values.set(wanted, values);
    }
    return values;
  }

  /** The day of the Date: field in the sender's zone, its first millisecond as if in UTC. */
  sentDayMs(): number | undefined {
    const date = parseDateTime(firstValue(this.#header, "Date") ?? "");
    if (date === undefined) return undefined;
    return Math.floor((date.timeMs + date.zoneMinutes * 60_000) / dayMs) * dayMs;
  }
}

/** A message's folded texts: bodies, and the headers of it and of all its parts. */
export class MessageText {
  readonly #octets: Uint8Array;
  readonly #root: MimePart;
  #bodies: readonly string[] | undefined;
  #headers: readonly string[] | undefined;

  /** `message` in either line form. */
  constructor(message: Uint8Array) {
    this.#octets = new CrlfConverter().push(message);
    this.#root = parseMime(this.#octets);
  }

  get bodies(): readonly string[] {
    if (this.#bodies !== undefined) return this.#bodies;
    const bodies: string[] = [];
    let room = maxSearchedOctets;
    for (const part of allParts(this.#root)) {
      if (!isText(part) || room <= 0) continue;
      const raw = this.#octets.subarray(part.bodyStart, part.bodyEnd);
      const octets = decodeTransfer(raw, part.encoding, { maxOctets: room });
      room -= octets.length;
      bodies.push(fold(decodeCharset(octets, rawParameter(part.parameters, "charset"))));
    }
    return this.#bodies = bodies;
  }

  get headers(): readonly string[] {
    if (this.#headers !== undefined) return this.#headers;
    const headers: string[] = [];
    for (const part of allParts(this.#root)) {
      const header = parseHeader(this.#octets, { start: part.headerStart, end: part.bodyStart });
      for (const field of header.fields) {
        headers.push(fold(`${field.name}: ${decodeEncodedWords(unfoldedValue(header, field))}`));
      }
    }
    return this.#headers = headers;
  }
}

/** The decoded value, and for addresses the form without quotes and comments after it. */
function foldedValue(name: string, value: string): string {
  const text = collapseBlanks(decodeEncodedWords(value));
  if (!addressFields.has(name)) return fold(text);
  return fold(`${text}\n${parseAddressList(value).map(plainAddress).join(", ")}`);
}

function plainAddress(address: EnvelopeAddress): string {
  if (address.host === undefined) return address.mailbox === undefined ? ";" : `${address.mailbox}:`;
  const mailbox = `${address.mailbox}@${address.host}`;
  return address.name === undefined
    ? mailbox
    : `${collapseBlanks(decodeEncodedWords(address.name))} <${mailbox}>`;
}

function collapseBlanks(text: string): string {
  return text.replace(/[ \t]+/g, " ").trim();
}

function* allParts(part: MimePart): Generator<MimePart> {
  yield part;
  for (const child of part.parts) yield* allParts(child);
  if (part.message !== undefined) yield* allParts(part.message.root);
}

/** A leaf of text: not a message that is looked at part by part. */
function isText(part: MimePart): boolean {
  return part.message === undefined && /^(text|message)$/i.test(part.type);
}
