/**
 * The world behind a POP3 session: logins by the keeper, mail by the store worker. Runs in the pop3 worker, which has no
 * right to touch a file; all it can do is ask these two.
 *
 * \Seen is set on messages that RETR has sent whole, all at once at the session's end (also when the connection
 * broke): what a session deletes needs no flag, and most clients delete what they fetched.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { noBytes } from "../../tools/kit/base/bytes.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Caller } from "../../tools/kit/rpc/rpc.ts";
import type { Service } from "../../tools/kit/wire/engine.ts";

import type { Result, StoreApi } from "../../store/api.ts";

import type { LoginApi, LoginQuestion } from "../login.ts";

import type { MaildropContents } from "./maildrop.ts";
import type { MessageSource, Pop3Answer, Pop3Question, Pop3Source } from "./question.ts";
import { TopCutter } from "./top.ts";

/** Octets asked of the store at a time: for a whole message, and for TOP, which seldom needs more. */
const retrOctets = 65536;
const topOctets = 8192;

/** Messages whose sizes are asked for at once. */
const measuredTogether = 2000;

/** Marked as \Seen before the session's end when so many have come together. */
const maxUnsavedSeen = 1000;

interface OpenMaildrop {
  readonly session: string;
  readonly mailbox: number;
}

export interface Pop3ServiceOptions {
  readonly login: Caller<LoginApi>;
  readonly store: Caller<StoreApi>;
  readonly log: Log;
  /** The store worker that knew this session's mailbox is gone, with all it knew. */
  readonly isStoreLost?: () => boolean;
}

export class Pop3Service implements Service<Pop3Question, Pop3Answer, Pop3Source> {
  readonly #options: Pop3ServiceOptions;
  #maildrop: OpenMaildrop | undefined;
  #closed = false;
  /** The beginning of the message that was found by the last `retrieve`. */
  #first: { readonly uid: number; readonly bytes: Bytes } | undefined;
  #copiedOctets = 0;
  #seen = new Set<number>();

  constructor(options: Pop3ServiceOptions) {
    this.#options = options;
  }

  ask(question: Pop3Question): Promise<Pop3Answer> {
    switch (question.kind) {
      case "login":
        return this.#login(question);
      case "retrieve":
        return this.#find(question.source);
      case "copied":
        return Promise.resolve({ kind: "copied", octets: this.#copiedOctets });
      case "update":
        return this.#update(question.remove);
    }
  }

  body(): void {
    throw new Error("POP3 takes no messages");
  }

  discard(): void {}

  source(source: Pop3Source): AsyncIterable<Uint8Array> {
    this.#copiedOctets = 0;
    return source.kind === "listing" ? listing(source.chunks) : this.#message(source);
  }

  closed(): void {
    this.#closed = true;
    const maildrop = this.#maildrop;
    if (maildrop !== undefined) this.#end(maildrop).catch(() => {});
  }

  async #login(question: LoginQuestion): Promise<Pop3Answer> {
    const { user, password, mechanism, peer, tls } = question;
    let session: string;
    let name: string;
    try {
      const answer = await this.#options.login.call("login", {
        protocol: "pop3",
        user,
        password,
        mechanism,
        peer,
        tls,
      });
      if (answer.kind !== "accepted") return { kind: answer.kind };
      ({ session, user: name } = answer);
    } catch (thrown) {
      this.#complain(`login of ${user}`, failureText(thrown));
      return { kind: "unavailable" };
    }
    const answer = await this.#open(session, name);
    // Whoever left during the login, or did not get the maildrop, holds nothing.
    if (this.#closed || answer.kind !== "opened") this.#release(session);
    return answer;
  }

