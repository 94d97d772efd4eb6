/**
 * The store worker as one session may ask it: with its entitlement, about its selected mailbox. A store that fails is a
 * result like others; a store that is gone ends the session.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Caller } from "../../tools/kit/rpc/rpc.ts";

import type { Result, StoreApi } from "../../store/api.ts";

import type { ImapAnswer, ImapQuestion, MessageRange } from "./question.ts";

export type ReturnOf<Method extends keyof StoreApi> = Promise<ReturnType<StoreApi[Method]>>;

export type MailboxQuestion = Extract<
  ImapQuestion,
  { readonly kind: "sync" | "fetch" | "setFlags" | "expunge" | "copy" | "search" }
>;

export type AccountQuestion = Extract<
  ImapQuestion,
  {
    readonly kind:
      | "list"
      | "subscriptions"
      | "status"
      | "create"
      | "delete"
      | "rename"
      | "subscribe"
      | "unsubscribe";
  }
>;

export class ServiceStore {
  /** What the login gave; `undefined` before it and after the session's end. */
  session: string | undefined;
  /** Handle of the selected mailbox. */
  mailbox: number | undefined;
  /** The store worker died: every handle and the entitlement are gone. */
  isLost = false;
  readonly #store: Caller<StoreApi>;
  readonly #log: Log;

  constructor(store: Caller<StoreApi>, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Questions on the selected mailbox. */
  async askMailbox(question: MailboxQuestion): Promise<ImapAnswer> {
    const store = this.#store;
    switch (question.kind) {
      case "sync":
        return { kind: "sync", result: await this.inMailbox((place) => store.call("sync", place)) };
      case "fetch": {
        const { uids, want } = question;
        const result = await this.inMailbox((place) => store.call("fetch", { ...place, uids, want }));
        return { kind: "fetch", result };
      }
      case "setFlags": {
        const { uids, mode, flags } = question;
        const result = await this.inMailbox((place) =>
          store.call("setFlags", { ...place, uids, mode, flags })
        );
        return { kind: "setFlags", result };
      }
      case "expunge": {
        const { uids } = question;
        return {
          kind: "expunge",
          result: await this.inMailbox((place) => store.call("expunge", { ...place, uids })),
        };
      }
      case "copy": {
        const { uids, destination, move } = question;
        const result = await this.inMailbox((place) =>
          store.call("copy", { ...place, uids, destination, move })
        );
        return { kind: "copy", result };
      }
      case "search": {
        const { key } = question;
        return {
          kind: "search",
          result: await this.inMailbox((place) => store.call("search", { ...place, key })),
        };
      }
    }
  }

  /** Questions on mailboxes by name. */
  async askAccount(question: AccountQuestion): Promise<ImapAnswer> {
    const store = this.#store;
    switch (question.kind) {
      case "list":
        return { kind: "list", result: await this.inSession((place) => store.call("list", place)) };
      case "subscriptions":
        return {
          kind: "subscriptions",
          result: await this.inSession((place) => store.call("subscriptions", place)),
        };
      case "status": {
        const { name, octets } = question;
        return {
          kind: "status",
          result: await this.inSession((place) => store.call("status", { ...place, name, octets })),
        };
      }
      case "rename": {
        const { from, to } = question;
        return {
          kind: "rename",
          result: await this.inSession((place) => store.call("rename", { ...place, from, to })),
        };
      }
      default: {
        const { kind, name } = question;
        return { kind, result: await this.inSession((place) => store.call(kind, { ...place, name })) };
      }
    }
  }

  read({ uid, offset, length }: MessageRange): Promise<Result<Bytes>> {
    return this.inMailbox((place) => this.#store.call("read", { ...place, uid, offset, length }));
  }

  inSession<T>(request: (place: { readonly session: string }) => Promise<Result<T>>): Promise<Result<T>> {
    return this.#guard(() => request({ session: this.#entitlement() }));
  }

  inMailbox<T>(
    request: (place: { readonly session: string; readonly mailbox: number }) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const mailbox = this.mailbox;
    if (mailbox === undefined) throw new Error("no mailbox is open");
    return this.#guard(() => request({ session: this.#entitlement(), mailbox }));
  }

  /** A store that fails is a result; a store that is gone ends the session. Why is for the log alone. */
  async #guard<T>(request: () => Promise<Result<T>>): Promise<Result<T>> {
    if (this.isLost) throw new Error("the mail store was restarted");
    try {
      return await request();
    } catch (thrown) {
      if (this.isLost) throw thrown;
      this.#log.write("error", `cannot ask the mail store: ${failureText(thrown)}`);
      return {
        ok: false,
        code: "unavailable",
        text: "Internal error occurred. Refer to server log for more information.",
      };
    }
  }

  #entitlement(): string {
    if (this.session === undefined) throw new Error("nobody is logged in");
    return this.session;
  }
}
