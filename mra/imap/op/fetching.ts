/**
 * One FETCH being answered: a batch of messages is asked for, its octets are read, its responses go out; then the next.
 * What is held is bounded by the batch, whatever the mailbox.
 *
 * Small sections are read before their response is begun, so that a message that has vanished is left out rather than
 * broken off; of a large one only the beginning is, and the rest is streamed.
 */

import { type Bytes, noBytes } from "../../../tools/kit/base/bytes.ts";

import type { MessageData, Uid } from "../../../store/account.ts";
import type { Result } from "../../../store/api.ts";

import type { SectionAttribute } from "../fetch/attribute.ts";
import { contentOf, fieldsOf, formatPlain, type SectionContent } from "../fetch/item.ts";
import type { FetchPlan } from "../fetch/plan.ts";
import { FetchResponse } from "../fetch/response.ts";
import type { MessageRange } from "../question.ts";
import type { Numbered, View } from "../view.ts";
import { formatKnownFlags } from "./changes.ts";
import { inBatches, messagesAtOnce } from "./messages.ts";
import { ask, type MailboxProblem, type Running, say, type SessionContext } from "./operation.ts";

/** Of one section, read before its response begins; the rest is streamed. */
const inlineOctets = 65_536;
/** Of all sections of a group of messages that are read together. */
const groupOctets = 8 * inlineOctets;
/** Messages of one batch that is answered from the view alone. */
const viewedAtOnce = 1000;
/** Messages of one batch whose headers are held. */
const headersAtOnce = 50;

/** A message with what its sections hold, in the order of the plan's sections. */
interface Entry {
  readonly numbered: Numbered;
  readonly data: MessageData | undefined;
  readonly contents: readonly SectionContent[];
}

export class Fetching {
  /** Messages that were asked for and are no longer there. */
  missing = 0;
  /** Why some message could not be had though it is there. */
  problem: MailboxProblem | undefined;
  readonly #session: SessionContext;
  readonly #view: View;
  readonly #plan: FetchPlan;
  readonly #response = new FetchResponse();
  /** Those that \Seen was set on by this command: their flags are told with the rest. */
  readonly #seen = new Set<Uid>();

  constructor(session: SessionContext, view: View, plan: FetchPlan) {
    this.#session = session;
    this.#view = view;
    this.#plan = plan;
  }

  *run(messages: readonly Numbered[]): Running<void> {
    const { want, sections } = this.#plan;
    const viewed = want === undefined && sections.length === 0;
    const length = viewed ? viewedAtOnce : want?.header ? headersAtOnce : messagesAtOnce;
    let isFirst = true;
    for (const batch of inBatches(messages, length)) {
      if (this.problem !== undefined) return;
      // What was said must flow out before more of it is gathered.
      if (!isFirst) yield* ask({ kind: "flow" });
      isFirst = false;
      if (this.#plan.marksSeen && !this.#view.readOnly) yield* this.#markSeen(batch);
      yield* this.#answer(yield* this.#gather(batch));
    }
  }

  *#markSeen(batch: readonly Numbered[]): Running<void> {
    const uids = batch.filter(({ message }) => !message.flags.includes("\\Seen")).map(({ message }) =>
      message.uid
    );
    if (uids.length === 0) return;
    const { result } = yield* ask({ kind: "setFlags", uids, mode: "add", flags: ["\\Seen"] });
    // A message can be read though its flags cannot be kept.
    if (!result.ok) return;
    for (const { uid, flags, modSeq } of result.value) {
      this.#view.noteFlags(uid, flags, modSeq, { tell: true });
      this.#seen.add(uid);
    }
  }

