/**
 * What is in a mailbox, and what happened to it: rows in order of UID and a list of events. Each session that has the
 * mailbox open holds a cursor into the events; `changes` sums up what lies between the cursor and the end. Events that
 * every cursor has passed are forgotten.
 */

import type { Changes, Flag, MessageState, ModSeq, Uid } from "../account.ts";
import { sameFlags } from "./flags.ts";

export interface LedgerRow {
  readonly uid: Uid;
  flags: readonly Flag[];
  modSeq: ModSeq;
  /** Nobody has been told of it as \Recent yet (RFC 3501 §2.3.2). */
  fresh: boolean;
  /** Octets of the CRLF form, once known. */
  octets: number | undefined;
  /** INTERNALDATE, once known. */
  receivedMs: number | undefined;
}

interface Event {
  readonly position: number;
  readonly kind: "appeared" | "flags" | "vanished";
  readonly uid: Uid;
}

/** Fewer events are not worth summing up. */
const leastSummedUp = 10_000;

/** How much of the events a session knows. */
export interface Cursor {
  position: number;
}

export class Ledger<Row extends LedgerRow> {
  readonly #rows = new Map<Uid, Row>();
  /** UIDs in order; made when asked for after a change. */
  #order: Row[] | undefined;
  /** In order of position; there may be gaps. */
  #events: Event[] = [];
  #lastPosition = 0;
  /** So many events are summed up when they are reached. */
  #sumUpAt = leastSummedUp;
  readonly #cursors = new Set<Cursor>();
  readonly #listeners = new Set<() => void>();
  #modSeq: ModSeq;

  /**
   * `modSeq` must be higher than any told before for this mailbox: the clock's milliseconds serve, since nothing
   * changes a mailbox a thousand times a second for years (RFC 7162 §3.1.1 asks only that they grow).
   */
  constructor(modSeq: ModSeq) {
    this.#modSeq = modSeq;
  }

  get size(): number {
    return this.#rows.size;
  }

  get highestModSeq(): ModSeq {
    return this.#modSeq;
  }

  /** In ascending order of UID. */
  get rows(): readonly Row[] {
    return this.#order ??= Array.from(this.#rows.values()).sort((left, right) => left.uid - right.uid);
  }

  get(uid: Uid): Row | undefined {
    return this.#rows.get(uid);
  }

  nextModSeq(): ModSeq {
    return ++this.#modSeq;
  }

  /** One modification sequence serves for a group of changes. */
  add(row: Row): void {
    const last = this.#order?.[this.#order.length - 1];
    if (this.#order !== undefined && (last === undefined || last.uid < row.uid)) this.#order.push(row);
    else this.#order = undefined;
    this.#rows.set(row.uid, row);
    this.#note("appeared", row.uid);
  }

  setFlags(row: Row, flags: readonly Flag[], modSeq: ModSeq): void {
    if (sameFlags(row.flags, flags)) return;
    row.flags = flags;
    row.modSeq = modSeq;
    this.#note("flags", row.uid);
  }

  remove(uids: Iterable<Uid>): void {
    for (const uid of uids) {
      if (!this.#rows.delete(uid)) continue;
      this.#note("vanished", uid);
      this.#order = undefined;
    }
  }

  open(): Cursor {
    const cursor = { position: this.#lastPosition };
    this.#cursors.add(cursor);
    return cursor;
  }

  close(cursor: Cursor): void {
    this.#cursors.delete(cursor);
    this.#trim();
  }

  /** Calls `listener` after something happened. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hasNews(cursor: Cursor): boolean {
    return cursor.position < this.#lastPosition;
  }

  /** What happened since `cursor`, which moves to the end. `stateOf` makes a row what this session may see. */
  changes(cursor: Cursor, stateOf: (row: Row) => MessageState): Changes {
    const appeared = new Set<Uid>();
    const flags = new Set<Uid>();
    const vanished: Uid[] = [];
    for (const { kind, uid } of this.#events.slice(this.#indexAfter(cursor.position))) {
      if (kind === "appeared") appeared.add(uid);
      else if (kind === "flags") { if (!appeared.has(uid)) flags.add(uid); }
      else if (!appeared.delete(uid)) {
        flags.delete(uid);
        vanished.push(uid);
      }
    }
    cursor.position = this.#lastPosition;
    this.#trim();
    const rowsOf = (uids: Set<Uid>) =>
      Array.from(uids, (uid) => this.#rows.get(uid)!).sort((left, right) => left.uid - right.uid);
    return {
      appeared: rowsOf(appeared).map(stateOf),
      flags: rowsOf(flags).map((row) => ({ uid: row.uid, flags: row.flags, modSeq: row.modSeq })),
      vanished: vanished.sort((left, right) => left - right),
    };
  }

  #note(kind: Event["kind"], uid: Uid): void {
    if (this.#cursors.size === 0) return;
    this.#events.push({ position: ++this.#lastPosition, kind, uid });
    if (this.#events.length >= this.#sumUpAt) this.#sumUp();
    for (const listener of this.#listeners) listener();
  }

  /**
   * Of many changes of a message's flags only the last is kept, whatever cursors lie between: a session that never looks
   * must not let the list grow with every change.
   */
  #sumUp(): void {
    const seen = new Set<Uid>();
    const kept: Event[] = [];
    for (const event of this.#events.toReversed()) {
      if (event.kind === "flags" && seen.has(event.uid)) continue;
      if (event.kind === "flags") seen.add(event.uid);
      kept.push(event);
    }
    this.#events = kept.reverse();
    this.#sumUpAt = Math.max(leastSummedUp, 2 * kept.length);
  }

  #trim(): void {
    let least = this.#lastPosition;
    for (const { position } of this.#cursors) least = Math.min(least, position);
    this.#events.splice(0, this.#indexAfter(least));
  }

  /** Of the first event behind `position`. */
  #indexAfter(position: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
