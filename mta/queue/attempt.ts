/**
 * One attempt to deliver a message: from what the spool says of it to outcomes that are known, logged and, where several
 * recipients are involved, recorded as they come.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { DeliveryOutcome, QueuedMessage, QueueId, Spool } from "../../store/spool/spool.ts";

import type { DeliveryReport, Transport } from "../delivery/delivery.ts";
import { tellingTransports } from "../delivery/routing.ts";
import { formatDelivery } from "./delivery_log.ts";
import type { PlannedDelivery } from "./delivery_plan.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Outcomes } from "./outcomes.ts";

export interface AttemptOptions {
  readonly spool: Spool;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: Log;
  /** When the message was ready to be tried. */
  readonly readyMs: number;
}

/**
 * Makes the planned deliveries, each when the dispatcher gives it a turn; the recipients' fates go into `outcomes`, and
 * some into the spool already. False when the server stops and some were not tried. Never throws.
 */
export async function attemptDelivery(
  message: QueuedMessage,
  outcomes: Outcomes,
  options: AttemptOptions & { readonly plan: readonly PlannedDelivery[] },
): Promise<boolean> {
  const { plan, dispatcher, clock, log, readyMs } = options;
  const isProbe = message.envelope.trace === "verify";
  const open = new Set(plan.flatMap(({ recipients }) => recipients));
  const recorder = open.size > 1 ? new Recorder(message.id, outcomes, options.spool) : undefined;
  const tell = (
    { name, program = name }: Transport,
    startMs: number,
    index: number,
    report: DeliveryReport,
  ) => {
    if (!open.delete(index)) return;
    outcomes.set(index, report.outcome, report.steps.at(-1)?.relay);
    const { arrivedMs, recipients } = message.envelope;
    for (const { address, relay, connectionUses, outcome, connectMs, transmitMs } of report.steps) {
      const text = formatDelivery(message.id, {
        address,
        recipient: recipients[index]!,
        relay,
        connectionUses,
        outcome,
        delaysMs: [readyMs - arrivedMs, startMs - readyMs, connectMs, transmitMs],
        isProbe,
      });
      log.part(program).write("info", text);
    }
    if (report.outcome.kind === "delivered" && open.size > 0) recorder?.wake();
  };
  const tellRest = (transport: Transport, recipients: readonly number[], outcome: DeliveryOutcome) => {
    for (const index of recipients) {
      const address = message.envelope.recipients[index]!.address;
      const step = { address, relay: "none", outcome, connectMs: 0, transmitMs: 0 };
      tell(transport, clock.now(), index, { outcome, steps: [step] });
    }
  };

  const claim = {
    fresh: message.attempts === 0,
    sender: message.envelope.sender,
    message: message.id,
  };
  const run = async ({ transport, nexthop, sender, recipients }: PlannedDelivery) => {
    const startMs = clock.now();
    const reports: DeliveryReport[] = [];
    let trouble = "no outcome";
    try {
      const content = () => options.spool.content(message.id);
      const job = { message: withSender(message, sender), nexthop, recipients, content };
      const done = (index: number, report: DeliveryReport) => {
        reports.push(report);
        tell(transport, startMs, index, report);
      };
      if (!isProbe) await transport.deliver(job, done);
      else if (transport.verify !== undefined) await transport.verify(job, done);
      else trouble = `transport ${transport.name} cannot tell without delivering`;
    } catch (thrown) {
      trouble = failureText(thrown);
      log.write("error", `${message.id}: transport ${transport.name}: ${trouble}`);
    }
    tellRest(transport, recipients, {
      kind: "deferred",
      status: "4.3.0",
      text: `delivery failed: ${trouble}`,
    });
    return tellingTransports.includes(transport.name) ? undefined : siteTrouble(reports);
  };
  await Promise.all(plan.map(async (delivery) => {
    const { transport, destination, recipients } = delivery;
    const { name } = transport;
    const dispatched = await dispatcher.dispatch({
      transport: name,
      destination,
      claim,
      run: () => run(delivery),
    });
    if (dispatched.kind !== "suspended") return;
    const { status, text } = dispatched.reason;
    const outcome = { kind: "deferred", status, text: `delivery temporarily suspended: ${text}` } as const;
    tellRest(transport, recipients, outcome);
  }));
  await recorder?.idle();
  return open.size === 0;
}

function withSender(message: QueuedMessage, sender: string): QueuedMessage {
  const { envelope } = message;
  // It names the recipient already.
  return sender === envelope.sender
    ? message
    : { ...message, envelope: { ...envelope, sender, verp: undefined } };
}

/** Why a site as a whole could not be used: all of a delivery waits for it. */
function siteTrouble(reports: readonly DeliveryReport[]): DeliveryOutcome | undefined {
  const isOfSite = reports.every(({ outcome, isOfSite }) =>
    outcome.kind === "deferred" && (isOfSite ?? outcome.status.startsWith("4.4."))
  );
  return isOfSite ? reports[0]?.outcome : undefined;
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
