/**
 * What to look for in a mailbox: the tree that IMAP SEARCH (RFC 3501 §6.4.4, RFC 9051 §6.4.4) hands to
 * `Mailbox.search`. Sequence numbers are turned into UIDs before; texts are Unicode.
 */

export type SearchKey =
  | { readonly kind: "all" }
  | { readonly kind: "and"; readonly keys: readonly SearchKey[] }
  | { readonly kind: "or"; readonly left: SearchKey; readonly right: SearchKey }
  | { readonly kind: "not"; readonly key: SearchKey }
  /** `\Seen` or a keyword, without regard to case. */
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "recent" }
  /** Ranges of UIDs, both ends included. */
  | { readonly kind: "uids"; readonly ranges: readonly (readonly [number, number])[] }
  /** More octets than this, fewer octets than this. */
  | { readonly kind: "larger"; readonly octets: number }
  | { readonly kind: "smaller"; readonly octets: number }
  /** By INTERNALDATE or the Date: field; a day is its first millisecond as if in UTC, time zone disregarded. */
  | {
    readonly kind: "date";
    readonly field: "received" | "sent";
    readonly relation: "before" | "on" | "since";
    readonly dayMs: number;
  }
  /** A substring of a header field's decoded value; an empty text asks only that the field is there. */
  | { readonly kind: "header"; readonly field: string; readonly text: string }
  /** A substring of the decoded text parts, with or without the header. */
  | { readonly kind: "body"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "modseq"; readonly atLeast: number };
