/**
 * The MIME tree of a message (RFC 2045, 2046), with offsets, for BODYSTRUCTURE, sections and search.
 *
 * Texts are octet strings (`latin1Text`). Offsets and sizes count octets of the message's CRLF form.
 */

import type { Envelope } from "./envelope.ts";

export type MimeParameters = readonly (readonly [name: string, value: string])[];

export interface MimePart {
  /** As written, or the default (`text`/`plain`; `message`/`rfc822` in a digest). */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: MimeParameters;
  readonly id?: string | undefined;
  readonly description?: string | undefined;
  /** Content-Transfer-Encoding as written; `7bit` when absent. */
  readonly encoding: string;
  readonly disposition?: { readonly type: string; readonly parameters: MimeParameters } | undefined;
  readonly language?: readonly string[] | undefined;
  readonly location?: string | undefined;
  readonly md5?: string | undefined;
  /** The part's header: from here to `bodyStart`, its empty line included. */
  readonly headerStart: number;
  readonly bodyStart: number;
  /** End of the body, exclusive; the CRLF before a boundary is not part of it (RFC 2046 §5.1.1). */
  readonly bodyEnd: number;
  /** Lines of the body; a last line without an end counts. */
  readonly lines: number;
  /** Children of a multipart, in order; empty otherwise. */
  readonly parts: readonly MimePart[];
  /** What a message/rfc822 holds. */
  readonly message?: { readonly envelope: Envelope; readonly root: MimePart } | undefined;
}
