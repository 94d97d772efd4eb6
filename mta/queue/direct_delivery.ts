/**
 * The short way: a message for one mailbox here goes into it before its sender is told 250, and never comes into the queue.
 * What it saves is the queue's file; what it promises is the same: 250 is said after the message is on disk (RFC 5321 §6.1).
 *
 * | what comes in the way | what becomes of the message |
 * |---|---|
 * | several recipients, an alias that leads elsewhere, a `.forward`, a command, an mbox, a report that is wanted | the queue |
 * | no room, no right, a table that cannot be read | the queue: it is tried again, or returned, from there |
 * | a crash before the mailbox has it | nothing: its sender was not told, and sends again |
 * | a crash after that, before 250 | the sender sends again, and it is there twice: as with any lost reply |
 *
 * The log's lines are those of a message that passes through the queue.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { QueuedMessage, QueueEnvelope, QueueId } from "../../store/spool/spool.ts";

import type { DeliveryJob, DeliveryStep, Router } from "../delivery/delivery.ts";
import { formatActive, formatDelivery } from "./delivery_log.ts";

/** A transport that can deliver at once what is simple. */
export interface PlainDelivery {
  readonly name: string;
  /** Into the one mailbox that the job's one recipient comes to; `undefined`: nothing was done, and why is not told. */
  deliverPlainly(job: DeliveryJob): Promise<DeliveryStep | undefined>;
}

export interface DirectDeliveryOptions {
  readonly route: Router;
  readonly local: PlainDelivery;
  readonly clock: Clock;
  readonly log: Log;
}

export class DirectDelivery {
  readonly #options: DirectDeliveryOptions;

  constructor(options: DirectDeliveryOptions) {
    this.#options = options;
  }

  /**
   * True: the message is in its mailbox, durably. False: nothing was done. `onDelivered` is called before the log's lines
   * about it. Never throws.
   */
  async deliver(
    id: QueueId,
    envelope: QueueEnvelope,
    content: Bytes,
    onDelivered: () => void,
  ): Promise<boolean> {
    const { route, local, clock, log } = this.#options;
    const [recipient] = envelope.recipients;
    if (recipient === undefined || !isSimple(envelope)) return false;
    const startMs = clock.now();
    try {
      const { transport, nexthop } = await route(recipient.address, envelope.sender);
      if (transport.name !== local.name) return false;
      const message: QueuedMessage = {
        id,
        queue: "active",
        envelope,
        octets: content.length,
        outcomes: [undefined],
        nextAttemptMs: 0,
        attempts: 0,
      };
      const step = await local.deliverPlainly({
        message,
        nexthop,
        recipients: [0],
        content: async function* () {
          yield content;
        },
      });
      if (step === undefined) return false;
      onDelivered();
      const { address, relay, outcome, connectMs, transmitMs } = step;
      const delaysMs = [startMs - envelope.arrivedMs, 0, connectMs, transmitMs] as const;
      log.part("qmgr").write("info", formatActive(message));
      log.part(local.name).write(
        "info",
        formatDelivery(id, { address, recipient, relay, outcome, delaysMs }),
      );
      log.part("qmgr").write("info", `${id}: removed`);
      return true;
    } catch (thrown) {
      log.write("debug", `${id}: not delivered at once: ${thrown}`);
      return false;
    }
  }
}

/** One recipient, no filter, and no report to make of its delivery (RFC 3461 §4.1). */
function isSimple({ recipients, filter, trace, expanded }: QueueEnvelope): boolean {
  return recipients.length === 1 && filter === undefined && trace === undefined && expanded === undefined &&
    recipients[0]!.notify?.includes("SUCCESS") !== true;
}
