/** What the keeper and a reader's worker (pop3, imap) say to each other; all values can be cloned. */

import type { LogRecord } from "../tools/kit/base/log.ts";
import type { BoundListener, ListenerOptions, ServerLimits, ServerStatus } from "../tools/kit/net/server.ts";

import type { LoginApi } from "./login.ts";

/** Chain and key, PEM. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface ReaderWorkerStart<Settings> {
  readonly listeners: readonly Omit<ListenerOptions, "farewell">[];
  /** Absent: TLS is not offered, and listeners with TLS close connections at once. */
  readonly certificate?: Certificate | undefined;
  readonly settings: Settings;
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Addresses without a limit of their own. */
  readonly exempt?: readonly string[] | undefined;
  /** Leads to the store worker, which serves `StoreApi` on it and is served `ReaderApi`. In the transfer list. */
  readonly store: MessagePort;
}

/** Served by the worker. */
export type ReaderWorkerApi<Settings> = {
  /** Once, first. @throws TempFailure when a listener cannot be opened or the certificate is not to be used */
  start(params: ReaderWorkerStart<Settings>): readonly BoundListener[];
  /** For sessions that begin from now on. */
  reconfigure(params: { readonly settings: Settings }): null;
  setCertificate(params: Certificate): null;
  /** The store worker was started anew; sessions that used the old one end. */
  setStore(params: { readonly store: MessagePort }): null;
  /** Takes no more connections and ends those there are; answers when all are gone, at most after `limitMs`. */
  drain(params: { readonly limitMs: number }): null;
  status(params: null): ServerStatus;
};

/** Served by the keeper. */
export type ReaderKeeperApi = LoginApi & {
  log(record: LogRecord): null;
};
