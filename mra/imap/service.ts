/**
 * The world behind an IMAP session: logins by the keeper, mail by the store worker. Runs in the imap worker, which has
 * no right to touch a file; all it can do is ask these two. It holds what the engine need not know: the entitlement
 * that the login gave, the handle of the selected mailbox, the message being taken in.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Caller } from "../../tools/kit/rpc/rpc.ts";
import type { Service } from "../../tools/kit/wire/engine.ts";

import type { Result, StoreApi } from "../../store/api.ts";

import type { LoginApi, LoginQuestion } from "../login.ts";

import type { ImapAnswer, ImapNotice, ImapQuestion, MessageRange } from "./question.ts";
import type { Changeable, ChangeRegistry } from "./change_registry.ts";
import { type ReturnOf, ServiceStore } from "./service_store.ts";

/** Octets asked of the store at a time when a message is streamed. */
const chunkOctets = 131_072;

export interface ImapServiceOptions {
  readonly login: Caller<LoginApi>;
  readonly store: Caller<StoreApi>;
  /** Where the store's notices are looked up. */
  readonly registry: ChangeRegistry;
  readonly log: Log;
}

type Failed = Extract<Result<never>, { readonly ok: false }>;

export class ImapService implements Service<ImapQuestion, ImapAnswer, MessageRange, ImapNotice>, Changeable {
  readonly #options: ImapServiceOptions;
  readonly #store: ServiceStore;
  #notify: (notice: ImapNotice) => void = () => {};
  #append: number | undefined;
  /** The last write of the message being taken in; the next waits for it. */
  #writing: Promise<void> = Promise.resolve();
  #writeFailed: Failed | undefined;
  #closed = false;

  constructor(options: ImapServiceOptions) {
    this.#options = options;
    this.#store = new ServiceStore(options.store, options.log);
  }

  subscribe(notify: (notice: ImapNotice) => void): void {
    this.#notify = notify;
  }

  changed(mailbox: number): void {
    if (mailbox === this.#store.mailbox) this.#notify({ kind: "changed" });
  }

  storeLost(): void {
    this.#store.isLost = true;
    // An idling session finds out now, others with their next command: all handles are gone.
    this.#notify({ kind: "changed" });
  }

  async ask(question: ImapQuestion): Promise<ImapAnswer> {
    switch (question.kind) {
      case "flow":
        return { kind: "flow" };
      case "login":
        return await this.#login(question);
      case "readAll": {
        const reads = question.ranges.map((range) => this.#store.read(range));
        return { kind: "readAll", results: await Promise.all(reads) };
      }
      case "open":
        return { kind: "open", result: await this.#open(question) };
      case "close": {
        const result = await this.#store.inMailbox((place) => this.#options.store.call("close", place));
        this.#store.mailbox = undefined;
        return { kind: "close", result };
      }
      case "appendOpen":
        return { kind: "appendOpen", result: await this.#appendOpen(question) };
      case "appendCommit":
        return { kind: "appendCommit", result: await this.#appendCommit() };
      case "sync":
      case "fetch":
      case "setFlags":
      case "expunge":
      case "copy":
      case "search":
        return await this.#store.askMailbox(question);
      default:
        return await this.#store.askAccount(question);
    }
  }

  body(bytes: Uint8Array): Promise<void> {
    // One write is under way while the next octets come; the view's buffer is the connection's, so they are copied.
    const before = this.#writing;
    const copy = bytes.slice();
    this.#writing = before.then(() => this.#write(copy));
    // Whoever waits for it next sees the failure; nobody may, when the client leaves.
    this.#writing.catch(() => {});
    return before;
  }

  discard(): void {
    const append = this.#append;
    this.#append = undefined;
    if (append === undefined) return;
    this.#store.inSession((place) => this.#options.store.call("appendAbort", { ...place, append }))
      .catch(() => {});
  }

  async *source(range: MessageRange): AsyncGenerator<Uint8Array> {
    const end = range.offset + range.length;
    const read = (offset: number) =>
      this.#store.read({ uid: range.uid, offset, length: Math.min(chunkOctets, end - offset) });
    let next: Promise<Result<Bytes>> | undefined = read(range.offset);
    for (let offset = range.offset; next !== undefined;) {
      const result: Result<Bytes> = await next;
      if (!result.ok) throw new Error(`message is not to be had any more: ${result.text}`);
      // The octets promised cannot be made good: the runner closes the connection.
      if (result.value.length === 0) throw new Error(`message ${range.uid} is shorter than it was`);
      offset += result.value.length;
      next = offset < end ? read(offset) : undefined;
      // Read ahead of a peer that may leave: then nobody asks how it went.
      next?.catch(() => {});
      yield result.value;
    }
  }

  closed(): void {
    this.#closed = true;
    this.#endSession();
  }

  async #login(question: LoginQuestion): Promise<ImapAnswer> {
    const { user, password, mechanism, peer, tls } = question;
    const request = { protocol: "imap", user, password, mechanism, peer, tls } as const;
    try {
      const answer = await this.#options.login.call("login", request);
      if (answer.kind !== "accepted") return { kind: "login", outcome: answer.kind };
      this.#store.session = answer.session;
      this.#options.registry.add(answer.session, this);
      // Whoever left during the login holds nothing.
      if (this.#closed) this.#endSession();
      return { kind: "login", outcome: "accepted", user: answer.user };
    } catch (thrown) {
      this.#complain(`check the login of ${user}`, thrown);
      return { kind: "login", outcome: "unavailable" };
    }
  }

  async #open(question: ImapQuestion & { readonly kind: "open" }): ReturnOf<"open"> {
    const { name, readOnly } = question;
    const result = await this.#store.inSession((place) =>
      this.#options.store.call("open", { ...place, name, readOnly })
    );
    if (result.ok) this.#store.mailbox = result.value.mailbox;
    return result;
  }

  async #appendOpen(question: ImapQuestion & { readonly kind: "appendOpen" }): ReturnOf<"appendOpen"> {
    const { name, options, octets } = question;
    const result = await this.#store.inSession((place) =>
      this.#options.store.call("appendOpen", { ...place, name, options, octets })
    );
    this.#append = result.ok ? result.value.append : undefined;
    this.#writing = Promise.resolve();
    this.#writeFailed = undefined;
    return result;
  }

  async #write(bytes: Bytes): Promise<void> {
    const append = this.#append;
    // After a failed write the rest comes and goes; the client is told at the end.
    if (append === undefined || this.#writeFailed !== undefined) return;
    const result = await this.#store.inSession((place) =>
      this.#options.store.call("appendWrite", { ...place, append, bytes }, [bytes.buffer])
    );
    if (!result.ok) this.#writeFailed = result;
  }

  async #appendCommit(): ReturnOf<"appendCommit"> {
    await this.#writing;
    if (this.#writeFailed !== undefined) {
      this.discard();
      return this.#writeFailed;
    }
    const append = this.#append;
    this.#append = undefined;
    if (append === undefined) throw new Error("no message is being taken in");
    return await this.#store.inSession((place) =>
      this.#options.store.call("appendCommit", { ...place, append })
    );
  }

  #endSession(): void {
    const { session } = this.#store;
    this.#store.session = this.#store.mailbox = undefined;
    if (session === undefined) return;
    this.#options.registry.remove(session);
    if (!this.#store.isLost) this.#options.store.tell("endSession", { session });
  }

  #complain(what: string, thrown: unknown): void {
    this.#options.log.write("error", `cannot ${what}: ${failureText(thrown)}`);
  }
}
