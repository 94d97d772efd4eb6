/** Settings: the queue, its retries, and bounces. */

import { duration, octets, path } from "../kinds.ts";
import { count } from "../postfix_rows.ts";

export const queueParameters = {
  queue_directory: path({
    default: "$data_directory/queue",
    doc: "The directory of the queue; made when it is missing.",
    origin: "postconf(5)",
  }),
  socket_directory: path({
    default: "$queue_directory",
    doc: "What names of sockets such as unix:private/lmtp are relative to.",
    origin: "mailsrv",
  }),
  queue_run_delay: duration({
    default: "300s",
    unit: "s",
    min: "1s",
    doc: "How often the server looks for mail that programs left in the queue without telling it.",
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
  bounce_size_limit: octets({
    default: 50_000,
    min: 1,
    doc: "A longer message is returned by its header only.",
    origin: "postconf(5)",
  }),
  qmgr_message_active_limit: count(
    20_000,
    "How many messages are under way at a time; others wait in the queue.",
    1,
  ),
  qmgr_message_recipient_limit: count(20_000, "How many recipients of messages under way are in memory.", 1),
};
