/**
 * Delivery: the seam between the queue manager and those who take a message out of the queue (local now; SMTP, LMTP,
 * pipe later).
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";

import type { DeliveryOutcome, QueuedMessage } from "../../store/spool/spool.ts";

/** A message and those of its recipients that one transport is to serve now. */
export interface DeliveryJob {
  readonly message: QueuedMessage;
  /** Where to, as resolving said: a domain, `[host]:port`, a list of them; empty where the transport needs none. */
  readonly nexthop: string;
  /** Indexes into the envelope's recipients. */
  readonly recipients: readonly number[];
  /** The content, LF form; may be asked for any number of times. */
  content(): AsyncIterable<Bytes>;
}

/** One line of the log: an address that the recipient came to, and what became of it. */
export interface DeliveryStep {
  readonly address: string;
  /** `local`, `none`, or `HOST[IP]:PORT`. */
  readonly relay: string;
  /** Of a connection that was used before: messages over it, this one counted. */
  readonly connectionUses?: number | undefined;
  readonly outcome: DeliveryOutcome;
  /** Milliseconds for connecting, and for passing the message on. */
  readonly connectMs: number;
  readonly transmitMs: number;
}

/** What became of one recipient: the outcome to record, and the steps to log. */
export interface DeliveryReport {
  readonly outcome: DeliveryOutcome;
  readonly steps: readonly DeliveryStep[];
  /** It waits for the site as a whole; absent: as the status says, of the network or the way (RFC 3463 X.4.X). */
  readonly isOfSite?: boolean | undefined;
}

export interface Transport {
  readonly name: string;
  /** The part of Postfix that does this: `pipe`, `smtp`; the log has its name. Absent: the transport's own. */
  readonly program?: string;
  /**
   * Delivers, and calls `done` once for each recipient as soon as its fate is known. Recipients for which it throws
   * before that count as deferred.
   */
  deliver(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void>;
  /** Tells what `deliver` would do, as far as that can be known without doing it (`sendmail -bv`). */
  verify?(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void>;
}

/** The way for a recipient. Recipients of one message with the same transport and next hop are delivered together. */
export interface Route {
  readonly transport: Transport;
  readonly nexthop: string;
}

/** Chooses the way for a recipient of a message from `sender`. Never throws for what the world does. */
export type Router = (address: string, sender: string) => Route | Promise<Route>;

/** The way that `transport:nexthop` names, for mail to `address` (`default_filter_nexthop` when it names no next hop). */
export type NamedRoute = (filter: string, address: string) => Route;

export function delivered(text: string): DeliveryOutcome {
  return { kind: "delivered", status: "2.0.0", text };
}

/** `deferred` or `failed`, as the status's class says. */
export function undelivered(status: string, text: string): DeliveryOutcome {
  return { kind: status.startsWith("5") ? "failed" : "deferred", status, text };
}
