/** Settings: the queue, its retries, and bounces. */

import { boolean, duration, integer, octets, path } from "../kinds.ts";

export const queueParameters = {
  queue_directory: path({
    default: "$data_directory/queue",
    doc: "The directory of the queue; made when it is missing.",
    origin: "postconf(5)",
  }),
  queue_minfree: octets({
    default: 0,
    doc:
      "How much room the queue's disk must have before mail is taken; besides 1.5 times message_size_limit.",
    origin: "postconf(5)",
  }),
  enable_long_queue_ids: boolean({
    default: false,
    doc: "Queue ids that are never used again, instead of short ones.",
    origin: "postconf(5)",
  }),
  queue_run_delay: duration({
    default: "300s",
    unit: "s",
    min: "1s",
    doc: "How often the queue is looked through for mail that is due.",
    origin: "postconf(5)",
  }),
  minimal_backoff_time: duration({
    default: "300s",
    unit: "s",
    min: "1s",
    doc:
      "The shortest wait before mail that could not be delivered is tried again; it grows with the mail's age.",
    origin: "postconf(5)",
  }),
  maximal_backoff_time: duration({
    default: "4000s",
    unit: "s",
    min: "1s",
    doc: "The longest wait between two tries.",
    origin: "postconf(5)",
  }),
  maximal_queue_lifetime: duration({
    default: "5d",
    unit: "d",
    max: "90d",
    doc: "How long mail is tried before it is returned to its sender. 0: one try.",
    origin: "postconf(5)",
  }),
  bounce_queue_lifetime: duration({
    default: "5d",
    unit: "d",
    max: "90d",
    doc: "The same for mail with the empty sender, such as bounces; at most maximal_queue_lifetime.",
    origin: "postconf(5)",
  }),
  delay_warning_time: duration({
    default: "0h",
    unit: "h",
    doc: "After how long the sender is told that the mail is still waiting. 0: never.",
    origin: "postconf(5)",
  }),
  bounce_size_limit: octets({
    default: 50_000,
    min: 1,
    doc: "A longer message is returned by its header only.",
    origin: "postconf(5)",
  }),
  qmgr_message_active_limit: integer({
    default: 20_000,
    min: 1,
    doc: "How many messages are in delivery or about to be.",
    origin: "postconf(5)",
  }),
  initial_destination_concurrency: integer({
    default: 5,
    min: 1,
    doc: "How many deliveries to one destination run at first; more while they succeed.",
    origin: "postconf(5)",
  }),
  default_destination_concurrency_limit: integer({
    default: 20,
    doc: "How many deliveries to one destination run at most. 0: no limit.",
    origin: "postconf(5)",
  }),
  default_destination_recipient_limit: integer({
    default: 50,
    doc: "How many recipients one delivery has at most. 0: no limit.",
    origin: "postconf(5)",
  }),
  local_destination_concurrency_limit: integer({
    default: 2,
    doc: "How many deliveries to one local user run at most. 0: no limit.",
    origin: "postconf(5)",
  }),
};
