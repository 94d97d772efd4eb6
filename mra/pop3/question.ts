/** What a POP3 session asks of the world, what it is answered, and what it has copied to the peer. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";

import type { LoginQuestion } from "../login.ts";

import type { MaildropContents } from "./maildrop.ts";

export type Pop3Question =
  /** Check the password and open the maildrop. */
  | LoginQuestion
  /** Is this message still there? Its source follows when the answer is `ready`. */
  | { readonly kind: "retrieve"; readonly source: MessageSource }
  /** The stream before this has been copied: how much was it? Keeps one stream at a time in the runner's hands. */
  | { readonly kind: "copied" }
  /** QUIT: remove these for good (RFC 1939 §6 UPDATE state). */
  | { readonly kind: "update"; readonly remove: readonly number[] };

export type Pop3Answer =
  /** login */
  | { readonly kind: "opened"; readonly user: string; readonly maildrop: MaildropContents }
  | { readonly kind: "refused" }
  | { readonly kind: "unavailable" }
  /** The password is right, the maildrop is not to be had: by somebody else's lock, or by trouble. */
  | { readonly kind: "inUse"; readonly text: string }
  /** retrieve */
  | { readonly kind: "ready" }
  | { readonly kind: "gone" }
  /** copied: octets before dot-stuffing. */
  | { readonly kind: "copied"; readonly octets: number }
  /** update */
  | { readonly kind: "updated" }
  /** login (of the maildrop), retrieve, update */
  | { readonly kind: "failed"; readonly text: string };

/** A message, whole (RETR) or its header and that many lines of its body (TOP). */
export interface MessageSource {
  readonly kind: "message";
  readonly uid: number;
  readonly octets: number;
  readonly bodyLines: number | undefined;
}

export type Pop3Source =
  | MessageSource
  /** Lines of a listing, with CRLF; made while they are copied. */
  | { readonly kind: "listing"; readonly chunks: Iterable<Bytes> };
