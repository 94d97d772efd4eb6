/** What local delivery would do with a message, in the words of local(8): pure. */

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { Destination, ExpansionNode } from "../address/expansion_tree.ts";
import type { DeliveryStep } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";

/** `format`: of the mailbox that the destination's user has. */
export function verifyDestination(
  destination: Destination,
  format: "maildir" | "mbox",
): DeliveryStep {
  const { address } = destination;
  const step = (outcome: DeliveryOutcome, to = address) => {
    return { address: to, relay: "local", outcome, connectMs: 0, transmitMs: 0 };
  };
  switch (destination.kind) {
    case "user":
      return step(delivered(format === "maildir" ? "delivers to maildir" : "delivers to mailbox"));
    case "forward":
      return step(delivered(`forwards to ${destination.to}`), destination.to);
    case "file":
      return step(delivered(`delivers to file: ${destination.path}`));
    case "command":
      return step(delivered(`delivers to command: ${destination.command}`));
    case "transport":
      return step(delivered(`delivers to transport: ${destination.transport}`));
    case "discarded":
      return step(delivered("discards"));
    case "refused":
      return step(undelivered(destination.status, destination.text));
  }
}

/**
 * Is a success at the recipient's own address the end of the matter (RFC 3461 §5.2.7)? An alias or a `.forward` without an
 * owner is `expanded`; with an owner it is a mailing list, to which the message is delivered.
 */
export function isExpanded({ found }: ExpansionNode): boolean {
  return found.some((finding) =>
    finding.kind === "list" || (finding.kind === "alias" && finding.owner === undefined)
  );
}
