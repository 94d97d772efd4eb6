/**
 * A spool whose messages have whole addresses (cleanup(8) over trivial-rewrite(8)): programs hand in `root`, the queue, the
 * log and reports speak of `root@$myorigin`. What lies in `maildrop` is shown as it was handed in.
 */

import type { QueuedMessage } from "../../store/spool/spool.ts";

import { canonicalAddress } from "../address/recipient.ts";

import type { ManagedSpool } from "./queue_manager.ts";

/** `spool` with the addresses of what mail programs of this machine left made whole; all else passes through. */
export function canonicalSpool(spool: ManagedSpool, myorigin: () => string): ManagedSpool {
  const whole = (message: QueuedMessage): QueuedMessage => {
    const { envelope, queue } = message;
    if (queue === "maildrop" || envelope.attributes.rewrite_context !== "local") return message;
    const canonical = (address: string) => canonicalAddress(address, { myorigin: myorigin() });
    return {
      ...message,
      envelope: {
        ...envelope,
        sender: canonical(envelope.sender),
        recipients: envelope.recipients.map((recipient) => ({
          ...recipient,
          address: canonical(recipient.address),
          original: canonical(recipient.original),
        })),
      },
    };
  };
  return {
    begin: () => spool.begin(),
    async *scan() {
      for await (const message of spool.scan()) yield whole(message);
    },
    find: async (id) => {
      const message = await spool.find(id);
      return message === undefined ? undefined : whole(message);
    },
    content: (id) => spool.content(id),
    activate: (id) => spool.activate(id),
    record: (id, outcomes) => spool.record(id, outcomes),
    defer: (id, nextAttemptMs) => spool.defer(id, nextAttemptMs),
    hold: (id) => spool.hold(id),
    release: (id) => spool.release(id),
    remove: (id) => spool.remove(id),
    finish: (id) => spool.finish(id),
    settle: () => spool.settle(),
    collect: () => spool.collect(),
  };
}
