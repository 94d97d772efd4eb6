/** The sender that a message leaves with, which may depend on the recipient: pure. */

import type { QueuedRecipient, QueueEnvelope } from "../../store/spool/spool.ts";

import { verpSender } from "./verp.ts";

/** Senders of mail that is forwarded for others, changed so that the mail may come from here (SRS). */
export type SenderRewriter = (sender: string, recipient: QueuedRecipient) => string;

export function returnPath(
  { sender, verp }: QueueEnvelope,
  recipient: QueuedRecipient,
  rewrite: SenderRewriter | undefined,
): string {
  if (sender === "") return sender;
  if (verp !== undefined) return verpSender(sender, recipient.address, verp);
  return rewrite?.(sender, recipient) ?? sender;
}
