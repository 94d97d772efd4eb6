/**
 * The worker of a reader (pop3, imap): listens, runs sessions, asks the keeper for logins and the store worker for mail.
 * It has the right to use the network and no other; certificate and key come as values. What is a protocol's own comes
 * in as a `Reader`. What goes wrong on one of its ports is told to the log and ends nothing.
 */

import { encodeBase64 } from "../tools/kit/base/base64.ts";
import type { Bytes } from "../tools/kit/base/bytes.ts";
import { realClock } from "../tools/kit/base/clock.ts";
import { failureText, TempFailure } from "../tools/kit/base/failure.ts";
import { createLog, type Log } from "../tools/kit/base/log.ts";
import { realRandom } from "../tools/kit/base/random.ts";
import { Server } from "../tools/kit/net/server.ts";
import type { SessionStart } from "../tools/kit/net/session.ts";
import { type Caller, type Connected, connectRpc, type Handlers } from "../tools/kit/rpc/rpc.ts";
import { workerPort } from "../tools/kit/rpc/worker_port.ts";
import type { Peer } from "../tools/kit/wire/engine.ts";

import type { ReaderApi, StoreApi } from "../store/api.ts";

import type { LoginApi } from "./login.ts";
import type { ReaderKeeperApi, ReaderWorkerApi, ReaderWorkerStart } from "./reader_api.ts";

/** What a new session finds. */
export interface ReaderWorld<Settings> {
  readonly settings: Settings;
  readonly hasCertificate: boolean;
  /** For the log. */
  readonly sessionId: string;
  readonly login: Caller<LoginApi>;
  readonly store: Caller<StoreApi>;
  readonly log: Log;
  /** The store worker that `store` leads to is gone, with all it knew. */
  readonly isStoreLost: () => boolean;
}

/** A protocol's share of its worker. */
export interface Reader<Settings> {
  readonly name: "pop3" | "imap";
  /** Said to a connection above a limit. */
  readonly farewell: () => Bytes;
  readonly createSession: (peer: Peer, world: ReaderWorld<Settings>) => SessionStart;
  /** A notice of the store: `sync` of that mailbox would find something. */
  readonly changed: (session: string, mailbox: number) => void;
  /** Another store worker is in charge; every handle and entitlement of the one before is void. */
  readonly storeLost: () => void;
}

/** Connects to the keeper and waits to be started. To be called once, by a worker's entry file. */
export function runReaderWorker<Settings>(reader: Reader<Settings>): void {
  const worker = new ReaderWorker(reader, () => keeper);
  const keeper: Connected<ReaderKeeperApi> = connectRpc<ReaderKeeperApi, ReaderWorkerApi<Settings>>(
    workerPort(),
    worker.handlers,
    worker.complain,
  );
}

interface Running<Settings> {
  readonly server: Server;
  settings: Settings;
  hasCertificate: boolean;
  store: Connected<StoreApi>;
}

class ReaderWorker<Settings> {
  readonly handlers: Handlers<ReaderWorkerApi<Settings>>;
  readonly #reader: Reader<Settings>;
  readonly #keeper: () => Caller<ReaderKeeperApi>;
  readonly #log: Log;
  #current: Running<Settings> | undefined;

  constructor(reader: Reader<Settings>, keeper: () => Caller<ReaderKeeperApi>) {
    this.#reader = reader;
    this.#keeper = keeper;
    this.#log = createLog((record) => keeper().tell("log", record), {
      now: realClock.now,
      part: reader.name,
    });
    this.handlers = {
      start: (request) => this.#start(request),
      reconfigure: ({ settings }) => {
        this.#running().settings = settings;
        return null;
      },
      setCertificate: ({ certPem, keyPem }) => {
        const running = this.#running();
        running.server.setCertificate(certPem, keyPem);
        running.hasCertificate = true;
        return null;
      },
      setStore: ({ store }) => {
        this.#setStore(store);
        return null;
      },
      drain: async ({ limitMs }) => {
        await this.#running().server.drain(limitMs);
        return null;
      },
      status: () => this.#running().server.status(),
    };
  }

  readonly complain = (problem: unknown, method: string): void => {
    this.#log.write("error", `request "${method}" failed: ${failureText(problem)}`);
  };

  #start({ listeners, certificate, settings, limits, exempt, store }: ReaderWorkerStart<Settings>) {
    const { farewell } = this.#reader;
    const exempted = new Set(exempt);
    const server = new Server({
      listeners: listeners.map((listener) => ({ ...listener, farewell })),
      createSession: (peer) => this.#createSession(peer),
      clock: realClock,
      log: this.#log,
      limits,
      isExempt: (address) => exempted.has(address),
    });
    try {
      if (certificate !== undefined) server.setCertificate(certificate.certPem, certificate.keyPem);
      const hasCertificate = certificate !== undefined;
      this.#current = { server, settings, hasCertificate, store: this.#connectStore(store) };
      return server.listen();
    } catch (thrown) {
      // The keeper tells the administrator which address could not be had, or what is wrong with the certificate.
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      throw new TempFailure("4.3.0", text, { cause: thrown });
    }
  }

  #setStore(port: MessagePort): void {
    const running = this.#running();
    const lost = running.store;
    running.store = this.#connectStore(port);
    this.#reader.storeLost();
    lost.close("mail store was restarted");
  }

  #connectStore(port: MessagePort): Connected<StoreApi> {
    const caller = connectRpc<StoreApi, ReaderApi>(port, {
      changed: ({ session, mailbox }) => {
        this.#reader.changed(session, mailbox);
        return null;
      },
    }, this.complain);
    port.start();
    return caller;
  }

  #createSession(peer: Peer): SessionStart {
    const { settings, hasCertificate, store } = this.#running();
    return this.#reader.createSession(peer, {
      settings,
      hasCertificate,
      sessionId: encodeBase64(realRandom.bytes(9)),
      login: this.#keeper(),
      store,
      log: this.#log,
      isStoreLost: () => this.#running().store !== store,
    });
  }

  #running(): Running<Settings> {
    if (this.#current === undefined) {
      throw new TempFailure("4.3.0", `the ${this.#reader.name} worker was not started`);
    }
    return this.#current;
  }
}
