/**
 * View: the session's picture of its selected mailbox, which is the client's picture too: sequence numbers are places
 * in it, so nothing enters or leaves it but by being told (RFC 3501 §5.2, §7.3.1, §7.4.1).
 *
 * What the store reports is kept until `flush` tells it. Messages that vanished keep their sequence numbers until a
 * moment when EXPUNGE may be told; messages that appeared have none until EXISTS has told them.
 */

import type { Changes, Flag, MessageState, ModSeq, Snapshot, Uid, UidValidity } from "../../store/account.ts";

import { sameFlags } from "./protocol/flag.ts";
import { type Range, resolveSequenceSet, type SequenceSet } from "./protocol/sequence_set.ts";

export interface ViewMessage {
  readonly uid: Uid;
  readonly recent: boolean;
  flags: readonly Flag[];
  modSeq: ModSeq;
}

/** What the client is to be told, in this order. */
export type ViewEvent =
  /** Keywords came into use that FLAGS did not name. */
  | { readonly kind: "keywords" }
  | { readonly kind: "expunge"; readonly sequence: number }
  | { readonly kind: "exists"; readonly count: number; readonly recent: number }
  | { readonly kind: "flags"; readonly sequence: number; readonly message: ViewMessage };

/** A message with its sequence number. */
export interface Numbered {
  readonly sequence: number;
  readonly message: ViewMessage;
}

export class View {
  readonly uidValidity: UidValidity;
  readonly readOnly: boolean;
  #messages: ViewMessage[];
  /** Not told yet, in order of UID. */
  #appeared: ViewMessage[] = [];
  /** Told as existing, gone since. */
  readonly #vanished = new Set<Uid>();
  /** Flags changed since they were told. */
  readonly #changed = new Set<Uid>();
  readonly #keywords = new Map<string, string>();
  #keywordsChanged = false;

