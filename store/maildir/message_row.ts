/** A message of a Maildir: its row in the ledger, and where its file is. */

import type { LedgerRow } from "../mailbox/ledger.ts";

export type Place = "cur" | "new";

export interface MaildirRow extends LedgerRow {
  readonly base: string;
  /** Its name in `place`, with flags. */
  file: string;
  place: Place;
}

/** A file seen in a listing. */
export interface FoundFile {
  readonly place: Place;
  readonly file: string;
}

/** A message ready in `tmp/`, to be moved in. */
export interface PreparedMessage {
  /** Path of the file in `tmp/`; its contents are durable. */
  readonly path: string;
  readonly base: string;
  readonly flags: readonly string[];
  readonly receivedMs: number | undefined;
  readonly octets: number | undefined;
}
