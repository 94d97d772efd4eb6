/**
 * A worker as its keeper sees it: started with few rights, started again when it dies, spoken to by `call` and `tell`.
 *
 * A worker dies of an uncaught exception, and is taken for dead when it says what cannot be read, or does not answer
 * for a minute. Calls in flight, and calls while it is down, fail with TempFailure 4.3.0; the next start comes after
 * 100 ms, then twice as long each time, up to 10 s; a worker that has lived a minute starts from 100 ms again. Nothing
 * a worker does ends the keeper.
 */

import type { CancelTimer, Clock } from "../base/clock.ts";
import { failureText, TempFailure } from "../base/failure.ts";
import type { Log } from "../base/log.ts";

import { type Api, type Caller, type Connected, connectRpc, type Handlers, type Port } from "./rpc.ts";

/** What a worker may do; all that is not named is denied. */
export interface WorkerRights {
  readonly net?: boolean | string[];
  readonly read?: boolean | string[];
  readonly write?: boolean | string[];
  readonly sys?: boolean;
}

export interface WorkerHostOptions<Theirs extends Api, Ours extends Api> {
  /** For the log: `smtp-in 1`. */
  readonly name: string;
  /** Of the entry file; written as `new URL("./x.ts", import.meta.url)` so that it is found in a compiled binary. */
  readonly url: URL;
  readonly rights: WorkerRights;
  /** What the keeper serves to this worker. */
  readonly handlers: Handlers<Ours>;
  /** Called at every start, before anybody else can call: send the configuration, wait until it works. */
  readonly onStart: (worker: Caller<Theirs>) => Promise<void> | void;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes the worker; a test puts something else here. */
  readonly createWorker?: (url: URL, rights: WorkerRights, name: string) => HostedWorker;
}

/** What is used of a Worker. */
export interface HostedWorker extends Port {
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

const leastBackOffMs = 100;
const mostBackOffMs = 10_000;
/** A worker that has lived so long was healthy. */
const healthyMs = 60_000;
const pingEveryMs = 15_000;
const silentMs = 60_000;

interface Life<Theirs extends Api> {
  readonly worker: HostedWorker;
  readonly rpc: Connected<Theirs>;
  readonly startedMs: number;
  isReady: boolean;
  heardMs: number;
  cancelPing: CancelTimer;
}

export class WorkerHost<Theirs extends Api, Ours extends Api = Record<never, never>>
  implements Caller<Theirs> {
  readonly #options: WorkerHostOptions<Theirs, Ours>;
  #life: Life<Theirs> | undefined;
  #backOffMs = leastBackOffMs;
  #cancelRestart: CancelTimer = () => {};
  #stopped = false;
  #restarts = 0;

  constructor(options: WorkerHostOptions<Theirs, Ours>) {
    this.#options = options;
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  get isRunning(): boolean {
    return this.#life?.isReady === true;
  }

  /**
   * Starts it the first time.
   *
   * @throws what `onStart` threw, or why the worker died before it was done; it is not started again then.
   */
  async start(): Promise<void> {
    try {
      await this.#begin();
    } catch (thrown) {
      this.stop();
      throw thrown;
    }
  }

  call<Method extends keyof Theirs & string>(
    method: Method,
    params: Parameters<Theirs[Method]>[0],
    transfer?: Transferable[],
  ): Promise<ReturnType<Theirs[Method]>> {
    if (this.#life?.isReady !== true) return Promise.reject(new TempFailure("4.3.0", this.#downText()));
    return this.#life.rpc.call(method, params, transfer);
  }

  /** While it is down, what it is told is lost. */
  tell<Method extends keyof Theirs & string>(
    method: Method,
    params: Parameters<Theirs[Method]>[0],
    transfer?: Transferable[],
  ): void {
    if (this.#life?.isReady === true) this.#life.rpc.tell(method, params, transfer);
  }

  /** Ends it for good; calls in flight fail. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRestart();
    this.#end("stopped");
  }

  async #begin(): Promise<void> {
    const { url, rights, name, handlers, clock } = this.#options;
    const worker = (this.#options.createWorker ?? createWorker)(url, rights, name);
    const rpc = connectRpc<Theirs, Ours>(worker, handlers, (problem, method) => {
      this.#options.log.write("error", `worker ${name}: request "${method}" failed: ${failureText(problem)}`);
    });
    const startedMs = clock.monotonic();
    const life: Life<Theirs> = {
      worker,
      rpc,
      startedMs,
      isReady: false,
      heardMs: startedMs,
      cancelPing: () => {},
    };
    this.#life = life;
    const died = new Promise<never>((_, reject) => {
      const fall = (why: string) => {
        reject(new Error(why));
        this.#died(life, why);
      };
      worker.onerror = (event) => {
        // Unless it is said to be handled, the keeper would die of it too.
        event.preventDefault();
        fall(event.message);
      };
      // Nothing more is heard of it, and it would pass for alive until it has missed its pings.
      worker.onmessageerror = () => fall("it sent a message that cannot be read");
    });
    died.catch(() => {});
    await Promise.race([Promise.resolve(this.#options.onStart(rpc)), died]);
    if (this.#life !== life) return;
    life.isReady = true;
    this.#watch(life);
  }

  #died(life: Life<Theirs>, why: string): void {
    if (this.#life !== life) return;
    const { name, clock, log } = this.#options;
    // Before the first start is done its failure goes to the caller of `start`.
    const neverStarted = !life.isReady && this.#restarts === 0;
    if (clock.monotonic() - life.startedMs >= healthyMs) this.#backOffMs = leastBackOffMs;
    this.#end(this.#downText());
    if (this.#stopped || neverStarted) return;
    log.write("error", `worker ${name} died: ${why}; starting it again in ${this.#backOffMs} ms`);
    this.#cancelRestart = clock.after(this.#backOffMs, () => this.#restart());
    this.#backOffMs = Math.min(this.#backOffMs * 2, mostBackOffMs);
  }

  #restart(): void {
    this.#restarts++;
    this.#begin().catch((thrown) => {
      if (this.#life !== undefined) this.#died(this.#life, failureText(thrown));
    });
  }

  #end(reason: string): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.cancelPing();
    life.worker.terminate();
    life.rpc.close(reason);
  }

  #watch(life: Life<Theirs>): void {
    const { clock } = this.#options;
    life.cancelPing = clock.after(pingEveryMs, () => {
      life.rpc.ping().then(() => life.heardMs = clock.monotonic(), () => {});
      if (clock.monotonic() - life.heardMs > silentMs + pingEveryMs) {
        this.#died(life, `no answer for ${silentMs / 1000} s`);
      } else {
        this.#watch(life);
      }
    });
  }

  #downText(): string {
    return `worker ${this.#options.name} is not running`;
  }
}

function createWorker(url: URL, rights: WorkerRights, name: string): HostedWorker {
  return new Worker(url, {
    type: "module",
    name,
    deno: {
      permissions: {
        net: rights.net ?? false,
        read: rights.read ?? false,
        write: rights.write ?? false,
        sys: rights.sys ?? false,
        env: false,
        run: false,
        ffi: false,
        import: false,
      },
    },
  });
}
