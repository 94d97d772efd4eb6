/** Queues the report about recipients that failed. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type {
  DeliveryOutcome,
  QueuedMessage,
  QueueEnvelope,
  QueueId,
  Spool,
} from "../../store/spool/spool.ts";

import { readHeader } from "../delivery/mail_copy.ts";
import type { FailedRecipient } from "./bounce.ts";
import { formatBounce, reportable, returnsHeaderOnly } from "./bounce.ts";
import type { QueueSettings } from "./schedule.ts";

export interface BounceOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  readonly hostname: string;
  readonly settings: Pick<QueueSettings, "bounceMaxOctets">;
  /** Makes the report's envelope ready for the queue: the sender it goes to may be an alias. @throws TempFailure */
  readonly cleanEnvelope?: ((envelope: QueueEnvelope) => Promise<QueueEnvelope>) | undefined;
}

/** The id of the report, durable in the queue; `undefined` when nobody is to be told. */
export async function sendBounce(
  message: QueuedMessage,
  outcomes: ReadonlyMap<number, DeliveryOutcome>,
  options: BounceOptions,
): Promise<QueueId | undefined> {
  const { spool, clock, hostname } = options;
  const { id, envelope } = message;
  const log = options.log.part("bounce");
  const all: FailedRecipient[] = Array.from(outcomes, ([index, { status, text }]) => {
    return { recipient: envelope.recipients[index]!, status, text };
  });
  const failed = reportable(envelope.sender, all);
  if (failed.length === 0) {
    if (envelope.sender === "") {
      log.write("warning", `${id}: undeliverable report discarded: its sender is <>`);
    }
    return undefined;
  }
  const headerOnly = returnsHeaderOnly(message, options.settings.bounceMaxOctets);
  const entry = await spool.begin();
  try {
    const nowMs = clock.now();
    const zoneMinutes = -new Date(nowMs).getTimezoneOffset();
    const { prefix, suffix } = formatBounce({
      message,
      failed,
      id: entry.id,
      hostname,
      nowMs,
      zoneMinutes,
      headerOnly,
    });
    await entry.write(prefix);
    if (headerOnly) await entry.write(await readHeader(spool.content(id), options.settings.bounceMaxOctets));
    else for await (const chunk of spool.content(id)) await entry.write(chunk);
    await entry.write(suffix);
    const report: QueueEnvelope = {
      sender: "",
      recipients: [{ address: envelope.sender, original: envelope.sender }],
      arrivedMs: nowMs,
      attributes: {},
      smtpUtf8: envelope.smtpUtf8,
      body: envelope.smtpUtf8 ? "8BITMIME" : envelope.body,
    };
    await entry.commit(await options.cleanEnvelope?.(report) ?? report);
  } catch (thrown) {
    await entry.abort();
    throw thrown;
  }
  log.write("info", `${id}: sender non-delivery notification: ${entry.id}`);
  return entry.id;
}
