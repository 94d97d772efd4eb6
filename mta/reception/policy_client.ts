/**
 * The client of policy servers (Postfix SMTPD_POLICY_README): one question at a time on a connection, connections kept
 * for the next question, as many of them as there are questions at the same time, up to a limit.
 *
 * DIAGNOSTICS: when no answer can be had in all tries, the answer is a failure, `problem talking to server NAME: WHY`. A
 * server with a `default_action` of its own is answered for by that, and the failure is logged here as a warning.
 */

import { concatBytes, noBytes } from "../../tools/kit/base/bytes.ts";
import { type CancelTimer, type Clock, sleep } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { settledWithin } from "../../tools/kit/net/within.ts";

import type { ConnectTable, TableStream } from "../../store/table/remote_client.ts";

import type { LookupFailure } from "../address/lookup.ts";
import {
  formatPolicyRequest,
  parsePolicyServer,
  type PolicyAttributes,
  type PolicyServer,
  readPolicyAnswer,
  type ServiceAddress,
} from "./policy_protocol.ts";

/** `smtpd_policy_service_...` */
export interface PolicyClientSettings {
  readonly timeoutMs: number;
  readonly tryLimit: number;
  readonly retryDelayMs: number;
  readonly maxIdleMs: number;
  readonly maxTtlMs: number;
  /** Questions on one connection; 0: no limit. */
  readonly requestLimit: number;
  readonly policyContext: string;
  /** Where a relative `unix:` path begins. */
  readonly queueDirectory: string;
}

export const defaultPolicyClientSettings: Omit<PolicyClientSettings, "queueDirectory"> = {
  timeoutMs: 100_000,
  tryLimit: 2,
  retryDelayMs: 1000,
  maxIdleMs: 300_000,
  maxTtlMs: 1_000_000,
  requestLimit: 0,
  policyContext: "",
};

export interface PolicyClientOptions {
  readonly settings: PolicyClientSettings;
  readonly connect: ConnectTable;
  readonly clock: Clock;
  readonly log: Log;
  /** To one server at one time; further questions wait. */
  readonly maxConnections?: number;
}

/** `default_process_limit` */
const usualMaxConnections = 100;

interface Line {
  readonly stream: TableStream;
  readonly openedMs: number;
  requests: number;
  cancelIdle: CancelTimer;
}

interface Pool {
  idle: Line[];
  used: number;
  readonly waiting: (() => void)[];
}

export class PolicyClient {
  readonly #options: PolicyClientOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #open = new Set<TableStream>();
  #settings: PolicyClientSettings;
  #isClosed = false;

