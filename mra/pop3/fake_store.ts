/** For tests: a keeper that knows one password, and a store worker whose only mailbox is an array. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { latin1Bytes } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import type { Caller } from "../../tools/kit/rpc/rpc.ts";

import type { MessageData, MessageState } from "../../store/account.ts";
import type { Result, StoreApi } from "../../store/api.ts";

import type { LoginApi, LoginRequest } from "../login.ts";

export interface FakeMessage {
  readonly uid: number;
  readonly bytes: Bytes;
  seen: boolean;
}

type Failing = "open" | "fetch" | "read" | "remove" | "setFlags" | "login";

export class FakeStore {
  messages: FakeMessage[] = [];
  readonly uidValidity = 0x4a3b2c1d;
  /** Every request and login, in order, as one line. */
  readonly requests: string[] = [];
  /** What fails, and how: with a result of that code, or by throwing. */
  failing: { readonly method: Failing; readonly how: "inUse" | "unavailable" | "throws" } | undefined;
  readonly logins: LoginRequest[] = [];
  /** Octets asked for at once, at most. */
  mostOctets = 0;

  constructor(texts: readonly string[] = []) {
    this.messages = texts.map((text, index) => ({ uid: 10 + index, bytes: latin1Bytes(text), seen: false }));
  }

  readonly login: Caller<LoginApi> = {
    call: (_method, request) => {
      this.requests.push(`login ${request.user} ${request.password} ${request.mechanism}`);
      this.logins.push(request);
      if (this.failing?.method === "login") {
        return this.failing.how === "throws"
          ? Promise.reject(new TempFailure("4.3.0", "Internal error"))
          : answer({ kind: "unavailable" });
      }
      const right = request.user === "u1" && request.password === "pw 1";
      return right ? answer({ kind: "accepted", user: "u1", session: "S1" }) : answer({ kind: "refused" });
    },
    tell: () => {},
  };

  readonly store: Caller<StoreApi> = {
    call: (method, params) => {
      this.requests.push(`${method} ${Object.values(params).slice(1).map(String).join(" ")}`.trimEnd());
      if (this.failing?.method === method) {
        const { how } = this.failing;
        if (how === "throws") return Promise.reject(new TempFailure("4.3.0", "Internal error"));
        return answer({
          ok: false,
          code: how,
          text: how === "inUse" ? "Mailbox is locked." : "Disk trouble.",
        });
      }
      return answer(this.#perform(method, params));
    },
    tell: (method) => this.requests.push(method),
  };

  // The methods' parameters and results differ; the one who calls knows which belong together.
  // deno-lint-ignore no-explicit-any
  #perform(method: keyof StoreApi, params: any): any {
    const perform: Partial<Record<keyof StoreApi, () => Result<unknown>>> = {
      open: () => done({ mailbox: 7, snapshot: this.#snapshot() }),
      fetch: () => done(this.#fetch(new Set(params.uids))),
      read: () => this.#read(params.uid, params.offset, params.length),
      setFlags: () => {
        for (const message of this.messages) if (params.uids.includes(message.uid)) message.seen = true;
        return done([]);
      },
      remove: () => {
        this.messages = this.messages.filter((message) => !params.uids.includes(message.uid));
        return done(params.uids);
      },
    };
    const chosen = perform[method];
    if (chosen === undefined) throw new Error(`unexpected request ${method}`);
    return chosen();
  }

  #snapshot() {
    const messages = this.messages.map(({ uid }) => stateOf(uid));
    const { uidValidity } = this;
    return { uidValidity, uidNext: 100, highestModSeq: 1, readOnly: false, messages, keywords: [] };
  }

  #fetch(uids: ReadonlySet<number>): readonly MessageData[] {
    return this.messages.filter((message) => uids.has(message.uid)).map(({ uid, bytes }) => ({
      uid,
      summary: { ...stateOf(uid), receivedMs: 0, octets: bytes.length },
    }));
  }

  #read(uid: number, offset: number, length: number): Result<Bytes> {
    this.mostOctets = Math.max(this.mostOctets, length);
    const message = this.messages.find((other) => other.uid === uid);
    if (message === undefined) return { ok: false, code: "expunged", text: "Message is gone." };
    return done(message.bytes.slice(offset, offset + length));
  }
}

function stateOf(uid: number): MessageState {
  return { uid, flags: [], recent: false, modSeq: 1 };
}

function done<T>(value: T): Result<T> {
  return { ok: true, value };
}

// deno-lint-ignore no-explicit-any
function answer(value: unknown): Promise<any> {
  return Promise.resolve(value);
}
