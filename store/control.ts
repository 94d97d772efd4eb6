/**
 * What the keeper asks of the store worker and the reverse. The keeper alone decides whose mail a session may reach; the
 * store worker alone touches the files.
 */

import type { LogRecord } from "../tools/kit/base/log.ts";

import type { User } from "./users/users.ts";

export interface StoreConfiguration {
  /** As Dovecot writes it: `maildir:~/Maildir` (`locator.ts`). */
  readonly mailLocation: string;
  readonly host: string;
  /** The system's name for this host: lock files name their owner by it. */
  readonly systemHost: string;
}

export interface StoreStatus {
  readonly sessions: number;
  readonly mailboxes: number;
  readonly accounts: number;
}

/** Served by the store worker to the keeper. */
export type StoreControlApi = {
  /** Asked first, and before any other request is answered. */
  configure(params: StoreConfiguration): null;
  /** A reader's worker will speak `StoreApi` on this port, which comes in the transfer list. */
  attach(params: { readonly reader: string; readonly port: MessagePort }): null;
  /** That worker is gone: so are its sessions. */
  detach(params: { readonly reader: string }): null;
  /** From now on `session` may reach the mail of `user`, from the worker `reader` alone. Asked after a login. */
  grant(params: { readonly session: string; readonly user: User; readonly reader: string }): null;
  revoke(params: { readonly session: string }): null;
  /** Told after a local delivery. */
  delivered(params: { readonly user: string; readonly mailbox: string }): null;
  status(params: null): StoreStatus;
};

/** Served by the keeper to the store worker. */
export type KeeperForStoreApi = {
  /** Takes all locks on an mbox (mailbox_delivery_lock), waiting for them. @throws TempFailure when one stays taken */
  lock(params: { readonly path: string }): { readonly token: number };
  unlock(params: { readonly token: number }): null;
  /** Does this host have no process of that number? */
  isProcessGone(params: { readonly pid: number }): boolean;
  /** Told. */
  log(record: LogRecord): null;
  /** Told: the reader ended this session, or its worker is gone. */
  sessionEnded(params: { readonly session: string }): null;
};
