/** A message that was just committed and not touched since, as it would be read from its file. */

import type { QueuedMessage, QueueEnvelope, QueueId, QueueName } from "./spool.ts";

export function freshMessage(
  id: QueueId,
  queue: QueueName,
  { envelope, content }: { readonly envelope: QueueEnvelope; readonly content: Uint8Array },
): QueuedMessage {
  return {
    id,
    queue,
    envelope,
    octets: content.length,
    outcomes: new Array(envelope.recipients.length).fill(undefined),
    nextAttemptMs: 0,
    attempts: 0,
  };
}
