/**
 * Makes a message fit for a server without 8BITMIME (RFC 6152 §3): body parts with octets above 127 become quoted-printable
 * with `Content-Transfer-Encoding:` to match, multiparts and messages within say `7bit`. Parts that are encoded already stay.
 *
 * | header of                     | what it said | what it says then | its body                 |
 * |-------------------------------|--------------|-------------------|--------------------------|
 * | a leaf                        | 8bit, binary | quoted-printable  | encoded                  |
 * | a multipart, a message within | 8bit, binary | 7bit              | its parts, by their own  |
 * | anything                      | other        | the same          | as it is                 |
 *
 * A part that has octets above 127 without saying so stays as it is, as with Postfix. Header fields are not touched.
 */

import { concatBytes, latin1Bytes, latin1Text, LF } from "../../../tools/kit/base/bytes.ts";
import { parseMimeToken } from "../../../tools/kit/mail/parameter.ts";

import { MimeLevels } from "../../cleanup/mime_levels.ts";

import { QuotedPrintableEncoder } from "./quoted_printable.ts";

/** A header larger than this is passed on as it is, and what follows with it. */
const maxHeaderOctets = 1 << 20;
const maxDepth = 100;
/** Boundaries are looked for in lines up to this. */
const maxLineOctets = 2048;

/** On the LF form, in chunks cut anywhere. */
export class SevenBitConverter {
  readonly #levels = new MimeLevels(maxDepth);
  #state: "header" | "body" | "asIs" = "header";
  #header: string[] = [];
  #headerOctets = 0;
  /** The start of a line, until the rest of it comes. */
  #held: Uint8Array = new Uint8Array(0);
  /** The next octets go on with a line whose beginning has gone out. */
  #inLine = false;
  #encoder: QuotedPrintableEncoder | undefined;
  #out: Uint8Array[] = [];

  push(chunk: Uint8Array): Uint8Array {
    if (this.#state === "asIs") return chunk;
    this.#out = [];
    const bytes = this.#held.length === 0 ? chunk : concatBytes([this.#held, chunk]);
    let at = 0;
    for (let lineEnd = bytes.indexOf(LF); lineEnd >= 0; lineEnd = bytes.indexOf(LF, at)) {
      this.#line(bytes.subarray(at, lineEnd + 1));
      at = lineEnd + 1;
    }
    this.#held = bytes.slice(at);
    if (this.#held.length > maxLineOctets && this.#state === "body") {
      this.#piece(this.#held);
      this.#held = new Uint8Array(0);
    }
    return concatBytes(this.#out);
  }

  finish(): Uint8Array {
    this.#out = [];
    if (this.#held.length > 0) this.#line(this.#held);
    this.#held = new Uint8Array(0);
    if (this.#header.length > 0) this.#passHeader();
    this.#endPart();
    return concatBytes(this.#out);
  }

  /** A line with its end, or the last one without. */
  #line(line: Uint8Array): void {
    if (this.#state === "asIs") return void this.#out.push(line);
    if (this.#state === "header") return this.#headerLine(line);
    if (!this.#inLine) {
      const after = this.#levels.boundary(line, 0);
      if (after !== undefined) {
        this.#endPart();
        this.#out.push(line);
        this.#state = after;
        return;
      }
    }
    this.#piece(line);
  }

  #piece(bytes: Uint8Array): void {
    this.#inLine = bytes.at(-1) !== LF;
    this.#out.push(this.#encoder === undefined ? bytes : latin1Bytes(this.#encoder.push(bytes)));
  }

  #endPart(): void {
    const rest = this.#encoder?.finish() ?? "";
    if (rest !== "") this.#out.push(latin1Bytes(rest));
    this.#encoder = undefined;
    this.#inLine = false;
  }

  #headerLine(line: Uint8Array): void {
    const text = latin1Text(line);
    if (text !== "\n" && text !== "\r\n") {
      // A boundary within a header ends it: a part without a body.
      const after = this.#levels.boundary(line, 0);
      if (after !== undefined) {
        this.#passHeader();
        this.#out.push(line);
        this.#state = after;
        return;
      }
      const isContinued = /^[ \t]/.test(text) && this.#header.length > 0;
      if (isContinued) this.#header[this.#header.length - 1] += text;
      else this.#header.push(text);
      this.#headerOctets += text.length;
      if (this.#headerOctets > maxHeaderOctets) {
        this.#passHeader();
        this.#state = "asIs";
      }
      return;
    }
    this.#endHeader(text);
  }

  #endHeader(emptyLine: string): void {
    const contentType = this.#field("content-type");
    const transferEncoding = this.#field("content-transfer-encoding");
    const encoding = transferEncoding === undefined
      ? undefined
      : parseMimeToken(transferEncoding)?.toLowerCase();
    const isOpen = encoding === "8bit" || encoding === "binary";
    const isComposite = /^\s*(?:multipart\/|message\/(?:rfc822|global)\b)/i.test(contentType ?? "");
    if (isOpen) this.#rename(isComposite ? "7bit" : "quoted-printable");
    this.#passHeader();
    this.#out.push(latin1Bytes(emptyLine));
    this.#state = this.#levels.enterBody({ contentType, transferEncoding });
    if (isOpen && !isComposite) this.#encoder = new QuotedPrintableEncoder();
  }

  #field(name: string): string | undefined {
    for (const field of this.#header) {
      const colon = field.indexOf(":");
      if (colon > 0 && field.slice(0, colon).trimEnd().toLowerCase() === name) {
        return field.slice(colon + 1).replace(/\r?\n(?=[ \t])/g, "").trim();
      }
    }
    return undefined;
  }

  #rename(encoding: string): void {
    this.#header = this.#header.map((field) =>
      /^content-transfer-encoding[ \t]*:/i.test(field) ? `Content-Transfer-Encoding: ${encoding}\n` : field
    );
  }

  #passHeader(): void {
    for (const field of this.#header) this.#out.push(latin1Bytes(field));
    this.#header = [];
    this.#headerOctets = 0;
  }
}