  constructor(snapshot: Snapshot) {
    this.uidValidity = snapshot.uidValidity;
    this.readOnly = snapshot.readOnly;
    this.#messages = snapshot.messages.map(toViewMessage);
    for (const keyword of snapshot.keywords) this.#keywords.set(keyword.toLowerCase(), keyword);
    for (const message of this.#messages) this.#noteKeywords(message.flags);
    this.#keywordsChanged = false;
  }

  /** As told by the last EXISTS and the EXPUNGEs since. */
  get exists(): number {
    return this.#messages.length;
  }

  get recent(): number {
    return this.#messages.reduce((count, message) => count + (message.recent ? 1 : 0), 0);
  }

  /** Sequence number of the first message without \Seen, or `undefined`. */
  get firstUnseen(): number | undefined {
    const index = this.#messages.findIndex(({ flags }) => !flags.includes("\\Seen"));
    return index < 0 ? undefined : index + 1;
  }

  get keywords(): readonly string[] {
    return [...this.#keywords.values()];
  }

  get largestUid(): Uid {
    return this.#messages.at(-1)?.uid ?? 0;
  }

  /** The sequence number of a UID that was told, or `undefined`. */
  sequenceOf(uid: Uid): number | undefined {
    const index = this.#lowerBound(uid);
    return this.#messages[index]?.uid === uid ? index + 1 : undefined;
  }

  message(sequence: number): ViewMessage | undefined {
    return this.#messages[sequence - 1];
  }

  /** Whether the store has said that it is gone, though the client was not told. */
  isVanished(uid: Uid): boolean {
    return this.#vanished.has(uid);
  }

  /** Whether every number is that of a message; `*` is none in an empty mailbox (RFC 3501 §9 seq-number). */
  hasAllSequences(set: SequenceSet): boolean {
    return this.exists > 0 && resolveSequenceSet(set, this.exists).every(([, high]) => high <= this.exists);
  }

  /** The messages of a set of sequence numbers, ascending; numbers that are none are left out. */
  bySequence(set: SequenceSet): readonly Numbered[] {
    return this.#select(resolveSequenceSet(set, this.exists).map(([low, high]) => [low - 1, high]));
  }

  /** The messages of a set of UIDs, ascending; `*` is the largest told (RFC 3501 §6.4.8). */
  byUid(set: SequenceSet): readonly Numbered[] {
    const ranges = resolveSequenceSet(set, this.largestUid);
    return this.#select(ranges.map(([low, high]) => [this.#lowerBound(low), this.#lowerBound(high + 1)]));
  }

  /** The UIDs that a set of sequence numbers means, as ranges of UIDs. */
  uidRanges(set: SequenceSet): SequenceSet {
    return resolveSequenceSet(set, this.exists).flatMap(([low, high]): Range[] => {
      const first = this.#messages[low - 1];
      const last = this.#messages[Math.min(high, this.exists) - 1];
      return first === undefined || last === undefined ? [] : [[first.uid, last.uid]];
    });
  }

  /** Takes in what the store reports; what was reported before changes nothing. */
  apply(changes: Changes): void {
    for (const state of changes.appeared) this.#appear(state);
    for (const { uid, flags, modSeq } of changes.flags) this.noteFlags(uid, flags, modSeq, { tell: true });
    for (const uid of changes.vanished) this.vanish(uid);
  }

  /** New flags of a message; with `tell` the client hears of them if they are other than it knows. */
  noteFlags(uid: Uid, flags: readonly Flag[], modSeq: ModSeq, options: { readonly tell: boolean }): void {
    const told = this.#told(uid);
    const message = told ?? this.#appeared.find((other) => other.uid === uid);
    if (message === undefined) return;
    message.modSeq = modSeq;
    if (sameFlags(message.flags, flags)) return;
    message.flags = flags;
    if (told === undefined) return;
    this.#noteKeywords(flags);
    if (options.tell) this.#changed.add(uid);
  }

  /** The client has just been told this message's flags, or knows them by its own command. */
  told(uid: Uid): void {
    this.#changed.delete(uid);
  }

  vanish(uid: Uid): void {
    if (this.#told(uid) !== undefined) this.#vanished.add(uid);
    else this.#appeared = this.#appeared.filter((other) => other.uid !== uid);
  }

  /** Whether keywords came into use since FLAGS was told; asking tells. */
  takeKeywordsChanged(): boolean {
    const changed = this.#keywordsChanged;
    this.#keywordsChanged = false;
    return changed;
  }

  /** Everything that may be told now. Without `expunge` vanished messages are held back (RFC 3501 §7.4.1). */
  flush(options: { readonly expunge: boolean }): readonly ViewEvent[] {
    const events: ViewEvent[] = [];
    if (options.expunge) events.push(...this.#flushVanished());
    if (this.#appeared.length > 0) {
      for (const message of this.#appeared) {
        this.#messages.push(message);
        this.#noteKeywords(message.flags);
      }
      this.#appeared = [];
      events.push({ kind: "exists", count: this.exists, recent: this.recent });
    }
    for (const uid of [...this.#changed].sort((left, right) => left - right)) {
      const sequence = this.sequenceOf(uid);
      if (sequence === undefined || this.#vanished.has(uid)) continue;
      events.push({ kind: "flags", sequence, message: this.#messages[sequence - 1]! });
    }
    this.#changed.clear();
    if (this.takeKeywordsChanged()) events.unshift({ kind: "keywords" });
    return events;
  }

  /** From the end, so that no EXPUNGE moves the numbers of those after it. */
  #flushVanished(): readonly ViewEvent[] {
    if (this.#vanished.size === 0) return [];
    const sequences = [...this.#vanished].map((uid) => this.sequenceOf(uid)!).sort((left, right) =>
      right - left
    );
    this.#messages = this.#messages.filter(({ uid }) => !this.#vanished.has(uid));
    this.#vanished.clear();
    return sequences.map((sequence) => ({ kind: "expunge", sequence }));
  }

  #appear(state: MessageState): void {
    const last = this.#appeared.at(-1)?.uid ?? this.largestUid;
    if (state.uid <= last) {
      if (this.#told(state.uid) !== undefined || this.#appeared.some(({ uid }) => uid === state.uid)) return;
      throw new Error(`the store reports new UID ${state.uid} after ${last}`);
    }
    this.#appeared.push(toViewMessage(state));
  }

  #told(uid: Uid): ViewMessage | undefined {
    const message = this.#messages[this.#lowerBound(uid)];
    return message?.uid === uid ? message : undefined;
  }

  /** Index of the first told message whose UID is at least `uid`. */
  #lowerBound(uid: Uid): number {
    let low = 0;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#messages[middle]!.uid < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #select(slices: readonly (readonly [number, number])[]): readonly Numbered[] {
    return slices.flatMap(([start, end]) =>
      this.#messages.slice(start, end).map((message, index) => ({ sequence: start + index + 1, message }))
    );
  }

  #noteKeywords(flags: readonly Flag[]): void {
    for (const flag of flags) {
      if (flag.startsWith("\\") || this.#keywords.has(flag.toLowerCase())) continue;
      this.#keywords.set(flag.toLowerCase(), flag);
      this.#keywordsChanged = true;
    }
  }
}

function toViewMessage({ uid, flags, recent, modSeq }: MessageState): ViewMessage {
  return { uid, flags, recent, modSeq };
}
