/**
 * A mailbox as all its sessions share it: what the two formats implement. `MailboxView` makes of it the `Mailbox` of one
 * session.
 */

import type { Flag, FlagMode, Uid, UidValidity } from "../account.ts";
import type { MessageCache } from "../index/message_cache.ts";
import type { Content } from "./content.ts";
import type { Closable } from "./cores.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";

export interface RefreshOptions {
  /** New mail is taken over: from now on it is nobody else's \Recent (false for EXAMINE and STATUS). */
  readonly take: boolean;
}

export interface MailboxCore extends Closable {
  readonly name: string;
  readonly ledger: Ledger<LedgerRow>;
  readonly uidValidity: UidValidity;
  readonly uidNext: Uid;
  readonly cache: MessageCache;
  /** Keywords known in this mailbox. */
  keywords(): readonly string[];
  /** Brings the ledger up to what is on disk. @throws MailboxError `nonexistent` */
  refresh(options: RefreshOptions): Promise<void>;
  /** Finds `octets` and `receivedMs` of rows that lack them; those that are gone keep lacking them. */
  complete(rows: readonly LedgerRow[]): Promise<void>;
  /** @throws MailboxError `expunged` */
  content(uid: Uid): Promise<Content>;
  /** Durable when it returns. */
  setFlags(uids: readonly Uid[], mode: FlagMode, flags: readonly Flag[]): Promise<void>;
  /** Those that were there and now are gone, durably. */
  remove(uids: readonly Uid[]): Promise<readonly Uid[]>;
}
