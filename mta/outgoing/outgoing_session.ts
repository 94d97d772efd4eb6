/**
 * A session with one server, from the connection to its end: the world behind the client's engine. Messages are handed to it
 * one after another; what became of each comes back, and when the session is over, why.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { digest, isIssuedBy } from "../../tools/kit/net/certificate_tools.ts";
import type { Connection } from "../../tools/kit/net/connection.ts";
import { runSession } from "../../tools/kit/net/runner.ts";
import type { RunningSession } from "../../tools/kit/net/session.ts";
import type { Ticker } from "../../tools/kit/net/ticker.ts";
import { createTlsClient, type TlsPeer } from "../../tools/kit/net/tls_client.ts";
import type { Service, TlsInfo } from "../../tools/kit/wire/engine.ts";

import type { HopHost } from "../delivery/next_hop.ts";
import { chooseMechanism } from "../relay_login/choose_mechanism.ts";
import { SmtpClient } from "../smtp/client/client.ts";
import type {
  ClientAnswer,
  ClientMessage,
  ClientQuestion,
  ClientSource,
  MessageReport,
  SessionFailure,
} from "../smtp/client/message.ts";
import type { ClientTarget } from "../smtp/client/settings.ts";
import { checkCertificate } from "../tls_policy/check_certificate.ts";
import type { OutgoingSettings } from "./api.ts";
import { type SaslClient, saslMechanisms, startSasl } from "./sasl_client.ts";

export interface SessionPlan {
  readonly host: HopHost;
  readonly target: ClientTarget;
  readonly settings: OutgoingSettings;
}

export interface SessionWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly ticker: Ticker;
  readonly log: Log;
  /** The octets of a message as they go on the wire, but for dots and line ends. */
  readonly content: (source: ClientSource) => AsyncIterable<Uint8Array>;
  /** The octets that `content` will give; `undefined` when that is not known without reading all of it. */
  readonly measure: (source: ClientSource) => Promise<number | undefined>;
}

/** What came of handing a message to a session. */
export interface Sent {
  readonly report: MessageReport | undefined;
  /** The session is over. */
  readonly failure: SessionFailure | undefined;
}

export class OutgoingSession implements Service<ClientQuestion, ClientAnswer, ClientSource> {
  readonly plan: SessionPlan;
  readonly startedMs: number;
  /** Messages that it was given. */
  uses = 0;
  isOver = false;
  /** Called when it is over, whether it was in use or not. */
  onOver: () => void = () => {};
  readonly #world: SessionWorld;
  readonly #engine: SmtpClient;
  readonly #running: RunningSession;
  readonly #ready = Promise.withResolvers<SessionFailure | undefined>();
  #answer: ((answer: ClientAnswer) => void) | undefined;
  #sent: ((sent: Sent) => void) | undefined;
  #sasl: SaslClient | undefined;
  #shown: { readonly peer: TlsPeer; readonly info: TlsInfo } | undefined;
  #tlsFault: string | undefined;
  /** The content could not be read to its end, or was not wanted to its end. */
  #contentFault: string | undefined;

