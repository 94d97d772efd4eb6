/**
 * New messages for those whom a local recipient's mail is passed on to, so that what happens on their way has its own
 * place in the queue: one message for all that share a sender and a Delivered-To: line, which ends loops.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";

import type { QueuedRecipient, QueueEnvelope, QueueId, Spool } from "../../store/spool/spool.ts";

import type { Destination } from "../address/expansion_tree.ts";
import { formatMailDate } from "../smtp/trace.ts";
import type { DeliveryJob } from "./delivery.ts";
import { fieldLine } from "./mail_copy.ts";
import type { LocalDeliverySettings } from "./local_settings.ts";

export type Forward = Extract<Destination, { kind: "forward" }>;

export interface LocalForwardOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly delivery: Pick<LocalDeliverySettings, "myhostname" | "mailName">;
  /** Takes an envelope as cleanup(8) takes what comes in: canonical and virtual tables, and so on. */
  readonly cleanEnvelope?: ((envelope: QueueEnvelope) => Promise<QueueEnvelope>) | undefined;
  /** A message was queued. */
  readonly onForwarded: (id: QueueId) => void;
}

/** Destinations that go into one message. */
export function groupForwards(forwards: readonly Forward[]): readonly (readonly Forward[])[] {
  return [...Map.groupBy(forwards, ({ sender }) => sender).values()];
}

/** Queues one message for destinations of a group. @throws TempFailure */
export async function forwardMessage(
  job: DeliveryJob,
  recipient: QueuedRecipient,
  group: readonly Forward[],
  options: LocalForwardOptions,
): Promise<QueueId> {
  const { spool, clock, delivery, onForwarded, cleanEnvelope } = options;
  const { envelope } = job.message;
  const [first] = group;
  const given: QueueEnvelope = {
    ...envelope,
    trace: undefined,
    verp: undefined,
    expanded: undefined,
    filter: undefined,
    sender: first?.sender ?? envelope.sender,
    arrivedMs: clock.now(),
    ...(first?.sender === undefined ? {} : { ret: undefined, envelopeId: undefined }),
    recipients: group.map(({ to, sender }) =>
      // Whose reports go to a list's owner is a recipient of the list (RFC 3461 §5.2.7.3).
      sender === undefined
        ? {
          address: to,
          original: recipient.original,
          notify: withoutSuccess(recipient.notify),
          dsnOriginal: recipient.dsnOriginal,
        }
        : { address: to, original: to }
    ),
  };
  const cleaned = await cleanEnvelope?.(given) ?? given;
  const entry = await spool.begin();
  try {
    const received = formatPassedOn(entry.id, { ...delivery, timeMs: clock.now() });
    const deliveredTo = fieldLine(`Delivered-To: ${recipient.address}`);
    await entry.write(utf8Bytes(`${received}${deliveredTo}`));
    for await (const chunk of job.content()) await entry.write(chunk);
    await entry.commit(cleaned);
  } catch (thrown) {
    await entry.abort();
    throw thrown;
  }
  onForwarded(entry.id);
  return entry.id;
}

/** That it arrived at the alias is all that the sender is to hear of success (RFC 3461 §5.2.7.3). */
function withoutSuccess(notify: QueuedRecipient["notify"]): QueuedRecipient["notify"] {
  if (notify === undefined || !notify.includes("SUCCESS")) return notify;
  const others = notify.filter((word) => word !== "SUCCESS");
  return others.length === 0 ? ["NEVER"] : others;
}

/** The trace field of a message that this server has made of another (RFC 5321 §4.4). */
function formatPassedOn(
  id: QueueId,
  { myhostname, mailName, timeMs }: LocalForwardOptions["delivery"] & { readonly timeMs: number },
): string {
  const minutes = -new Date(timeMs).getTimezoneOffset();
  return `Received: by ${myhostname} (${mailName})\n\tid ${id}; ${formatMailDate(timeMs, { minutes })}\n`;
}
