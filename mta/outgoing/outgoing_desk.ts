/**
 * Jobs and the connections that serve them: for each job a connection that is free, or new ones to its hosts in order, until
 * every recipient has had its answer or there is nobody left to ask.
 *
 * | what happens                                   | what follows                                                  |
 * |------------------------------------------------|---------------------------------------------------------------|
 * | no connection, a greeting that refuses         | the next host                                                 |
 * | the handshake of TLS fails where it may be left | the same host once more without it                            |
 * | a recipient is refused for now                 | the next host for it                                          |
 * | a connection that was used before breaks       | a new connection to the same host                             |
 * | a connection breaks with the message sent      | the recipients wait: nobody knows whether it has arrived      |
 * | no more hosts                                  | the recipients wait, for the last reason                      |
 */

import type { CancelTimer, Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import type { Connection } from "../../tools/kit/net/connection.ts";
import type { DialOptions, Place } from "../../tools/kit/net/dial.ts";
import { Ticker } from "../../tools/kit/net/ticker.ts";

import type { OutgoingJob, OutgoingResult, OutgoingStatus } from "./api.ts";
import { ContentReader, type ReadPieces } from "./content_reader.ts";
import { JobRun } from "./job_run.ts";
import { OutgoingSession, type SessionPlan } from "./outgoing_session.ts";
import { isSocketFile } from "./socket_file.ts";

export interface OutgoingDeskOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dial: (place: Place, options: DialOptions) => Promise<Connection>;
  readonly read: ReadPieces;
}

export class OutgoingDesk {
  readonly #options: OutgoingDeskOptions;
  readonly #ticker: Ticker;
  readonly #content: ContentReader;
  /** Free sessions by the key of their jobs, the one used last at the end. */
  readonly #free = new Map<string, OutgoingSession[]>();
  readonly #sessions = new Set<OutgoingSession>();
  /** When free ones are given up. */
  readonly #timers = new Map<OutgoingSession, CancelTimer>();

  constructor(options: OutgoingDeskOptions) {
    this.#options = options;
    this.#ticker = new Ticker(options.clock);
    this.#content = new ContentReader(options.read);
  }

