/**
 * Does a message match a search key (RFC 3501 §6.4.4)? Settled with as little as possible: what an open mailbox knows
 * anyway, then dates and sizes, then the header, then the whole message.
 *
 *     const matcher = new Matcher(key);
 *     let verdict = matcher.match(state);
 *     if (verdict === "summary") verdict = matcher.match({ ...state, receivedMs, octets });
 *     if (verdict === "header") verdict = matcher.match({ ...state, receivedMs, octets, header });
 *     if (verdict === "message") verdict = matcher.match({ ...state, receivedMs, octets, message });
 */

import type { MessageState } from "../account.ts";
import { fold, HeaderText, MessageText } from "./message_text.ts";
import type { SearchKey } from "./search_key.ts";

/** What is known of a message; `header` and `message` in either line form, `message` with its header. */
export interface SearchFacts extends MessageState {
  readonly receivedMs?: number | undefined;
  readonly octets?: number | undefined;
  readonly header?: Uint8Array | undefined;
  readonly message?: Uint8Array | undefined;
}

/** What to bring so that the key may be settled: date and size, the header, or the whole message. */
export type Missing = "summary" | "header" | "message";

export type Verdict = boolean | Missing;

/** A key made ready to be asked of many messages. */
export class Matcher {
  readonly #test: Test;

  constructor(key: SearchKey) {
    this.#test = compile(key);
  }

  /** True or false when `facts` settle it, else the cheapest thing that is missing. */
  match(facts: SearchFacts): Verdict {
    return this.#test(new Content(facts));
  }
}

type Test = (content: Content) => Verdict;

/** One message's facts; texts are decoded once however many keys look at them. */
class Content {
  readonly facts: SearchFacts;
  #header: HeaderText | undefined;
  #message: MessageText | undefined;

  constructor(facts: SearchFacts) {
    this.facts = facts;
  }

  get header(): HeaderText | undefined {
    const octets = this.facts.header ?? this.facts.message;
    if (octets !== undefined) this.#header ??= new HeaderText(octets);
    return this.#header;
  }

  get message(): MessageText | undefined {
    if (this.facts.message !== undefined) this.#message ??= new MessageText(this.facts.message);
    return this.#message;
  }
}

function compile(key: SearchKey): Test {
  switch (key.kind) {
    case "all":
      return () => true;
    case "and":
      return allOf(key.keys.map(compile));
    case "or":
      return negated(allOf([negated(compile(key.left)), negated(compile(key.right))]));
    case "not":
      return negated(compile(key.key));
    case "flag":
      return hasFlag(key.flag);
    case "recent":
      return ({ facts }) => facts.recent;
    case "uids":
      return isIn(key.ranges);
    case "larger":
      return ({ facts }) => facts.octets === undefined ? "summary" : facts.octets > key.octets;
    case "smaller":
      return ({ facts }) => facts.octets === undefined ? "summary" : facts.octets < key.octets;
    case "date":
      return key.field === "received" ? isReceived(key.relation, key.dayMs) : isSent(key.relation, key.dayMs);
    case "header":
      return hasHeader(key.field, fold(key.text));
    case "body":
      return hasText(fold(key.text), (message) => message.bodies);
    case "text":
      return hasText(fold(key.text), (message) => [...message.headers, ...message.bodies]);
    case "modseq":
      return ({ facts }) => facts.modSeq >= key.atLeast;
  }
}

/** False as soon as one is; else the cheapest thing missing, so that it may yet settle all. */
function allOf(tests: readonly Test[]): Test {
  return (content) => {
    let verdict: Verdict = true;
    for (const test of tests) {
      const next = test(content);
      if (next === false) return false;
      if (next !== true && (verdict === true || costs.indexOf(next) < costs.indexOf(verdict))) verdict = next;
    }
    return verdict;
  };
}

const costs: readonly Verdict[] = ["summary", "header", "message"];

function negated(test: Test): Test {
  return (content) => {
    const verdict = test(content);
    return typeof verdict === "boolean" ? !verdict : verdict;
  };
}

function hasFlag(flag: string): Test {
  const wanted = flag.toLowerCase();
  return ({ facts }) => facts.flags.some((candidate) => candidate.toLowerCase() === wanted);
}

function isIn(ranges: readonly (readonly [number, number])[]): Test {
  const sorted = ranges.map(([first, last]) => [Math.min(first, last), Math.max(first, last)] as const)
    .sort((left, right) => left[0] - right[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = merged[merged.length - 1];
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return ({ facts }) => {
    let low = 0;
    let high = merged.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (merged[middle]![1] < facts.uid) low = middle + 1;
      else high = middle;
    }
    return low < merged.length && merged[low]![0] <= facts.uid;
  };
}

type Relation = "before" | "on" | "since";

const dayLengthMs = 86_400_000;

function isReceived(relation: Relation, dayMs: number): Test {
  return ({ facts }) =>
    facts.receivedMs === undefined ? "summary" : compareDay(facts.receivedMs, relation, dayMs);
}

/** A message without a date that can be read was not sent on, before or after any day. */
function isSent(relation: Relation, dayMs: number): Test {
  return ({ header }) => {
    if (header === undefined) return "header";
    const sentMs = header.sentDayMs();
    return sentMs !== undefined && compareDay(sentMs, relation, dayMs);
  };
}

function compareDay(timeMs: number, relation: Relation, dayMs: number): boolean {
  switch (relation) {
    case "before":
      return timeMs < dayMs;
    case "on":
      return timeMs >= dayMs && timeMs < dayMs + dayLengthMs;
    case "since":
      return timeMs >= dayMs;
  }
}

/** An empty text asks only that the field is there (RFC 3501 §6.4.4 HEADER). */
function hasHeader(field: string, folded: string): Test {
  return ({ header }) =>
    header === undefined ? "header" : header.values(field).some((value) => value.includes(folded));
}

function hasText(folded: string, texts: (message: MessageText) => readonly string[]): Test {
  if (folded === "") return () => true;
  return ({ message }) =>
    message === undefined ? "message" : texts(message).some((text) => text.includes(folded));
}
