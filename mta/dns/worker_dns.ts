/** The dns worker as the keeper holds it: a `Dns` that answers `failed` while the worker is down. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { WorkerHost, type WorkerRights } from "../../tools/kit/rpc/worker_host.ts";

import { tryAgain } from "./answer.ts";
import type { DnsWorkerApi } from "./api.ts";
import type { Dns, DnsAnswer, RecordType } from "./record.ts";
import { type DnsServer, type DnsSettings, sameDnsSettings } from "./resolv_conf.ts";

export interface WorkerDnsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The rights of a worker that asks these servers, each `address:port`. */
  readonly rights: (servers: readonly string[]) => WorkerRights;
}

export class WorkerDns implements Dns {
  readonly #options: WorkerDnsOptions;
  #settings: DnsSettings;
  #host: WorkerHost<DnsWorkerApi>;
  #earlierRestarts = 0;

  constructor(settings: DnsSettings, options: WorkerDnsOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#host = this.#createHost();
  }

  get restarts(): number {
    return this.#earlierRestarts + this.#host.restarts;
  }

  get isRunning(): boolean {
    return this.#host.isRunning;
  }

  start(): Promise<void> {
    return this.#host.start();
  }

  stop(): void {
    this.#host.stop();
  }

  /** Other servers need another worker: its rights name them. Questions that are open then are answered `failed`. */
  async reconfigure(settings: DnsSettings): Promise<void> {
    if (sameDnsSettings(settings, this.#settings)) return;
    this.#settings = settings;
    this.#earlierRestarts += this.#host.restarts;
    const old = this.#host;
    const host = this.#createHost();
    await host.start();
    this.#host = host;
    old.stop();
  }

  query(name: string, type: RecordType): Promise<DnsAnswer> {
    return this.#host.call("query", { name, type }).catch(() => tryAgain({ name, type }));
  }

  #createHost(): WorkerHost<DnsWorkerApi> {
    const { clock, log, rights } = this.#options;
    const settings = this.#settings;
    return new WorkerHost<DnsWorkerApi>({
      name: "dns",
      url: new URL("./worker.ts", import.meta.url),
      rights: rights(settings.servers.map(placeOf)),
      handlers: {},
      onStart: async (worker) => {
        await worker.call("configure", settings);
      },
      clock,
      log,
    });
  }
}

function placeOf({ address, port }: DnsServer): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