  /** By index of the message's recipients. Never throws for what the world does. */
  async deliver(job: OutgoingJob): Promise<readonly OutgoingResult[]> {
    const run = new JobRun(job, this.#options.log.part(job.protocol));
    this.#content.add(job);
    try {
      const used = this.#takeFree(job);
      if (used !== undefined) {
        run.isLastHost = job.hosts.length === 1;
        await this.#send(used, run, { connectMs: 0 });
      }
      await this.#tryHosts(run);
    } finally {
      this.#content.remove(job);
    }
    return run.finish();
  }

  status(): OutgoingStatus {
    const idle = Array.from(this.#free.values(), (sessions) => sessions.length);
    return { connections: this.#sessions.size, idle: idle.reduce((sum, count) => sum + count, 0) };
  }

  /** Ends all connections. */
  close(): void {
    for (const session of this.#sessions) session.abort();
    this.#ticker.close();
  }

  async #tryHosts(run: JobRun): Promise<void> {
    const { settings } = run.job;
    const hosts = run.hosts();
    let sessions = 0;
    for (let index = 0; index < hosts.length && run.isOpen; index++) {
      const host = hosts[index]!;
      run.isLastHost = index + 1 === hosts.length ||
        (settings.sessionLimit > 0 && sessions + 1 >= settings.sessionLimit);
      const plan = run.plan(host);
      const failure = await this.#tryHost(plan, run);
      if (failure === "tls" && plan.target.tls === "may") {
        const plain: SessionPlan = { ...plan, target: { ...plan.target, tls: "none" } };
        await this.#tryHost(plain, run);
      }
      if (failure !== "connect") sessions++;
      if (settings.sessionLimit > 0 && sessions >= settings.sessionLimit) return;
    }
  }

  /** How far it came. */
  async #tryHost(plan: SessionPlan, run: JobRun): Promise<"connect" | "tls" | "done"> {
    const { clock } = this.#options;
    const startMs = clock.monotonic();
    run.at(plan, 1, { connectMs: 0 });
    let connection: Connection;
    try {
      const { connectMs: limitMs } = run.job.settings;
      connection = await this.#options.dial(placeOf(plan), { clock, limitMs });
    } catch (thrown) {
      run.cannotConnect(plan, failureText(thrown).split(":")[0]!);
      return "connect";
    }
    const session = this.#begin(connection, plan, run);
    const failure = await session.ready;
    const connectMs = clock.monotonic() - startMs;
    run.at(plan, 1, { connectMs });
    if (failure !== undefined) {
      const again = failure.stage === "tls" && plan.target.tls === "may";
      run.sessionFailed(failure, { again });
      return failure.stage === "tls" ? "tls" : "done";
    }
    await this.#send(session, run, { connectMs });
    return "done";
  }

  #begin(connection: Connection, plan: SessionPlan, run: JobRun): OutgoingSession {
    const { clock, random } = this.#options;
    const session = new OutgoingSession(connection, plan, {
      clock,
      random,
      ticker: this.#ticker,
      log: run.log,
      content: (source) => this.#content.content(source),
      measure: (source) => this.#content.measure(source),
    });
    this.#sessions.add(session);
    session.onOver = () => {
      this.#sessions.delete(session);
      this.#forget(session, run.job.key);
    };
    if (session.isOver) session.onOver();
    return session;
  }

  async #send(
    session: OutgoingSession,
    run: JobRun,
    { connectMs }: { readonly connectMs: number },
  ): Promise<void> {
    const startMs = this.#options.clock.monotonic();
    const { message, recipients } = run.open();
    run.at(session.plan, session.uses + 1, { connectMs });
    const sent = await session.send(message);
    run.took(sent, recipients, {
      transmitMs: this.#options.clock.monotonic() - startMs,
      wasUsed: session.uses > 1,
    });
    this.#keep(session, run.job);
  }

  // Connections that are kept for more

  #keep(session: OutgoingSession, job: OutgoingJob): void {
    const { keepsConnections, idleMs, reuseMs, reuseCount } = session.plan.settings;
    if (!session.isFree) return;
    const ageMs = this.#options.clock.monotonic() - session.startedMs;
    const isSpent = ageMs >= reuseMs || (reuseCount > 0 && session.uses >= reuseCount);
    if (!keepsConnections || isSpent) return session.quit();
    const sessions = this.#free.get(job.key) ?? [];
    sessions.push(session);
    this.#free.set(job.key, sessions);
    this.#timers.set(
      session,
      this.#options.clock.after(idleMs, () => {
        this.#forget(session, job.key);
        session.quit();
      }),
    );
  }

  #takeFree(job: OutgoingJob): OutgoingSession | undefined {
    const sessions = this.#free.get(job.key);
    for (let session = sessions?.pop(); session !== undefined; session = sessions?.pop()) {
      this.#stopTimer(session);
      const { host } = session.plan;
      const isMeant = job.hosts.some(({ address, port, name }) =>
        address === host.address && port === host.port && name === host.name
      );
      if (session.isFree && isMeant) {
        if (sessions?.length === 0) this.#free.delete(job.key);
        return session;
      }
      session.quit();
    }
    this.#free.delete(job.key);
    return undefined;
  }

  #stopTimer(session: OutgoingSession): void {
    this.#timers.get(session)?.();
    this.#timers.delete(session);
  }

  #forget(session: OutgoingSession, key: string): void {
    this.#stopTimer(session);
    const sessions = this.#free.get(key);
    const index = sessions?.indexOf(session) ?? -1;
    if (sessions === undefined || index < 0) return;
    sessions.splice(index, 1);
    if (sessions.length === 0) this.#free.delete(key);
  }
}

function placeOf({ host, settings }: SessionPlan): Place {
  const { address, port } = host;
  if (!isSocketFile(host)) return { address, port };
  return { path: address.startsWith("/") ? address : `${settings.socketDirectory}/${address}` };
}
