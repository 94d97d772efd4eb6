/** An smtp-in worker: its start, its settings, and its desk of the reception. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log } from "../../kit/base/log.ts";
import type { BoundListener } from "../../kit/net/server.ts";
import { WorkerHost } from "../../kit/rpc/worker_host.ts";

import type {
  ReceptionApi,
  SmtpListener,
  SmtpWorkerApi,
  SmtpWorkerStart,
} from "../../../mta/reception/api.ts";
import type { Reception, ReceptionDesk } from "../../../mta/reception/reception.ts";

import { listenersOf, listenRights } from "./listeners.ts";
import type { NetworkPart } from "./network_part.ts";
import { reportOf } from "./network_part.ts";
import { workerRights } from "./permissions.ts";
import type { WorkerReport } from "./report.ts";
import { smtpListenerSettings } from "./smtp_settings.ts";
import type { Current, Snapshot } from "./snapshot.ts";

export interface SmtpPartOptions {
  readonly current: Current;
  readonly clock: Clock;
  readonly log: Log;
  readonly reception: Reception;
  /** Counts smtp-in workers, from 1. */
  readonly number: number;
}

export class SmtpPart implements NetworkPart {
  readonly name: string;
  readonly #desk: ReceptionDesk;
  readonly #host: WorkerHost<SmtpWorkerApi, ReceptionApi>;
  #listeners: readonly BoundListener[] = [];

  constructor({ current, clock, log, reception, number }: SmtpPartOptions) {
    this.name = `smtp-in ${number}`;
    this.#desk = reception.openDesk();
    this.#host = new WorkerHost<SmtpWorkerApi, ReceptionApi>({
      name: this.name,
      url: new URL("../../../mta/reception/worker.ts", import.meta.url),
      rights: workerRights["smtp-in"]({
        listen: listenRights("smtp-in", current.snapshot.settings),
        mailDirectories: [],
      }),
      handlers: this.#desk.handlers,
      onStart: async (worker) => {
        this.#desk.reset();
        this.#listeners = await worker.call("start", startOf(current.snapshot));
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

  async reconfigure(snapshot: Snapshot): Promise<void> {
    await this.#host.call("reconfigure", startOf(snapshot));
    if (snapshot.smtpCertificate !== undefined) {
      await this.#host.call("setCertificate", snapshot.smtpCertificate);
    }
  }

  /** Receiving does not need it. */
  reconnectStore(): Promise<void> {
    return Promise.resolve();
  }

  async drain(limitMs: number): Promise<void> {
    await this.#host.call("drain", { limitMs });
  }

  stop(): void {
    this.#host.stop();
    this.#desk.reset();
  }

  report(): Promise<WorkerReport> {
    return reportOf(this.name, this.#host, () => this.#host.call("status", null));
  }
}

function startOf(snapshot: Snapshot): SmtpWorkerStart {
  const { settings, loaded, smtpCertificate: certificate } = snapshot;
  const listeners = listenersOf("smtp-in", settings).map(({ reusePort, ...listener }): SmtpListener => ({
    ...listener,
    reusePort: reusePort === true,
    ...smtpListenerSettings(listener.name, loaded, { hasCertificate: certificate !== undefined }),
  }));
  return {
    listeners,
    certificate,
    limits: {
      connections: settings.smtpd_client_connection_limit,
      // The keeper counts those, over all workers.
      connectionsPerAddress: 0,
      handshakeMs: settings.smtpd_starttls_timeout,
      writeMs: settings.smtpd_timeout,
    },
  };
}
