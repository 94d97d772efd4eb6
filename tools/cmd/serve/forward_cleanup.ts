/** What local delivery passes on, made ready for the queue as cleanup(8) makes it: rewritten, but neither copied nor checked. */

import { TempFailure } from "../../kit/base/failure.ts";

import type { QueueEnvelope } from "../../../store/spool/spool.ts";
import type { Users } from "../../../store/users/users.ts";

import { cleanEnvelope, EnvelopeCleaner } from "../../../mta/cleanup/envelope.ts";
import { runAddressEvaluation } from "../../../mta/reception/run_evaluation.ts";

import type { Current } from "./snapshot.ts";

/** @throws TempFailure when a table cannot be asked, or tables lead round and round */
export async function cleanForwarded(
  envelope: QueueEnvelope,
  { current, users }: { readonly current: Current; readonly users: Users },
): Promise<QueueEnvelope> {
  const { cleanupFor, tables } = current.snapshot;
  const cleaner = new EnvelopeCleaner(cleanupFor("smtp"), "internal");
  const steps = cleanEnvelope(cleaner, envelope.sender, envelope.recipients);
  const failure = await runAddressEvaluation(steps, { tables, users });
  if (failure !== undefined) {
    throw new TempFailure("4.3.0", "unable to forward message", {
      cause: new Error(failure.failure),
    });
  }
  return { ...envelope, sender: cleaner.sender, recipients: cleaner.recipients };
}
