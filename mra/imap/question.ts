/**
 * What an IMAP session asks of the world, what it is answered, and what it copies to the peer.
 *
 * Questions to the store are those of `store/api.ts` without the session and the handle of the selected mailbox: the
 * service holds both.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import type { Effect } from "../../tools/kit/wire/engine.ts";

import type { Uid } from "../../store/account.ts";
import type { Result, StoreApi } from "../../store/api.ts";

import type { LoginQuestion } from "../login.ts";

/** Requests that are handed on to the store as they are. */
export type StoreMethod =
  | "list"
  | "subscriptions"
  | "status"
  | "create"
  | "delete"
  | "rename"
  | "subscribe"
  | "unsubscribe"
  | "open"
  | "close"
  | "sync"
  | "fetch"
  | "setFlags"
  | "expunge"
  | "copy"
  | "search"
  | "appendOpen"
  | "appendCommit";

type Bare<Params> = Omit<Params, "session" | "mailbox" | "append">;

export type StoreQuestion = {
  [Method in StoreMethod]: { readonly kind: Method } & Bare<Parameters<StoreApi[Method]>[0]>;
}[StoreMethod];

/** A range of a message's octets in the CRLF form. */
export interface MessageRange {
  readonly uid: Uid;
  readonly offset: number;
  readonly length: number;
}

export type ImapQuestion =
  | StoreQuestion
  | LoginQuestion
  /** Small ranges, several at a time; the answer has one result for each, in order. */
  | { readonly kind: "readAll"; readonly ranges: readonly MessageRange[] }
  /** A place to stand between batches of effects, so that what was said can flow out. */
  | { readonly kind: "flow" };

export type StoreAnswer = {
  [Method in StoreMethod]: { readonly kind: Method; readonly result: ReturnType<StoreApi[Method]> };
}[StoreMethod];

export type ImapAnswer =
  | StoreAnswer
  | { readonly kind: "login"; readonly outcome: "accepted"; readonly user: string }
  | { readonly kind: "login"; readonly outcome: "refused" | "unavailable" }
  | { readonly kind: "readAll"; readonly results: readonly Result<Bytes>[] }
  | { readonly kind: "flow" };

/** The answer to a question of that kind. */
export type AnswerTo<Kind extends ImapQuestion["kind"]> = Extract<ImapAnswer, { readonly kind: Kind }>;

/** The selected mailbox changed: `sync` would find something. */
export interface ImapNotice {
  readonly kind: "changed";
}

export type ImapEffect = Effect<ImapQuestion, MessageRange>;