  constructor(connection: Connection, plan: SessionPlan, world: SessionWorld) {
    this.plan = plan;
    this.#world = world;
    this.startedMs = world.clock.monotonic();
    this.#engine = new SmtpClient(plan.settings.client, plan.target);
    const tls = createTlsClient({
      clock: world.clock,
      serverName: plan.host.tls.serverName,
      hostname: plan.host.tls.match[0]?.replace(/^\./, "") ?? plan.host.name,
      caPem: plan.settings.caPem,
      minVersion: /1\.3/.test(plan.host.tls.protocols) ? "TLSv1.3" : "TLSv1.2",
      onPeer: (peer, info) => this.#shown = { peer, info },
      onFailure: (thrown) => this.#tlsFault = failureText(thrown),
    });
    this.#running = runSession<ClientQuestion, ClientAnswer, ClientSource>(connection, this.#engine, this, {
      clock: world.clock,
      log: world.log,
      ticker: world.ticker,
      tls: () => tls,
      limits: {
        writeMs: plan.settings.dataTransferMs,
        handshakeMs: plan.settings.client.starttlsMs,
      },
      hearsWhileStreaming: true,
    });
  }

  /** Resolves when messages can be sent; with a failure when they cannot. */
  get ready(): Promise<SessionFailure | undefined> {
    return this.#ready.promise;
  }

  /** Whether another message may be given to it now. */
  get isFree(): boolean {
    return !this.isOver && this.#answer !== undefined;
  }

  send(message: ClientMessage): Promise<Sent> {
    return new Promise((resolve) => {
      if (!this.isFree) return resolve({ report: undefined, failure: this.#engine.failure });
      this.uses++;
      this.#contentFault = undefined;
      this.#sent = resolve;
      this.#reply({ kind: "message", message });
    });
  }

  quit(): void {
    if (this.isFree) this.#reply({ kind: "quit" });
    else if (!this.isOver) this.#running.shutdown();
  }

  abort(): void {
    this.#running.abort();
  }

  #reply(answer: ClientAnswer): void {
    const give = this.#answer;
    this.#answer = undefined;
    give?.(answer);
  }

  // What the engine asks

  ask(question: ClientQuestion): Promise<ClientAnswer> {
    switch (question.kind) {
      case "next":
        return this.#next(question.report);
      case "measure":
        return this.#world.measure(question.source).then((octets) => ({ kind: "measured", octets }));
      case "secured":
        return Promise.resolve(this.#judge());
      case "login":
        return Promise.resolve(this.#login(question.offered));
      case "challenge":
        return this.#respond(question.data);
    }
  }

  #next(report: MessageReport | undefined): Promise<ClientAnswer> {
    if (this.#contentFault !== undefined) {
      // What the server says of a part of a message is not about the message, unless it refuses it.
      this.#settle({ report: withoutDelivered(report, this.#contentFault), failure: undefined });
      return Promise.resolve({ kind: "quit" });
    }
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#settle({ report, failure: undefined });
      this.#ready.resolve(undefined);
    });
  }

  #settle(sent: Sent): void {
    const settle = this.#sent;
    this.#sent = undefined;
    settle?.(sent);
  }

  #judge(): ClientAnswer {
    const { host, target, settings } = this.plan;
    const shown = this.#shown;
    if (shown === undefined) return { kind: "judged", problem: "TLS handshake without a peer" };
    const verdict = checkCertificate(shown.peer, host.tls, {
      nowMs: this.#world.clock.now(),
      tools: { digest, isIssuedBy },
    });
    if (settings.tlsLogLevel > 0) {
      const { protocol, cipher, bits } = shown.info;
      this.#world.log.write(
        "info",
        `${verdict.trust} TLS connection established to ${target.where}:${host.port}: ` +
          `${protocol} with cipher ${cipher} (${bits}/${bits} bits)`,
      );
    }
    if (verdict.note !== undefined) {
      this.#world.log.write("info", `${target.where}:${host.port}: ${verdict.note}`);
    }
    return verdict.refusal === undefined ? { kind: "judged" } : { kind: "judged", problem: verdict.refusal };
  }

  #login(offered: readonly string[]): ClientAnswer {
    const { host: { login }, settings } = this.plan;
    const isSecured = this.#shown !== undefined;
    const chosen = chooseMechanism({ offered, known: saslMechanisms, isSecured, settings: settings.login });
    if (chosen.kind === "none" || login === undefined) {
      return { kind: "noLogin", problem: chosen.kind === "none" ? chosen.text : "no password" };
    }
    this.#sasl = startSasl(chosen.name, login, this.#world.random);
    return { kind: "login", mechanism: chosen.name, initial: this.#sasl.initial };
  }

  async #respond(challenge: Uint8Array): Promise<ClientAnswer> {
    return { kind: "response", data: await this.#sasl?.respond(challenge) };
  }

  // The content

  async *source(source: ClientSource): AsyncIterable<Uint8Array> {
    this.#contentFault = "the content was not read to its end";
    try {
      yield* this.#world.content(source);
      this.#contentFault = undefined;
    } catch (thrown) {
      this.#contentFault = failureText(thrown);
      throw thrown;
    }
  }

  body(): void {}

  discard(): void {}

  closed(): void {
    this.isOver = true;
    this.#answer = undefined;
    const failure = this.#explained();
    const { report } = this.#engine;
    // With part of the message unsent, no server can have taken it.
    this.#settle({ report: this.#contentFault === undefined ? report : cutShort(report), failure });
    this.#ready.resolve(
      failure ??
        { stage: "greeting", status: "4.4.2", text: `lost connection with ${this.plan.target.where}` },
    );
    this.onOver();
  }

  #explained(): SessionFailure | undefined {
    const { failure } = this.#engine;
    if (failure?.stage !== "tls" || this.#tlsFault === undefined) return failure;
    this.#world.log.write("info", `SSL_connect error to ${this.plan.target.where}: ${this.#tlsFault}`);
    return failure;
  }
}

function cutShort(report: MessageReport | undefined): MessageReport | undefined {
  return report && {
    fates: report.fates.map((fate) =>
      fate?.kind === "deferred"
        ? { ...fate, text: fate.text.replace(/sending end of data -- .*$/, "sending message body") }
        : fate
    ),
  };
}

function withoutDelivered(report: MessageReport | undefined, why: string): MessageReport | undefined {
  return report && {
    fates: report.fates.map((fate) =>
      fate?.kind === "delivered"
        ? { kind: "deferred", status: "4.3.0", text: `a reply came before the end of the message: ${why}` }
        : fate
    ),
  };
}
