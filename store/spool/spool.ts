/**
 * Spool: the seam between those who hand mail over (SMTP reception, `send`, bounces) and the queue manager.
 *
 * `file_spool.ts` keeps it in files; the states of a message as a table of files, and what each guarantees, stand at
 * the head of that module.
 */

export type QueueId = string;

/** Where a message is, by Postfix's names. `corrupt` holds what could not be read. */
export type QueueName = "maildrop" | "incoming" | "active" | "deferred" | "hold" | "corrupt";

/** What became of one recipient: what a delivery comes to is a value, never an exception. */
export type DeliveryOutcome =
  | OutcomeText & { readonly kind: "delivered"; readonly how?: DeliveredHow | undefined }
  | OutcomeText & { readonly kind: "deferred" }
  | OutcomeText & { readonly kind: "failed" };

export interface OutcomeText {
  readonly status: string;
  readonly text: string;
  /** The server that said so (RFC 3464 §2.3.5). */
  readonly remote?: { readonly host: string } | undefined;
  /** Its own words, `smtp` its reply; of a program, `x-unix` (RFC 3464 §2.3.6). */
  readonly diagnostic?: { readonly type: string; readonly text: string } | undefined;
}

/**
 * What a report of success says (RFC 3461 §5.2.2): in a mailbox, which is meant where nothing is said; `relayed` to a server
 * that knows no DSN; `expanded` to several addresses; `passed on` to a server that reports itself.
 */
export type DeliveredHow = "delivered" | "relayed" | "expanded" | "passed on";

export interface QueuedRecipient {
  /** Where it goes, after rewriting. */
  readonly address: string;
  /** As the client gave it. */
  readonly original: string;
  readonly notify?: readonly string[] | undefined;
  /** DSN ORCPT, `type;address`. */
  readonly dsnOriginal?: string | undefined;
}

export interface QueueEnvelope {
  readonly sender: string;
  readonly recipients: readonly QueuedRecipient[];
  readonly arrivedMs: number;
  /** `named_attribute` records of postcat: client_name, client_address, helo_name, protocol_name, sasl_username, ... */
  readonly attributes: Readonly<Record<string, string>>;
  readonly smtpUtf8: boolean;
  /** REQUIRETLS (RFC 8689 §2): no host that cannot prove itself gets it. */
  readonly requireTls?: true | undefined;
  readonly body: "7BIT" | "8BITMIME";
  readonly ret?: "FULL" | "HDRS" | undefined;
  readonly envelopeId?: string | undefined;
  /** `content_filter`, FILTER: `transport:nexthop` that takes the whole message, whoever its recipients are. */
  readonly filter?: string | undefined;
  /** Reports to the sender what becomes of each recipient: without delivering (`sendmail -bv`), or of the first attempt (`-v`). */
  readonly trace?: "verify" | "record" | undefined;
  /** Each recipient gets a sender of its own that names it; the two delimiters (VERP_README). */
  readonly verp?: string | undefined;
  /** Aliases that became recipients, whose success is reported after the first attempt (RFC 3461 §5.2.7.3). */
  readonly expanded?: readonly QueuedRecipient[] | undefined;
  /** Of a message in `maildrop` that is made ready for the queue: where it goes from there. */
  readonly ready?: "incoming" | "hold" | undefined;
}

/**
 * What stands in a message's journal beside outcomes: it is to be given up at the next attempt (`postsuper -e`), its sender
 * knows that it waits (delay_warning_time), it is to be made ready anew (`postsuper -r`).
 */
export type QueueMark = (typeof queueMarks)[number];
export const queueMarks = ["expired", "warned", "requeued"] as const;

/** A message in the queue as the manager and `queue list` see it. */
export interface QueuedMessage {
  readonly id: QueueId;
  readonly queue: QueueName;
  readonly envelope: QueueEnvelope;
  /** Octets of the content, LF form. */
  readonly octets: number;
  /** By index of recipient: the last outcome, if any. Delivered and failed ones are done. */
  readonly outcomes: readonly (DeliveryOutcome | undefined)[];
  /** Not before this time, milliseconds since 1970 (deferred). */
  readonly nextAttemptMs: number;
  readonly attempts: number;
  /** When an attempt last left somebody waiting, if one has. */
  readonly deferredMs?: number | undefined;
  readonly marks?: readonly QueueMark[] | undefined;
}

export interface CommitOptions {
  /** Set aside from the start: not tried before it is released. */
  readonly hold?: boolean | undefined;
}

/** A message being handed over. */
export interface SpoolEntry {
  readonly id: QueueId;
  write(bytes: Uint8Array): Promise<void>;
  /** The message is durable in `incoming`, or in `hold`, when this returns; only then may 250 be said. */
  commit(envelope: QueueEnvelope, options?: CommitOptions): Promise<void>;
  abort(): Promise<void>;
}

export interface Spool {
  /** An id for a message that is not in the queue yet, and may never be. It is taken until `begin` or `giveBack`. */
  draw(): QueueId;
  giveBack(id: QueueId): void;
  /**
   * Begins a message, with an id that was drawn or a new one.
   * @throws TempFailure 4.3.1 when the disk is full, 4.3.0 on other trouble.
   */
  begin(drawn?: QueueId): Promise<SpoolEntry>;
  /** All that is queued, after a start or for a listing. */
  scan(): AsyncIterable<QueuedMessage>;
  find(id: QueueId): Promise<QueuedMessage | undefined>;
  /** The content, LF form, in chunks. */
  content(id: QueueId): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Marks a message as being delivered, `active`. */
  activate(id: QueueId): Promise<void>;
  /** Records outcomes of an attempt, durably, before anything that depends on them. */
  record(id: QueueId, outcomes: ReadonlyMap<number, DeliveryOutcome>): Promise<void>;
  defer(id: QueueId, nextAttemptMs: number): Promise<void>;
  hold(id: QueueId): Promise<void>;
  release(id: QueueId): Promise<void>;
  /** Writes a mark beside the outcomes, durably. */
  mark(id: QueueId, mark: QueueMark): Promise<void>;
  /** Gives a message back to `maildrop`, durably: its addresses are rewritten again, without those that are done. */
  requeue(id: QueueId): Promise<void>;
  /** Deletes a message, durably. */
  remove(id: QueueId): Promise<void>;
  /** Deletes a message that is done: durable a moment later. After a power cut it may be back, and is delivered again. */
  finish(id: QueueId): Promise<void>;
}