  constructor(options: PolicyClientOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  reconfigure(settings: PolicyClientSettings): void {
    this.#settings = settings;
  }

  /** The text of an access(5) action. `text` names the server as behind check_policy_service. Never throws. */
  async ask(text: string, attributes: PolicyAttributes): Promise<string | LookupFailure> {
    const parsed = parsePolicyServer(text);
    if (parsed.kind === "malformed") return { failure: parsed.reason };
    const { server } = parsed;
    const context = server.policyContext ??
      (this.#settings.policyContext === "" ? undefined : this.#settings.policyContext);
    try {
      return await this.#tryAll(server, formatPolicyRequest(attributes, context));
    } catch (thrown) {
      const reason = `problem talking to server ${server.name}: ${reasonOf(thrown)}`;
      if (server.defaultAction === undefined) return { failure: reason };
      this.#options.log.write("warning", reason);
      return server.defaultAction;
    }
  }

  /** Ends all connections; questions that are open fail. */
  close(): void {
    this.#isClosed = true;
    for (const { idle } of this.#pools.values()) for (const line of idle) line.cancelIdle();
    for (const stream of this.#open) stream.close();
    this.#pools.clear();
  }

  async #tryAll(server: PolicyServer, request: Uint8Array): Promise<string> {
    const tryLimit = server.tryLimit ?? this.#settings.tryLimit;
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#tryOnce(server, request);
      } catch (thrown) {
        if (attempt >= tryLimit || this.#isClosed) throw thrown;
      }
      await sleep(this.#options.clock, server.retryDelayMs ?? this.#settings.retryDelayMs);
    }
  }

  async #tryOnce(server: PolicyServer, request: Uint8Array): Promise<string> {
    const timeoutMs = server.timeoutMs ?? this.#settings.timeoutMs;
    const pool = this.#pool(server);
    const ticket: Ticket = { line: undefined, isOver: false };
    const work = this.#inTurn(pool, server, { request, ticket });
    if (await settledWithin(this.#options.clock, timeoutMs, work)) return await work;
    // The work ends with an error that nobody reads, now that its connection is gone.
    ticket.isOver = true;
    work.catch(() => {});
    if (ticket.line !== undefined) this.#drop(ticket.line);
    throw new Error("Connection timed out");
  }

  async #inTurn(pool: Pool, server: PolicyServer, question: Question): Promise<string> {
    if (pool.used >= (this.#options.maxConnections ?? usualMaxConnections)) {
      await new Promise<void>((resolve) => pool.waiting.push(resolve));
    } else {
      pool.used++;
    }
    try {
      if (question.ticket.isOver) throw new Error("too late");
      return await this.#onSomeLine(pool, server, question);
    } finally {
      const next = pool.waiting.shift();
      if (next === undefined) pool.used--;
      else next();
    }
  }

  /** A kept connection may have been closed by the server meanwhile; that is no try. */
  async #onSomeLine(pool: Pool, server: PolicyServer, question: Question): Promise<string> {
    for (let line = this.#takeIdle(pool); line !== undefined; line = this.#takeIdle(pool)) {
      try {
        return await this.#onLine(pool, line, question);
      } catch (thrown) {
        if (question.ticket.isOver || this.#isClosed || thrown instanceof MalformedAnswer) throw thrown;
      }
    }
    const { clock, connect } = this.#options;
    const stream = await connect(this.#place(server.address));
    this.#open.add(stream);
    const line: Line = { stream, openedMs: clock.monotonic(), requests: 0, cancelIdle: () => {} };
    if (question.ticket.isOver || this.#isClosed) {
      this.#drop(line);
      throw new Error("too late");
    }
    return await this.#onLine(pool, line, question);
  }

  async #onLine(pool: Pool, line: Line, { request, ticket }: Question): Promise<string> {
    ticket.line = line;
    try {
      line.requests++;
      const { action, isInStep } = await exchange(line.stream, request);
      if (isInStep) this.#keep(pool, line);
      else this.#drop(line);
      return action;
    } catch (thrown) {
      this.#drop(line);
      throw thrown;
    }
  }

  #takeIdle(pool: Pool): Line | undefined {
    const line = pool.idle.pop();
    line?.cancelIdle();
    return line;
  }

  #keep(pool: Pool, line: Line): void {
    const { maxIdleMs, maxTtlMs, requestLimit } = this.#settings;
    const { clock } = this.#options;
    const leftMs = line.openedMs + maxTtlMs - clock.monotonic();
    const isUsedUp = requestLimit > 0 && line.requests >= requestLimit;
    if (isUsedUp || leftMs <= 0 || this.#isClosed) return this.#drop(line);
    pool.idle.push(line);
    line.cancelIdle = clock.after(Math.min(maxIdleMs, leftMs), () => {
      pool.idle = pool.idle.filter((other) => other !== line);
      this.#drop(line);
    });
  }

  #drop({ stream }: Line): void {
    if (this.#open.delete(stream)) stream.close();
  }

  #pool({ address }: PolicyServer): Pool {
    const key = JSON.stringify(this.#place(address));
    let pool = this.#pools.get(key);
    if (pool === undefined) this.#pools.set(key, pool = { idle: [], used: 0, waiting: [] });
    return pool;
  }

  #place(address: ServiceAddress): ServiceAddress {
    if (address.transport !== "unix" || address.path.startsWith("/")) return address;
    return { transport: "unix", path: `${this.#settings.queueDirectory}/${address.path}` };
  }
}

/** Lets the one who has given up find the connection. */
interface Ticket {
  line: Line | undefined;
  isOver: boolean;
}

interface Question {
  readonly request: Uint8Array;
  readonly ticket: Ticket;
}

/** Asking again would bring the same. */
class MalformedAnswer extends Error {
  override readonly name = "MalformedAnswer";
}

async function exchange(
  stream: TableStream,
  request: Uint8Array,
): Promise<{ readonly action: string; readonly isInStep: boolean }> {
  await stream.write(request);
  let bytes: Uint8Array = noBytes;
  for (;;) {
    const chunk = await stream.read();
    if (chunk === undefined) throw new Error("Connection closed by the server");
    bytes = concatBytes([bytes, chunk]);
    const read = readPolicyAnswer(bytes);
    if (read.kind === "malformed") throw new MalformedAnswer(read.reason);
    if (read.kind === "action") return { action: read.action, isInStep: read.octets === bytes.length };
  }
}

function reasonOf(thrown: unknown): string {
  return failureText(thrown).replace(/ \(os error \d+\)$/, "");
}
