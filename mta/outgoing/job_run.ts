/** A job on its way: who still waits, what was tried last, and what is to be said of each recipient. */

import type { Log } from "../../tools/kit/base/log.ts";

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { HopHost } from "../delivery/next_hop.ts";
import type { ClientMessage, SessionFailure } from "../smtp/client/message.ts";
import type { OutgoingJob, OutgoingResult } from "./api.ts";
import type { Sent, SessionPlan } from "./outgoing_session.ts";
import { relayOf, whereOf } from "./socket_file.ts";

type Trace = Omit<OutgoingResult, "outcome">;

const nowhere: Trace = { relay: "none", connectionUses: 1, connectMs: 0, transmitMs: 0 };

export class JobRun {
  readonly job: OutgoingJob;
  readonly log: Log;
  /** Nobody will be asked after the host at hand. */
  isLastHost = false;
  /** Hosts that have said all they had to say. */
  readonly #asked = new Set<string>();
  readonly #results: (OutgoingResult | undefined)[];
  #last: DeliveryOutcome | undefined;
  /** The last trouble was with a host, not with what it was to take. */
  #isOfSite = false;
  #trace: Trace = nowhere;

  constructor(job: OutgoingJob, log: Log) {
    this.job = job;
    this.log = log;
    this.#results = job.message.recipients.map(() => undefined);
  }

  get isOpen(): boolean {
    return this.#results.includes(undefined);
  }

  /** Hosts that can still be tried, in order. */
  hosts(): readonly HopHost[] {
    return this.job.hosts.filter((host) => !this.#asked.has(relayOf(host)));
  }

  /** The message for those who wait, and which of the job's recipients they are. */
  open(): { readonly message: ClientMessage; readonly recipients: readonly number[] } {
    const recipients = this.#results.flatMap((result, index) => result === undefined ? [index] : []);
    const { message, job: content } = this.job;
    return {
      message: { ...message, content, recipients: recipients.map((index) => message.recipients[index]!) },
      recipients,
    };
  }

  plan(host: HopHost): SessionPlan {
    const { protocol, nexthop, settings } = this.job;
    const { level } = host.tls;
    const tls = settings.tlsWrapped && level !== "none"
      ? "wrapped"
      : level === "none" || level === "may"
      ? level
      : "must";
    return {
      host,
      settings,
      target: {
        protocol,
        where: whereOf(host),
        host: host.name,
        detectsLoop: protocol === "smtp" && host.port === 25,
        nexthop,
        tls,
        needsRequireTls: host.tls.needsRequireTls,
        login: host.login !== undefined,
      },
    };
  }

  /** What is tried now. */
  at({ host }: SessionPlan, connectionUses: number, { connectMs }: { readonly connectMs: number }): void {
    this.#trace = { relay: relayOf(host), connectionUses, connectMs, transmitMs: 0 };
  }

  cannotConnect({ host }: SessionPlan, why: string): void {
    const text = `connect to ${relayOf(host)}: ${why}`;
    this.log.write("info", text);
    this.#last = { kind: "deferred", status: "4.4.1", text };
    this.#isOfSite = true;
    this.#trace = nowhere;
  }

  /** A session that came to nothing. For good only where the server says so. */
  sessionFailed(failure: SessionFailure, { again }: { readonly again: boolean }): void {
    const outcome = this.#outcomeOf(failure);
    if (again || !this.isLastHost) this.log.write("info", `${this.job.id}: ${failure.text}`);
    this.#last = outcome;
    this.#isOfSite = true;
    // Another host may offer the TLS that this one lacks.
    if (outcome.kind === "failed" && failure.stage !== "tls") this.#settleOpen(outcome);
  }

  took(
    { report, failure }: Sent,
    recipients: readonly number[],
    { transmitMs, wasUsed }: { readonly transmitMs: number; readonly wasUsed: boolean },
  ): void {
    this.#trace = { ...this.#trace, transmitMs };
    if (failure === undefined && report !== undefined) this.#asked.add(this.#trace.relay);
    recipients.forEach((index, place) => {
      const fate = report?.fates[place];
      if (fate === undefined) return;
      // Another host may take whom this one does not take now; but not a message that may have arrived.
      const isAgain = fate.kind === "deferred" && !this.isLastHost && !isAmbiguous(fate);
      if (isAgain) {
        this.#last = fate;
        this.#isOfSite = false;
        this.log.write("info", `${this.job.id}: ${fate.text}`);
      } else this.#results[index] = { outcome: fate, ...this.#trace };
    });
    if (failure === undefined) return;
    this.#last = this.#outcomeOf(failure);
    this.#isOfSite = true;
    // A connection that was kept too long says nothing of the server.
    if (this.isOpen && !wasUsed) this.log.write("info", `${this.job.id}: ${failure.text}`);
    if (this.#last.kind === "failed" && !wasUsed) this.#settleOpen(this.#last);
  }

  /** Those who wait still, wait. */
  finish(): readonly OutgoingResult[] {
    const outcome: DeliveryOutcome = this.#last ??
      { kind: "deferred", status: "4.4.1", text: "no host could be tried" };
    this.#settleOpen(outcome.kind === "delivered" ? { ...outcome, kind: "deferred" } : outcome);
    return this.#results.filter((result) => result !== undefined);
  }

  #settleOpen(outcome: DeliveryOutcome): void {
    for (let index = 0; index < this.#results.length; index++) {
      this.#results[index] ??= { outcome, isOfSite: this.#isOfSite, ...this.#trace };
    }
  }

  #outcomeOf({ status, text, reply }: SessionFailure): DeliveryOutcome {
    return {
      kind: status.startsWith("5") ? "failed" : "deferred",
      status,
      text,
      remote: reply === undefined ? undefined : { host: this.#trace.relay.replace(/\[.*$/s, "") },
      diagnostic: reply === undefined ? undefined : { type: "smtp", text: reply },
    };
  }
}

function isAmbiguous({ text }: DeliveryOutcome): boolean {
  return text.endsWith("message may be sent more than once");
}
