/** The smtp-out worker as the keeper holds it, and sessions with socket files, which the keeper has the right to, beside it. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log, LogRecord } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { dial } from "../../tools/kit/net/dial.ts";
import { WorkerHost, type WorkerRights } from "../../tools/kit/rpc/worker_host.ts";

import type { Bytes } from "../../tools/kit/base/bytes.ts";

import type {
  ContentApi,
  FetchTextRequest,
  OutgoingApi,
  OutgoingJob,
  OutgoingResult,
  OutgoingStatus,
} from "./api.ts";
import { ContentDesk } from "./content_desk.ts";
import { OutgoingDesk } from "./outgoing_desk.ts";
import { isSocketFile } from "./socket_file.ts";

export interface OutgoingWorkerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly logRecord: (record: LogRecord) => void;
  readonly rights: WorkerRights;
}

/** What a transport needs of it. */
export interface Outgoing {
  /** @throws TempFailure 4.3.0 when the worker dies */
  deliver(
    job: Omit<OutgoingJob, "job">,
    content: () => AsyncIterable<Bytes>,
  ): Promise<readonly OutgoingResult[]>;
}

export class OutgoingWorker implements Outgoing {
  readonly #content = new ContentDesk();
  readonly #host: WorkerHost<OutgoingApi, ContentApi>;
  readonly #local: OutgoingDesk;

  constructor({ clock, random, log, logRecord, rights }: OutgoingWorkerOptions) {
    const content = this.#content;
    this.#host = new WorkerHost<OutgoingApi, ContentApi>({
      name: "smtp-out",
      url: new URL("./worker.ts", import.meta.url),
      rights,
      handlers: {
        read: (request) => content.read(request),
        endReading: (request) => {
          content.endReading(request);
          return null;
        },
        log: (records) => {
          for (const record of records) logRecord(record);
          return null;
        },
      },
      onStart: () => content.reset(),
      clock,
      log,
    });
    const own = new ContentDesk();
    this.#local = new OutgoingDesk({ clock, random, log, dial, read: own });
    this.#ownContent = own;
  }

  readonly #ownContent: ContentDesk;

  get restarts(): number {
    return this.#host.restarts;
  }

  get isRunning(): boolean {
    return this.#host.isRunning;
  }

  start(): Promise<void> {
    return this.#host.start();
  }

  stop(): void {
    this.#host.stop();
    this.#local.close();
  }

  status(): Promise<OutgoingStatus> {
    return this.#host.call("status", null);
  }

  /** @throws Error with the words why it cannot be had */
  async fetchText(url: string, options: Omit<FetchTextRequest, "url">): Promise<string> {
    const fetched = await this.#host.call("fetchText", { url, ...options });
    if (fetched.kind === "failed") throw new Error(fetched.why);
    return fetched.text;
  }

  async deliver(
    request: Omit<OutgoingJob, "job">,
    content: () => AsyncIterable<Bytes>,
  ): Promise<readonly OutgoingResult[]> {
    const isLocal = request.hosts.some(isSocketFile);
    const desk = isLocal ? this.#ownContent : this.#content;
    const job = desk.open(content);
    try {
      if (isLocal) return await this.#local.deliver({ ...request, job });
      return await this.#host.call("deliver", { ...request, job });
    } finally {
      desk.close(job);
    }
  }
}
