/** An smtp-in worker: listens, and runs a session for every connection. What it may do besides is nothing. */

import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { startSession } from "../../tools/kit/net/runner.ts";
import { Server } from "../../tools/kit/net/server.ts";
import type { SessionStart } from "../../tools/kit/net/session.ts";
import type { Caller, Handlers } from "../../tools/kit/rpc/rpc.ts";
import type { Peer } from "../../tools/kit/wire/engine.ts";

import { formatReply, reply } from "../smtp/reply.ts";
import { SmtpServer } from "../smtp/server.ts";
import type { ReceptionApi, SmtpListener, SmtpWorkerApi, SmtpWorkerRules, SmtpWorkerStart } from "./api.ts";
import { LogRelay } from "./log_relay.ts";
import { ReceptionService } from "./service.ts";

export class SmtpWorker {
  readonly handlers: Handlers<SmtpWorkerApi>;
  readonly #clock: Clock;
  readonly #keeper: () => Caller<ReceptionApi>;
  #server: Server | undefined;
  #relay: LogRelay | undefined;
  /** What new sessions go by; replaced whole when the settings change. */
  #listeners: ReadonlyMap<string, SmtpListener> = new Map();

  /** `keeper` is asked for when the worker is started, or has to complain. */
  constructor(keeper: () => Caller<ReceptionApi>, clock: Clock) {
    this.#keeper = keeper;
    this.#clock = clock;
    this.handlers = {
      start: (request) => this.#start(request),
      reconfigure: (request) => {
        this.#running();
        this.#listeners = byName(request);
        return null;
      },
      setCertificate: ({ certPem, keyPem }) => {
        this.#running().setCertificate(certPem, keyPem);
        return null;
      },
      drain: async ({ limitMs }) => {
        await this.#server?.drain(limitMs);
        this.#relay?.flush();
        return null;
      },
      status: () => this.#running().status(),
    };
  }

  /** What went wrong on the keeper's port. */
  complain(problem: unknown, method: string): void {
    this.#openRelay().log.write("error", `request "${method}" failed: ${failureText(problem)}`);
  }

  #openRelay(): LogRelay {
    return this.#relay ??= new LogRelay(this.#keeper(), this.#clock);
  }

  #start(request: SmtpWorkerStart): ReturnType<SmtpWorkerApi["start"]> {
    if (this.#server !== undefined) throw new Error("the worker runs already");
    const relay = this.#openRelay();
    this.#listeners = byName(request);
    const server = new Server({
      listeners: request.listeners.map(({ name, hostname, port, mode, reusePort, settings }) => ({
        name,
        hostname,
        port,
        mode,
        reusePort,
        farewell: (peer) => tooManyConnections(settings.hostname, peer),
      })),
      createSession: (peer, { name }) => createSession(peer, this.#listeners.get(name)!, relay),
      clock: this.#clock,
      log: relay.log,
      limits: request.limits,
    });
    if (request.certificate !== undefined) {
      const { certPem, keyPem } = request.certificate;
      try {
        server.setCertificate(certPem, keyPem);
      } catch (thrown) {
        relay.log.write("error", `cannot use the TLS certificate: ${failureText(thrown)}`);
        throw thrown;
      }
    }
    let bound: ReturnType<SmtpWorkerApi["start"]>;
    try {
      bound = server.listen();
    } catch (thrown) {
      // The keeper tells the administrator which address could not be had.
      throw new TempFailure("4.3.0", failureText(thrown), { cause: thrown });
    }
    this.#server = server;
    return bound;
  }

  #running(): Server {
    if (this.#server === undefined) throw new Error("the worker was not started");
    return this.#server;
  }
}

function byName({ listeners }: SmtpWorkerRules): ReadonlyMap<string, SmtpListener> {
  return new Map(listeners.map((listener) => [listener.name, listener]));
}

function createSession(peer: Peer, { name, role, settings }: SmtpListener, relay: LogRelay): SessionStart {
  return startSession(
    new SmtpServer(peer, { role, service: name, settings }),
    new ReceptionService(relay.keeper),
  );
}

/** smtpd_client_connection_count_limit */
function tooManyConnections(hostname: string, peer: Peer): Uint8Array {
  return formatReply(reply(421, "4.7.0", `${hostname} Error: too many connections from ${peer.address}`));
}
