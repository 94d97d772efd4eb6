/**
 * Mail for a local user that another transport delivers (local(8) mailbox_transport, fallback_transport): it gets the
 * message with the one recipient, under the address that expansion came to.
 */

import type { Destination } from "../address/expansion_tree.ts";
import type { DeliveryReport, DeliveryStep, NamedRoute } from "./delivery.ts";
import { undelivered } from "./delivery.ts";
import type { LocalErrand } from "./local_reach.ts";

export type PassedOn = Extract<Destination, { kind: "transport" }>;

/** What the transport says; the last of its steps, if it logs several. */
export async function passOn(
  { job, recipient, sender }: LocalErrand,
  { transport: spec, address }: PassedOn,
  named: NamedRoute,
): Promise<DeliveryStep> {
  const { transport, nexthop } = named(spec, address);
  const { message } = job;
  const reports: DeliveryReport[] = [];
  await transport.deliver({
    ...job,
    nexthop,
    message: {
      ...message,
      envelope: { ...message.envelope, sender, recipients: [{ ...recipient, address }] },
      outcomes: [undefined],
    },
    recipients: [0],
  }, (_, report) => reports.push(report));
  const [report] = reports;
  const outcome = report?.outcome ?? undelivered("4.3.0", "mail transport unavailable");
  const step = report?.steps.at(-1) ?? { address, relay: transport.name, connectMs: 0, transmitMs: 0 };
  return { ...step, outcome };
}
