/**
 * The mail store as requests: what a reader's worker (POP3, IMAP) may ask of the store worker over its port.
 *
 * A `session` is an entitlement: the keeper grants it to the store worker after a login, names the account with it,
 * and hands the same id to the reader's worker. A request with any other id fails; so a worker that misbehaves reaches
 * only the accounts of people who are logged in through it. A `mailbox` is a handle from `open`, valid in its session.
 *
 * `MailboxError` crosses the port as a value: every result that can fail so is a `Result`.
 */

import type {
  AppendOptions,
  Changes,
  CopyResult,
  FetchWant,
  Flag,
  FlagMode,
  MailboxEntry,
  MailboxErrorCode,
  MailboxStatus,
  MessageData,
  ModSeq,
  Snapshot,
  Uid,
  UidValidity,
} from "./account.ts";
import type { SearchKey } from "./search/search_key.ts";

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: MailboxErrorCode; readonly text: string };

interface InSession {
  readonly session: string;
}

interface InMailbox extends InSession {
  readonly mailbox: number;
}

/** Served by the store worker to readers' workers. */
export type StoreApi = {
  list(params: InSession): Result<readonly MailboxEntry[]>;
  subscriptions(params: InSession): Result<readonly string[]>;
  status(params: InSession & { readonly name: string; readonly octets: boolean }): Result<MailboxStatus>;
  create(params: InSession & { readonly name: string }): Result<null>;
  delete(params: InSession & { readonly name: string }): Result<null>;
  rename(params: InSession & { readonly from: string; readonly to: string }): Result<null>;
  subscribe(params: InSession & { readonly name: string }): Result<null>;
  unsubscribe(params: InSession & { readonly name: string }): Result<null>;
  open(
    params: InSession & { readonly name: string; readonly readOnly: boolean },
  ): Result<{ readonly mailbox: number; readonly snapshot: Snapshot }>;
  close(params: InMailbox): Result<null>;
  sync(params: InMailbox): Result<Changes>;
  fetch(
    params: InMailbox & { readonly uids: readonly Uid[]; readonly want: FetchWant },
  ): Result<readonly MessageData[]>;
  /** At most 1 MB at a time. */
  read(
    params: InMailbox & { readonly uid: Uid; readonly offset: number; readonly length: number },
  ): Result<Uint8Array<ArrayBuffer>>;
  setFlags(
    params: InMailbox & {
      readonly uids: readonly Uid[];
      readonly mode: FlagMode;
      readonly flags: readonly Flag[];
    },
  ): Result<readonly { readonly uid: Uid; readonly flags: readonly Flag[]; readonly modSeq: ModSeq }[]>;
  expunge(params: InMailbox & { readonly uids?: readonly Uid[] | undefined }): Result<readonly Uid[]>;
  remove(params: InMailbox & { readonly uids: readonly Uid[] }): Result<readonly Uid[]>;
  copy(
    params: InMailbox & {
      readonly uids: readonly Uid[];
      readonly destination: string;
      readonly move: boolean;
    },
  ): Result<CopyResult>;
  search(params: InMailbox & { readonly key: SearchKey }): Result<readonly Uid[]>;
  /** Begins a message; at most `octets` will come. */
  appendOpen(
    params: InSession & { readonly name: string; readonly options: AppendOptions; readonly octets: number },
  ): Result<{ readonly append: number }>;
  appendWrite(params: InSession & { readonly append: number; readonly bytes: Uint8Array }): Result<null>;
  appendCommit(
    params: InSession & { readonly append: number },
  ): Result<{ readonly uid: Uid; readonly uidValidity: UidValidity }>;
  appendAbort(params: InSession & { readonly append: number }): Result<null>;
  /** The session is over: its mailboxes are closed, its entitlement ends. Told, not asked. */
  endSession(params: InSession): null;
};

/** Served by readers' workers to the store worker: `sync` of this mailbox would find something. */
export type ReaderApi = {
  changed(params: InMailbox): null;
};
