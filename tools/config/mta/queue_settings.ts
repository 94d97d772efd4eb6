/** From settings to the queue manager's: when it tries and gives up, and what each transport bears. Pure. */

import type { QueueSettings, TransportLimits } from "../../../mta/queue/schedule.ts";
import { defaultTransportLimits, parseFeedback } from "../../../mta/queue/schedule.ts";

import type { LoadedSettings } from "../load.ts";
import type { Settings } from "../schema.ts";
import type { TransportLimitValues } from "../transports.ts";

export function queueSettings(
  { settings, transports }: Pick<LoadedSettings, "settings" | "transports">,
): QueueSettings {
  const limits = new Map(
    Array.from(
      transports,
      ([name, definition]) => [name, transportLimits(definition.limits, settings)] as const,
    ),
  );
  const others = { ...defaultTransportLimits, deadMs: settings.minimal_backoff_time };
  return {
    minimalBackoffMs: settings.minimal_backoff_time,
    maximalBackoffMs: settings.maximal_backoff_time,
    maximalLifetimeMs: settings.maximal_queue_lifetime,
    bounceLifetimeMs: settings.bounce_queue_lifetime,
    delayWarningMs: settings.delay_warning_time,
    messageActiveLimit: settings.qmgr_message_active_limit,
    recipientActiveLimit: settings.qmgr_message_recipient_limit,
    limitsOf: (transport) => limits.get(transport) ?? others,
    bounceMaxOctets: settings.bounce_size_limit,
  };
}

function transportLimits(values: TransportLimitValues, settings: Settings): TransportLimits {
  const { positiveFeedback, negativeFeedback } = defaultTransportLimits;
  return {
    deliveriesAtOnce: values.process_limit === 0 ? Infinity : values.process_limit,
    recipientLimit: values.destination_recipient_limit,
    initialConcurrency: values.initial_destination_concurrency,
    concurrencyLimit: values.destination_concurrency_limit,
    rateDelayMs: values.destination_rate_delay,
    transportRateDelayMs: values.transport_rate_delay,
    failedCohortLimit: values.destination_concurrency_failed_cohort_limit,
    positiveFeedback: parseFeedback(values.destination_concurrency_positive_feedback) ?? positiveFeedback,
    negativeFeedback: parseFeedback(values.destination_concurrency_negative_feedback) ?? negativeFeedback,
    deadMs: settings.minimal_backoff_time,
  };
}
