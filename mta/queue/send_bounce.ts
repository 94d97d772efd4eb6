/** Queues the report about recipients that failed outside of an attempt to deliver. */

import type { DeliveryOutcome, QueuedMessage, QueueId } from "../../store/spool/spool.ts";

import type { QueueSettings } from "./schedule.ts";
import type { ReportOptions, ReportSettings } from "./send_report.ts";
import { defaultReportSettings, sendReports } from "./send_report.ts";

export interface BounceOptions extends Omit<ReportOptions, "reports"> {
  readonly hostname: string;
  readonly settings: Pick<QueueSettings, "bounceMaxOctets">;
  readonly reports?: ReportSettings | undefined;
}

/** The id of the report, durable in the queue; `undefined` when nobody is to be told. */
export async function sendBounce(
  message: QueuedMessage,
  outcomes: ReadonlyMap<number, DeliveryOutcome>,
  options: BounceOptions,
): Promise<QueueId | undefined> {
  const { hostname, settings: { bounceMaxOctets } } = options;
  const reports = options.reports ?? { ...defaultReportSettings(hostname), bounceMaxOctets };
  const all = message.envelope.recipients.map((_, index) => outcomes.get(index));
  const result = { outcomes: all, relays: [], warns: false, wasWarned: false };
  return (await sendReports(message, result, { ...options, reports }))[0];
}
