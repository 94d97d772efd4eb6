/**
 * One attempt to deliver a message: from what the spool says of it to outcomes that are known, logged and, where several
 * recipients are involved, recorded as they come.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { DeliveryOutcome, QueuedMessage, QueueId, Spool } from "../../store/spool/spool.ts";

import type { DeliveryReport, Route, Router, Transport } from "../delivery/delivery.ts";
import { toldTransport, unavailableTransport } from "../delivery/routing.ts";
import { formatDelivery } from "./delivery_log.ts";
import type { Outcomes } from "./outcomes.ts";

export interface AttemptOptions {
  readonly spool: Spool;
  readonly route: Router;
  readonly clock: Clock;
  readonly log: Log;
  /** When the message was ready to be tried. */
  readonly readyMs: number;
}

/** Delivers to those who wait; their fates go into `outcomes`, and some into the spool already. Never throws. */
export async function attemptDelivery(
  message: QueuedMessage,
  outcomes: Outcomes,
  options: AttemptOptions,
): Promise<void> {
  const { spool, clock, log, readyMs } = options;
  const startMs = clock.now();
  const waiting = outcomes.waiting();
  const open = new Set(waiting);
  const recorder = waiting.length > 1 ? new Recorder(message.id, outcomes, spool) : undefined;

  const done = (transport: Transport) => (index: number, report: DeliveryReport) => {
    if (!open.delete(index)) return;
    outcomes.set(index, report.outcome);
    const { arrivedMs, recipients } = message.envelope;
    for (const { address, relay, outcome, connectMs, transmitMs } of report.steps) {
      const text = formatDelivery(message.id, {
        address,
        recipient: recipients[index]!,
        relay,
        outcome,
        delaysMs: [readyMs - arrivedMs, startMs - readyMs, connectMs, transmitMs],
      });
      log.part(transport.name).write("info", text);
    }
    if (report.outcome.kind === "delivered" && open.size > 0) recorder?.wake();
  };

  await Promise.all(
    (await groupByRoute(message, waiting, options.route)).map(async ({ transport, nexthop, recipients }) => {
      const tell = done(transport);
      let trouble = "no outcome";
      try {
        const content = () => spool.content(message.id);
        await transport.deliver({ message, nexthop, recipients, content }, tell);
      } catch (thrown) {
        trouble = failureText(thrown);
        log.write("error", `${message.id}: transport ${transport.name}: ${trouble}`);
      }
      for (const index of recipients) {
        if (!open.has(index)) continue;
        const outcome: DeliveryOutcome = {
          kind: "deferred",
          status: "4.3.0",
          text: `delivery failed: ${trouble}`,
        };
        const address = message.envelope.recipients[index]!.address;
        tell(index, { outcome, steps: [{ address, relay: "none", outcome, connectMs: 0, transmitMs: 0 }] });
      }
    }),
  );
  await recorder?.idle();
}

interface Group extends Route {
  readonly recipients: number[];
}

async function groupByRoute(
  message: QueuedMessage,
  waiting: readonly number[],
  route: Router,
): Promise<readonly Group[]> {
  const { recipients, sender, filter } = message.envelope;
  if (filter !== undefined) return [{ ...filterRoute(filter), recipients: [...waiting] }];
  const groups: Group[] = [];
  for (const index of waiting) {
    const { transport, nexthop } = await route(recipients[index]!.address, sender);
    const group = groups.find((group) => group.transport === transport && group.nexthop === nexthop);
    if (group === undefined) groups.push({ transport, nexthop, recipients: [index] });
    else group.recipients.push(index);
  }
  return groups;
}

/** What takes the whole message, whoever its recipients are (content_filter, FILTER); `transport:nexthop`. */
function filterRoute(filter: string): Route {
  const [, name = filter, nexthop = ""] = /^([^:]*):(.*)$/.exec(filter) ?? [];
  return { transport: toldTransport(name, nexthop) ?? unavailableTransport(name), nexthop };
}

/**
 * Records deliveries while others of the same message go on, so that a crash repeats few of them. What comes while a
 * record is being written goes into the next one. Trouble is left to the record at the end of the attempt.
 */
class Recorder {
  readonly #id: QueueId;
  readonly #outcomes: Outcomes;
  readonly #spool: Spool;
  #running: Promise<void> | undefined;

  constructor(id: QueueId, outcomes: Outcomes, spool: Spool) {
    this.#id = id;
    this.#outcomes = outcomes;
    this.#spool = spool;
  }

  wake(): void {
    this.#running ??= this.#run().finally(() => this.#running = undefined);
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const finished = this.#outcomes.unrecorded("delivered");
      if (finished.size === 0) return;
      try {
        await this.#spool.record(this.#id, finished);
      } catch {
        return;
      }
      this.#outcomes.recorded(finished);
    }
  }
}
