/** For tests: a mailbox in memory, and what one opening of it knows. */

import { type Bytes, latin1Text, utf8Text } from "../../../tools/kit/base/bytes.ts";
import { parseEnvelope } from "../../../tools/kit/mail/envelope.ts";
import { parseHeader } from "../../../tools/kit/mail/header.ts";
import { parseMime } from "../../../tools/kit/mail/mime.ts";

import type { Changes, FetchWant, MessageData, MessageState, Snapshot, Uid } from "../../../store/account.ts";
import type { SearchKey } from "../../../store/search/search_key.ts";

export interface FakeMessage {
  readonly uid: Uid;
  readonly octets: Bytes;
  readonly receivedMs: number;
  flags: readonly string[];
  modSeq: number;
}

export class FakeMailbox {
  messages: FakeMessage[] = [];
  uidNext = 1;
  modSeq = 1;
  /** Messages up to here have been seen by some opening: not recent for the next. */
  seenUpTo = 0;
  isGone = false;
  readonly openings = new Set<Opening>();

  constructor(readonly uidValidity: number) {}

  add(octets: Bytes, flags: readonly string[], receivedMs: number): Uid {
    const uid = this.uidNext++;
    this.messages.push({ uid, octets, flags: [...flags], receivedMs, modSeq: ++this.modSeq });
    this.wake();
    return uid;
  }

  setFlags(uid: Uid, flags: readonly string[]): FakeMessage | undefined {
    const message = this.find(uid);
    if (message === undefined) return undefined;
    message.flags = flags;
    message.modSeq = ++this.modSeq;
    this.wake();
    return message;
  }

  remove(uids: readonly Uid[]): void {
    this.messages = this.messages.filter(({ uid }) => !uids.includes(uid));
    this.modSeq++;
    this.wake();
  }

  find(uid: Uid): FakeMessage | undefined {
    return this.messages.find((message) => message.uid === uid);
  }

  wake(): void {
    for (const opening of this.openings) opening.wake();
  }
}

/** One session's handle. */
export class Opening {
  readonly #known = new Map<Uid, number>();
  readonly #recent = new Set<Uid>();
  #isAwake = false;

  constructor(
    readonly mailbox: FakeMailbox,
    readonly readOnly: boolean,
    readonly notify: () => void,
  ) {
    mailbox.openings.add(this);
    this.#learn(mailbox.messages);
  }

  snapshot(): Snapshot {
    const { uidValidity, uidNext, modSeq, messages } = this.mailbox;
    const keywords = [
      ...new Set(messages.flatMap(({ flags }) => flags.filter((flag) => !flag.startsWith("\\")))),
    ];
    return {
      uidValidity,
      uidNext,
      highestModSeq: modSeq,
      readOnly: this.readOnly,
      messages: messages.map((message) => this.#state(message)),
      keywords,
    };
  }

  sync(): Changes {
    this.#isAwake = false;
    const present = new Map(this.mailbox.messages.map((message) => [message.uid, message]));
    const appeared = this.mailbox.messages.filter(({ uid }) => !this.#known.has(uid));
    const flags = this.mailbox.messages.filter(({ uid, modSeq }) =>
      (this.#known.get(uid) ?? modSeq) !== modSeq
    )
      .map(({ uid, flags, modSeq }) => ({ uid, flags, modSeq }));
    const vanished = [...this.#known.keys()].filter((uid) => !present.has(uid));
    for (const uid of vanished) this.#known.delete(uid);
    this.#learn(this.mailbox.messages);
    return {
      appeared: appeared.map((message) => this.#state(message)),
      flags,
      vanished,
      gone: this.mailbox.isGone,
    };
  }

  fetch(uids: readonly Uid[], want: FetchWant): readonly MessageData[] {
    return uids.flatMap((uid) => {
      const message = this.mailbox.find(uid);
      if (message === undefined) return [];
      const { octets, receivedMs } = message;
      return [{
        uid,
        summary: { ...this.#state(message), receivedMs, octets: octets.length },
        envelope: want.envelope ? parseEnvelope(octets) : undefined,
        structure: want.structure ? parseMime(octets) : undefined,
        header: want.header ? octets.subarray(0, parseHeader(octets).bodyStart) : undefined,
      }];
    });
  }

  search(key: SearchKey): readonly Uid[] {
    return this.mailbox.messages.filter((message) => this.#matches(message, key)).map(({ uid }) => uid);
  }

  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.notify();
  }

  #learn(messages: readonly FakeMessage[]): void {
    for (const { uid, modSeq } of messages) {
      if (uid > this.mailbox.seenUpTo) {
        this.#recent.add(uid);
        if (!this.readOnly) this.mailbox.seenUpTo = uid;
      }
      this.#known.set(uid, modSeq);
    }
  }

  #state({ uid, flags, modSeq }: FakeMessage): MessageState {
    return { uid, flags, modSeq, recent: this.#recent.has(uid) };
  }

  #matches(message: FakeMessage, key: SearchKey): boolean {
    const holds = (text: string) => utf8Text(message.octets).toLowerCase().includes(text.toLowerCase());
    switch (key.kind) {
      case "all":
        return true;
      case "and":
        return key.keys.every((part) => this.#matches(message, part));
      case "or":
        return this.#matches(message, key.left) || this.#matches(message, key.right);
      case "not":
        return !this.#matches(message, key.key);
      case "flag":
        return message.flags.some((flag) => flag.toLowerCase() === key.flag.toLowerCase());
      case "recent":
        return this.#recent.has(message.uid);
      case "uids":
        return key.ranges.some(([low, high]) => low <= message.uid && message.uid <= high);
      case "larger":
        return message.octets.length > key.octets;
      case "smaller":
        return message.octets.length < key.octets;
      case "header": {
        const header = parseHeader(message.octets);
        return header.fields.some((field) =>
          field.name.toLowerCase() === key.field.toLowerCase() &&
          latin1Text(message.octets.subarray(field.valueStart, field.end)).toLowerCase()
            .includes(key.text.toLowerCase())
        );
      }
      case "body":
      case "text":
        return holds(key.text);
      case "date": {
        const day = Math.floor(message.receivedMs / 86_400_000) * 86_400_000;
        return key.relation === "before"
          ? day < key.dayMs
          : key.relation === "on"
          ? day === key.dayMs
          : day >= key.dayMs;
      }
      case "modseq":
        return message.modSeq >= key.atLeast;
    }
  }
}
