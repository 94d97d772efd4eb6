/**
 * Account and Mailbox: the seam between stored mail and those who read it (POP3, IMAP) or file it (delivery).
 *
 * Implementations: `maildir/`, `mbox/`; both run `mailbox_suite_test.ts`. Every value can be cloned, since readers live
 * in other workers; `api.ts` is this seam as requests.
 *
 * Names are Unicode mailbox names with `/` between levels (`INBOX`, `Work/2026`), never the mUTF-7 of the wire nor the
 * names on disk; `INBOX` is given in upper case. Octet counts are those of the message with CRLF line ends.
 */

import type { Envelope } from "../tools/kit/mail/envelope.ts";
import type { MimePart } from "../tools/kit/mail/mime.ts";

import type { SearchKey } from "./search/search_key.ts";

export type Uid = number;
export type UidValidity = number;
export type ModSeq = number;

/** System flags by their IMAP names (`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`) and keywords (`$Junk`). */
export type Flag = string;

/** What an open mailbox knows of each message without looking at its file. */
export interface MessageState {
  readonly uid: Uid;
  readonly flags: readonly Flag[];
  /** This open is the first to see the message (RFC 3501 §2.3.2 \Recent). */
  readonly recent: boolean;
  readonly modSeq: ModSeq;
}

/** With what may cost a look at the file: only `fetch` brings it, so that opening 20,000 messages needs no 20,000 stats. */
export interface MessageSummary extends MessageState {
  /** INTERNALDATE, milliseconds since 1970. */
  readonly receivedMs: number;
  /** RFC822.SIZE: octets with CRLF line ends. */
  readonly octets: number;
}

/** What an open mailbox holds at one moment; `messages` in ascending order of UID. */
export interface Snapshot {
  readonly uidValidity: UidValidity;
  readonly uidNext: Uid;
  readonly highestModSeq: ModSeq;
  readonly readOnly: boolean;
  readonly messages: readonly MessageState[];
  /** Keywords in use or known in this mailbox, for the FLAGS response. */
  readonly keywords: readonly string[];
}

/** What happened to a mailbox since its opener was last told, in this order: appeared, flags, vanished. */
export interface Changes {
  readonly appeared: readonly MessageState[];
  readonly flags: readonly { readonly uid: Uid; readonly flags: readonly Flag[]; readonly modSeq: ModSeq }[];
  readonly vanished: readonly Uid[];
  /** The mailbox was deleted or recreated under the session: every later request fails. */
  readonly gone?: boolean;
}

export interface MailboxStatus {
  readonly messages: number;
  readonly recent: number;
  readonly unseen: number;
  readonly uidNext: Uid;
  readonly uidValidity: UidValidity;
  readonly highestModSeq: ModSeq;
  /** Sum of octets of all messages; 0 unless it was asked for, since it may mean reading them. */
  readonly octets: number;
}

export type SpecialUse = "\\Drafts" | "\\Sent" | "\\Junk" | "\\Trash" | "\\Archive";

export interface MailboxEntry {
  readonly name: string;
  /** Can be opened; a name that only has children cannot (RFC 3501 \Noselect). */
  readonly selectable: boolean;
  readonly hasChildren: boolean;
  /** False where the format cannot hold children below it (mbox files). */
  readonly mayHaveChildren: boolean;
  readonly subscribed: boolean;
  readonly specialUse?: SpecialUse | undefined;
}

export type FlagMode = "add" | "remove" | "replace";

/** What `fetch` is to bring beside uid, flags, date and size. */
export interface FetchWant {
  /** Parsed ENVELOPE fields. */
  readonly envelope?: boolean;
  /** The MIME tree with offsets into the CRLF form of the message. */
  readonly structure?: boolean;
  /** The header's octets (up to and with the empty line), at most `maxHeaderOctets` of them. */
  readonly header?: boolean;
}

