/**
 * Settings: how much is sent to one destination at a time: `default_destination_...` for all transports, and
 * `smtp_destination_...` and so on for each.
 */

import { text } from "../kinds.ts";
import type { Parameter } from "../parameter.ts";
import { count, seconds } from "../postfix_rows.ts";

/** `1`, `1/5`, `1/concurrency`, `1/sqrt_concurrency`. */
function feedback(fallback: string, doc: string): Parameter<string> {
  const form = /^\s*\d+(?:\.\d+)?\s*(?:\/\s*(?:concurrency|sqrt_concurrency|0*[1-9]\d*(?:\.\d+)?)\s*)?$/;
  const check = (value: string) =>
    form.test(value) ? undefined : `expected a number, or 1/concurrency, not "${value}"`;
  return text({ default: fallback, doc, origin: "postconf(5)", check });
}

/** How a transport may be used: the names behind its own name and `_`. */
export const transportRows = {
  destination_concurrency_limit: count(
    "$default_destination_concurrency_limit",
    "How many deliveries to one destination are under way at a time. 0: any number.",
  ),
  destination_recipient_limit: count(
    "$default_destination_recipient_limit",
    "How many recipients one delivery may have. 1: destinations are recipients, not domains. 0: any number.",
  ),
  initial_destination_concurrency: count(
    "$initial_destination_concurrency",
    "How many deliveries to one destination are tried at first.",
    1,
  ),
  destination_rate_delay: seconds(
    "$default_destination_rate_delay",
    "How long to wait between deliveries to one destination; one at a time then.",
  ),
  transport_rate_delay: seconds(
    "$default_transport_rate_delay",
    "How long to wait between deliveries of the transport; one at a time then.",
  ),
  destination_concurrency_positive_feedback: feedback(
    "$default_destination_concurrency_positive_feedback",
    "By how much a good delivery lets the concurrency grow: a number, 1/concurrency, 1/sqrt_concurrency.",
  ),
  destination_concurrency_negative_feedback: feedback(
    "$default_destination_concurrency_negative_feedback",
    "By how much a delivery that failed to connect lets it shrink.",
  ),
  destination_concurrency_failed_cohort_limit: count(
    "$default_destination_concurrency_failed_cohort_limit",
    "After how many failures of all that is under way a destination counts as dead. 0: never.",
  ),
};

export type TransportRowName = keyof typeof transportRows;

/** Transports that are always there and whose limits can be set. */
export const namedTransports = ["local", "virtual", "smtp", "relay", "lmtp"] as const;

type NamedTransport = (typeof namedTransports)[number];

type RowsOfTransports = {
  readonly [
    K in {
      [T in NamedTransport]: { [R in TransportRowName]: readonly [T, R] }[TransportRowName];
    }[NamedTransport] as `${K[0]}_${K[1]}`
  ]: (typeof transportRows)[K[1]];
};

function rowsOfTransports(): RowsOfTransports {
  const entries = namedTransports.flatMap((transport) =>
    Object.entries<Parameter<unknown>>(transportRows).map(([name, row]) => [
      `${transport}_${name}`,
      { ...row, doc: `What default_${name.replace(/^initial_/, "")} is for all, for ${transport}.` },
    ])
  );
  // Each transport's name before each row's: what the type says.
  return Object.fromEntries(entries) as RowsOfTransports;
}

export const transportParameters = {
  default_destination_concurrency_limit: count(
    20,
    "For all transports: deliveries to one destination at a time.",
  ),
  default_destination_recipient_limit: count(50, "For all transports: recipients of one delivery."),
  initial_destination_concurrency: count(5, "For all transports: deliveries to one destination at first.", 1),
  default_destination_rate_delay: seconds(
    "0s",
    "For all transports: time between deliveries to one destination.",
  ),
  default_transport_rate_delay: seconds("0s", "For all transports: time between deliveries."),
  default_destination_concurrency_positive_feedback: feedback(
    "1",
    "By how much a good delivery lets the concurrency grow.",
  ),
  default_destination_concurrency_negative_feedback: feedback(
    "1",
    "By how much a delivery that failed to connect lets it shrink.",
  ),
  default_destination_concurrency_failed_cohort_limit: count(
    1,
    "After how many failures of all that is under way a destination counts as dead. 0: never.",
  ),
  ...rowsOfTransports(),
  local_destination_concurrency_limit: count(
    2,
    "How many deliveries to one local recipient are under way at a time.",
  ),
  local_destination_recipient_limit: count(1, "How many recipients one local delivery may have."),
};
