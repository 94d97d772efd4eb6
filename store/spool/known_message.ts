/** What the spool knows in memory of each message. */

import type { QueuedMessage, QueueEnvelope, QueueId, QueueName } from "./spool.ts";
import type { HeldPlace } from "./spool_directory.ts";

export interface KnownMessage {
  place: HeldPlace;
  /** Being delivered. */
  active: boolean;
  shape?: Shape;
}

/** Where a message's parts are, once its file has been read or written. */
export interface Shape {
  readonly contentOctets: number;
  /** End of the journal: the next line goes here. */
  end: number;
  /** Something that does not count stands behind `end`. */
  torn: boolean;
}

/** The order of postqueue(1). */
export const queueNames: readonly QueueName[] = ["maildrop", "active", "incoming", "deferred", "hold"];

export function queueOf({ place, active }: KnownMessage): QueueName {
  return active ? "active" : place;
}

/** A message that was just committed and not touched since. */
export function freshMessage(
  id: QueueId,
  known: KnownMessage,
  { envelope, content }: { readonly envelope: QueueEnvelope; readonly content: Uint8Array },
): QueuedMessage {
  return {
    id,
    queue: queueOf(known),
    envelope,
    octets: content.length,
    outcomes: new Array(envelope.recipients.length).fill(undefined),
    nextAttemptMs: 0,
    attempts: 0,
  };
}