export interface MessageData {
  readonly uid: Uid;
  readonly summary: MessageSummary;
  readonly envelope?: Envelope | undefined;
  readonly structure?: MimePart | undefined;
  readonly header?: Uint8Array | undefined;
}

export interface AppendOptions {
  readonly flags: readonly Flag[];
  /** INTERNALDATE; the time of arrival when absent. */
  readonly receivedMs?: number | undefined;
}

/** Where a message's copies landed: `from[i]` became `to[i]` (RFC 4315 COPYUID). */
export interface CopyResult {
  readonly uidValidity: UidValidity;
  readonly from: readonly Uid[];
  readonly to: readonly Uid[];
}

/** Why a request on mailboxes could not be done; `text` is for the peer. */
export type MailboxErrorCode =
  | "nonexistent"
  | "alreadyExists"
  | "cannot"
  | "noPermission"
  | "overQuota"
  | "inUse"
  | "expunged"
  | "unavailable";

export class MailboxError extends Error {
  override readonly name = "MailboxError";

  constructor(readonly code: MailboxErrorCode, readonly text: string, options?: ErrorOptions) {
    super(text, options);
  }
}

/** A message being taken in: octets in either line form, then `commit` or `abort`. */
export interface Appending {
  write(bytes: Uint8Array): Promise<void>;
  /** The message is durable in the mailbox when this returns. */
  commit(): Promise<{ readonly uid: Uid; readonly uidValidity: UidValidity }>;
  abort(): Promise<void>;
}

export interface Mailbox {
  readonly name: string;
  snapshot(): Snapshot;
  /** Looks at the disk for what others did, and gives all changes since the last `sync` (own ones too). */
  sync(): Promise<Changes>;
  /** Calls `wake` when `sync` would find something; at most once until the next `sync`. */
  watch(wake: () => void): () => void;
  /** In order of `uids`; those that are gone are left out. */
  fetch(uids: readonly Uid[], want: FetchWant): Promise<readonly MessageData[]>;
  /** Octets `offset` to `offset + length` of the CRLF form; fewer at its end. @throws MailboxError `expunged` */
  read(uid: Uid, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The new flags of those that are still there. The change also shows in `sync`. */
  setFlags(
    uids: readonly Uid[],
    mode: FlagMode,
    flags: readonly Flag[],
  ): Promise<readonly { readonly uid: Uid; readonly flags: readonly Flag[]; readonly modSeq: ModSeq }[]>;
  /** Removes for good those of `uids` that have \Deleted, or all that have it when `uids` is absent. */
  expunge(uids?: readonly Uid[]): Promise<readonly Uid[]>;
  /** Removes `uids` whatever their flags (POP3 at QUIT). */
  remove(uids: readonly Uid[]): Promise<readonly Uid[]>;
  /** All or nothing. With `move`, the originals are gone when this returns. @throws MailboxError `nonexistent` */
  copy(uids: readonly Uid[], destination: string, options: { readonly move: boolean }): Promise<CopyResult>;
  /** UIDs that match, ascending. */
  search(key: SearchKey): Promise<readonly Uid[]>;
  close(): Promise<void>;
}

export interface Account {
  readonly user: string;
  /** All mailboxes, INBOX first, the rest in order of name; also names that only have children. */
  list(): Promise<readonly MailboxEntry[]>;
  status(name: string, want: { readonly octets: boolean }): Promise<MailboxStatus>;
  open(name: string, options: { readonly readOnly: boolean }): Promise<Mailbox>;
  append(name: string, options: AppendOptions): Promise<Appending>;
  create(name: string): Promise<void>;
  delete(name: string): Promise<void>;
  /** Moves a mailbox and its children; INBOX gives its messages and stays (RFC 3501 §6.3.5). */
  rename(from: string, to: string): Promise<void>;
  subscribe(name: string): Promise<void>;
  unsubscribe(name: string): Promise<void>;
  /** Subscribed names, which need not exist, in order. */
  subscriptions(): Promise<readonly string[]>;
}