  /** What the store has to say of each message; those that are gone are left out. */
  *#gather(batch: readonly Numbered[]): Running<readonly Entry[]> {
    const { want, sections } = this.#plan;
    let known: ReadonlyMap<Uid, MessageData> | undefined;
    if (want !== undefined) {
      const { result } = yield* ask({ kind: "fetch", uids: batch.map(({ message }) => message.uid), want });
      if (!result.ok) {
        this.problem = result;
        return [];
      }
      known = new Map(result.value.map((data) => [data.uid, data]));
    }
    const entries: Entry[] = [];
    for (const numbered of batch) {
      const data = known?.get(numbered.message.uid);
      if (known !== undefined && data === undefined) this.missing++;
      else entries.push({ numbered, data, contents: sections.map((section) => contentOf(section, data)) });
    }
    return entries;
  }

  /** In groups whose octets may be held together. */
  *#answer(entries: readonly Entry[]): Running<void> {
    let group: Entry[] = [];
    let octets = 0;
    for (const entry of entries) {
      const needed = entry.contents.reduce((sum, content) => sum + (readLength(content) ?? 0), 0);
      if (group.length > 0 && octets + needed > groupOctets) {
        yield* this.#answerGroup(group);
        group = [];
        octets = 0;
      }
      group.push(entry);
      octets += needed;
    }
    if (group.length > 0) yield* this.#answerGroup(group);
  }

  *#answerGroup(group: readonly Entry[]): Running<void> {
    const beginnings = yield* this.#readBeginnings(group);
    const totals = yield* this.#findTotals(group, beginnings);
    if (this.#view.takeKeywordsChanged()) yield* say(formatKnownFlags(this.#view));
    for (const entry of group) {
      const read = beginnings.get(entry);
      if (read === undefined) this.missing++;
      else this.#compose(entry, read, totals);
    }
    for (const effect of this.#response.take()) yield effect;
  }

  /** The first octets of every section; a message of which one cannot be read has none. */
  *#readBeginnings(group: readonly Entry[]): Running<ReadonlyMap<Entry, readonly Bytes[]>> {
    const ranges: MessageRange[] = [];
    for (const { numbered: { message }, contents } of group) {
      for (const content of contents) {
        const length = readLength(content);
        if (length === undefined || !("offset" in content)) continue;
        ranges.push({ uid: message.uid, offset: content.offset, length });
      }
    }
    const results = ranges.length === 0 ? [] : (yield* ask({ kind: "readAll", ranges })).results;
    const beginnings = new Map<Entry, readonly Bytes[]>();
    let next = 0;
    for (const entry of group) {
      const read: Bytes[] = [];
      let isWhole = true;
      for (const content of entry.contents) {
        const result = readLength(content) === undefined ? undefined : results[next++];
        if (result !== undefined && !result.ok) isWhole = this.#note(result);
        read.push(result?.ok ? result.value : noBytes);
      }
      if (isWhole) beginnings.set(entry, read);
    }
    return beginnings;
  }

  /** False: this message is left out. That it vanished is nobody's fault; anything else is told at the end. */
  #note(result: Result<Bytes> & { readonly ok: false }): false {
    if (result.code !== "expunged") this.problem ??= result;
    return false;
  }

  /** Sizes of messages that go on behind what was read of them. */
  *#findTotals(
    group: readonly Entry[],
    beginnings: ReadonlyMap<Entry, readonly Bytes[]>,
  ): Running<ReadonlyMap<Uid, number>> {
    const uids = group.filter((entry) =>
      entry.contents.some((content, index) =>
        content.kind === "range" && content.length === undefined && content.most > inlineOctets &&
        beginnings.get(entry)?.[index]?.length === inlineOctets
      )
    ).map(({ numbered }) => numbered.message.uid);
    if (uids.length === 0) return new Map();
    const { result } = yield* ask({ kind: "fetch", uids, want: {} });
    if (result.ok) return new Map(result.value.map(({ uid, summary }) => [uid, summary.octets]));
    this.problem ??= result;
    return new Map();
  }

  #compose(
    { numbered, data, contents }: Entry,
    read: readonly Bytes[],
    totals: ReadonlyMap<Uid, number>,
  ): void {
    const { message, sequence } = numbered;
    const { uid } = message;
    const response = this.#response;
    response.text(`* ${sequence} FETCH (`);
    let index = 0;
    this.#plan.attributes.forEach((attribute, place) => {
      if (place > 0) response.text(" ");
      if (attribute.kind === "plain") return response.text(formatPlain(attribute.name, message, data));
      const content = contents[index]!;
      this.#composeSection(attribute, content, { uid, octets: read[index]!, total: totals.get(uid) });
      index++;
    });
    const seenNow = this.#seen.has(uid);
    if (seenNow && !this.#plan.showsFlags) response.text(` ${formatPlain("FLAGS", message, data)}`);
    if (seenNow || this.#plan.showsFlags) this.#view.told(uid);
    response.text(")\r\n");
  }

  #composeSection(
    attribute: SectionAttribute,
    content: SectionContent,
    read: { readonly uid: Uid; readonly octets: Bytes; readonly total: number | undefined },
  ): void {
    const response = this.#response;
    response.text(`${attribute.label} `);
    switch (content.kind) {
      case "octets":
        this.#session.counters.headerCount++;
        this.#session.counters.headerOctets += content.octets.length;
        return this.#literal(content.octets);
      case "fields": {
        const fields = fieldsOf(read.octets, attribute);
        return this.#literal(fields);
      }
      case "range": {
        const { uid, octets, total } = read;
        this.#session.counters.bodyCount++;
        const whole = content.length ?? Math.min(content.most, (total ?? 0) - content.offset);
        // What was read to its end has the length that it has, whatever was said of it.
        const length = octets.length < inlineOctets ? octets.length : Math.max(whole, octets.length);
        this.#session.counters.bodyOctets += length;
        if (length === octets.length) return this.#literal(octets);
        response.text(`{${length}}\r\n`);
        response.octets(octets);
        response.stream({ uid, offset: content.offset + octets.length, length: length - octets.length });
      }
    }
  }

  /** Any octets as they are. */
  #literal(octets: Uint8Array): void {
    if (octets.length === 0) return this.#response.text('""');
    this.#response.text(`{${octets.length}}\r\n`);
    this.#response.octets(octets);
  }
}

/** How much of it is read before the response begins; `undefined` when nothing is. */
function readLength(content: SectionContent): number | undefined {
  switch (content.kind) {
    case "fields":
      return content.length;
    case "range":
      return content.length === 0 ? undefined : Math.min(content.length ?? content.most, inlineOctets);
    default:
      return undefined;
  }
}
