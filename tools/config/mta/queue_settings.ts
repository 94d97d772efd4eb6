/**
 * From settings to the queue manager's: when it tries and gives up, and what each transport bears. Pure.
 *
 * Deviation: local_destination_concurrency_limit counts only when it is set. Postfix's default of 2 spares processes that
 * wait for one mailbox's lock; here waiting costs next to nothing, and maildirs gain from deliveries that share a sync.
 */

import type { QueueSettings, TransportLimits } from "../../../mta/queue/schedule.ts";
import { defaultTransportLimits, parseFeedback } from "../../../mta/queue/schedule.ts";

import type { LoadedSettings } from "../load.ts";
import type { Settings } from "../schema.ts";
import type { TransportLimitValues } from "../transports.ts";

type Loaded = Pick<LoadedSettings, "settings" | "transports" | "sourceOf">;

export function queueSettings(loaded: Loaded): QueueSettings {
  const { settings, transports } = loaded;
  const limits = new Map<string, TransportLimits>();
  for (const [name, { limits: values, way }] of transports) {
    const given = transportLimits(values, settings);
    limits.set(name, way.kind === "here" ? limitsHere(name, given, loaded) : given);
  }
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

/** Nobody on this machine need be approached with care: what is allowed is allowed from the start. */
function limitsHere(name: string, given: TransportLimits, { settings, sourceOf }: Loaded): TransportLimits {
  const isOurs = name === "local" && sourceOf("local_destination_concurrency_limit") === "default";
  const most = isOurs ? settings.default_destination_concurrency_limit : given.concurrencyLimit;
  return { ...given, concurrencyLimit: most, initialConcurrency: most === 0 ? given.deliveriesAtOnce : most };
}
