/** A reader's worker (pop3 or imap): its start, its settings, its port to the store worker. */

import type { Clock } from "../../kit/base/clock.ts";
import { failureText } from "../../kit/base/failure.ts";
import type { Log, LogRecord } from "../../kit/base/log.ts";
import type { BoundListener } from "../../kit/net/server.ts";
import { WorkerHost } from "../../kit/rpc/worker_host.ts";

import type { ReaderKeeperApi, ReaderWorkerApi } from "../../../mra/reader_api.ts";

import type { Settings } from "../../config/schema.ts";

import { listenersOf, listenRights } from "./listeners.ts";
import type { LoginDesk } from "./login_desk.ts";
import type { NetworkPart } from "./network_part.ts";
import { reportOf } from "./network_part.ts";
import { workerRights } from "./permissions.ts";
import type { WorkerReport } from "./report.ts";
import { exemptAddresses, readerLimits } from "./reader_limits.ts";
import { imapSettings, pop3Settings } from "./reader_settings.ts";
import type { Current, Snapshot } from "./snapshot.ts";
import type { StoreLink } from "./store_link.ts";

export interface ReaderPartOptions {
  readonly current: Current;
  readonly clock: Clock;
  readonly log: Log;
  readonly logRecord: (record: LogRecord) => void;
  readonly logins: LoginDesk;
  readonly store: () => StoreLink;
  /** Counts workers of one kind, from 1. */
  readonly number: number;
}

/** What differs between the two kinds of readers. */
interface Kind<WorkerSettings> {
  readonly worker: "pop3" | "imap";
  readonly url: URL;
  settings(settings: Settings, facts: { readonly hasCertificate: boolean }): WorkerSettings;
  /** Connections served at a time. */
  connections(settings: Settings): number;
}

export function pop3Part(options: ReaderPartOptions): NetworkPart {
  return new ReaderPart({
    worker: "pop3",
    url: new URL("../../../mra/pop3/worker.ts", import.meta.url),
    settings: pop3Settings,
    connections: (settings) => settings.pop3_client_limit,
  }, options);
}

export function imapPart(options: ReaderPartOptions): NetworkPart {
  return new ReaderPart({
    worker: "imap",
    url: new URL("../../../mra/imap/worker.ts", import.meta.url),
    settings: imapSettings,
    connections: (settings) => settings.imap_client_limit,
  }, options);
}

class ReaderPart<WorkerSettings> implements NetworkPart {
  readonly name: string;
  readonly #kind: Kind<WorkerSettings>;
  readonly #options: ReaderPartOptions;
  readonly #host: WorkerHost<ReaderWorkerApi<WorkerSettings>, ReaderKeeperApi>;
  #listeners: readonly BoundListener[] = [];

  constructor(kind: Kind<WorkerSettings>, options: ReaderPartOptions) {
    const { current, logins, logRecord, clock, log, number } = options;
    this.name = `${kind.worker} ${number}`;
    this.#kind = kind;
    this.#options = options;
    const listen = listenRights(kind.worker, current.snapshot.settings);
    this.#host = new WorkerHost<ReaderWorkerApi<WorkerSettings>, ReaderKeeperApi>({
      name: this.name,
      url: kind.url,
      rights: workerRights[kind.worker]({ listen, mailDirectories: [] }),
      handlers: {
        login: (request) => logins.login(request, this.name),
        log: (record) => {
          logRecord(record);
          return null;
        },
      },
      onStart: async (worker) => {
        const store = await this.#attach();
        const { snapshot } = this.#options.current;
        const certificate = snapshot.readerCertificate;
        const { settings } = snapshot;
        this.#listeners = await worker.call("start", {
          listeners: listenersOf(kind.worker, settings),
          certificate,
          settings: kind.settings(settings, { hasCertificate: certificate !== undefined }),
          limits: readerLimits({
            connections: kind.connections(settings),
            loginTimeoutMs: settings.login_timeout,
          }),
          exempt: exemptAddresses,
          store,
        }, [store]);
      },
      clock,
      log,
    });
  }

  get listeners(): readonly BoundListener[] {
    return this.#listeners;
  }

  start(): Promise<void> {
    return this.#host.start();
  }

  async reconfigure({ settings, readerCertificate: certificate }: Snapshot): Promise<void> {
    const hasCertificate = certificate !== undefined;
    await this.#host.call("reconfigure", { settings: this.#kind.settings(settings, { hasCertificate }) });
    if (certificate !== undefined) await this.#host.call("setCertificate", certificate);
  }

  async reconnectStore(): Promise<void> {
    try {
      const store = await this.#attach();
      await this.#host.call("setStore", { store }, [store]);
    } catch (thrown) {
      // Either worker died meanwhile: its own start attaches it.
      this.#options.log.write("warning", `${this.name} is without the mail store: ${failureText(thrown)}`);
    }
  }

  async drain(limitMs: number): Promise<void> {
    await this.#host.call("drain", { limitMs });
  }

  stop(): void {
    this.#host.stop();
  }

  report(): Promise<WorkerReport> {
    return reportOf(this.name, this.#host, () => this.#host.call("status", null));
  }

  /** Sessions of an earlier life of this worker end with its port. */
  async #attach(): Promise<MessagePort> {
    const store = this.#options.store();
    await store.detach(this.name);
    return await store.attach(this.name);
  }
}