  async #open(session: string, user: string): Promise<Pop3Answer> {
    const opened = await this.#store(
      `open INBOX of ${user}`,
      this.#options.store.call("open", { session, name: "INBOX", readOnly: false }),
    );
    if (!opened.ok) return { kind: opened.code === "inUse" ? "inUse" : "failed", text: opened.text };
    const { mailbox, snapshot } = opened.value;
    const measured = await this.#measure(
      { session, mailbox },
      snapshot.messages.map((message) => message.uid),
    );
    if (!measured.ok) return { kind: "failed", text: measured.text };
    this.#maildrop = { session, mailbox };
    return { kind: "opened", user, maildrop: { uidValidity: snapshot.uidValidity, ...measured.value } };
  }

  /** Sizes of `uids`; those that are gone meanwhile are left out. */
  async #measure(
    maildrop: OpenMaildrop,
    uids: readonly number[],
  ): Promise<Result<Omit<MaildropContents, "uidValidity">>> {
    const found = { uids: new Uint32Array(uids.length), octets: new Float64Array(uids.length) };
    let count = 0;
    for (let start = 0; start < uids.length; start += measuredTogether) {
      const fetched = await this.#store(
        "measure messages",
        this.#options.store.call("fetch", {
          ...maildrop,
          uids: uids.slice(start, start + measuredTogether),
          want: {},
        }),
      );
      if (!fetched.ok) return fetched;
      for (const { uid, summary } of fetched.value) {
        found.uids[count] = uid;
        found.octets[count++] = summary.octets;
      }
    }
    return { ok: true, value: { uids: found.uids.slice(0, count), octets: found.octets.slice(0, count) } };
  }

  async #find(source: MessageSource): Promise<Pop3Answer> {
    const read = await this.#read(source.uid, 0, firstOctets(source.bodyLines));
    if (!read.ok) return read.code === "expunged" ? { kind: "gone" } : { kind: "failed", text: read.text };
    this.#first = { uid: source.uid, bytes: read.value };
    return { kind: "ready" };
  }

  async *#message(source: MessageSource): AsyncGenerator<Uint8Array> {
    const { uid, bodyLines } = source;
    const cutter = bodyLines === undefined ? undefined : new TopCutter(bodyLines);
    for await (const chunk of this.#chunks(source)) {
      const wanted = cutter === undefined ? chunk : cutter.take(chunk);
      this.#copiedOctets += wanted.length;
      if (wanted.length > 0) yield wanted;
      if (cutter?.done === true) return;
    }
    if (bodyLines === undefined) this.#noteSeen(uid);
  }

  /**
   * The octets of a message up to its real end, whatever size the listing had. RETR asks for the next octets while
   * those before are on their way; TOP seldom wants more and asks when it does.
   */
  async *#chunks({ uid, bodyLines }: MessageSource): AsyncGenerator<Bytes> {
    let bytes = this.#first?.uid === uid ? this.#first.bytes : noBytes;
    let atEnd = bytes.length < firstOctets(bodyLines);
    this.#first = undefined;
    for (let offset = bytes.length; !atEnd; offset += bytes.length) {
      const ahead = bodyLines === undefined ? this.#read(uid, offset, retrOctets) : undefined;
      yield bytes;
      bytes = must(await (ahead ?? this.#read(uid, offset, retrOctets)));
      atEnd = bytes.length < retrOctets;
    }
    yield bytes;
  }

  async #update(remove: readonly number[]): Promise<Pop3Answer> {
    const { session, mailbox } = this.#openMaildrop();
    for (const uid of remove) this.#seen.delete(uid);
    await this.#saveSeen();
    if (remove.length === 0) return { kind: "updated" };
    const removed = await this.#store(
      "remove messages",
      this.#options.store.call("remove", { session, mailbox, uids: remove }),
    );
    // What another session has removed meanwhile is gone as well: no failure.
    return removed.ok
      ? { kind: "updated" }
      : { kind: "failed", text: `Some deleted messages were not removed: ${removed.text}` };
  }

  #noteSeen(uid: number): void {
    this.#seen.add(uid);
    if (this.#seen.size >= maxUnsavedSeen) this.#saveSeen().catch(() => {});
  }

  async #saveSeen(): Promise<void> {
    if (this.#maildrop === undefined || this.#seen.size === 0) return;
    const { session, mailbox } = this.#maildrop;
    const uids = Array.from(this.#seen).sort((left, right) => left - right);
    this.#seen = new Set();
    await this.#store(
      "set flags",
      this.#options.store.call("setFlags", { session, mailbox, uids, mode: "add", flags: ["\\Seen"] }),
    );
  }

  async #end(maildrop: OpenMaildrop): Promise<void> {
    await this.#saveSeen();
    this.#release(maildrop.session);
  }

  #release(session: string): void {
    this.#maildrop = undefined;
    this.#options.store.tell("endSession", { session });
  }

  #openMaildrop(): OpenMaildrop {
    if (this.#maildrop === undefined) throw new Error("no maildrop is open");
    return this.#maildrop;
  }

  #read(uid: number, offset: number, length: number): Promise<Result<Bytes>> {
    return this.#store(
      "read a message",
      this.#options.store.call("read", { ...this.#openMaildrop(), uid, offset, length }),
    );
  }

  /** A failing store is a result, too; why it failed is for the log alone. */
  async #store<T>(what: string, request: Promise<Result<T>>): Promise<Result<T>> {
    try {
      return await request;
    } catch (thrown) {
      // Nothing of this session can go on; the runner ends it.
      if (this.#maildrop !== undefined && this.#options.isStoreLost?.() === true) throw thrown;
      this.#complain(what, failureText(thrown));
      return { ok: false, code: "unavailable", text: "Internal error occurred. Refer to server log." };
    }
  }

  #complain(what: string, why: string): void {
    this.#options.log.write("error", `cannot ${what}: ${why}`);
  }
}

function firstOctets(bodyLines: number | undefined): number {
  return bodyLines === undefined ? retrOctets : topOctets;
}

async function* listing(chunks: Iterable<Bytes>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** The octets promised cannot be made good: the runner closes the connection. */
function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`message is not to be had any more: ${result.text}`);
}
