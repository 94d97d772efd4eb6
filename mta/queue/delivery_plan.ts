/** Which deliveries a message comes to: its recipients by their way and next hop, in parts of what a transport takes at once. */

import type { QueuedMessage } from "../../store/spool/spool.ts";

import type { NamedRoute, Route, Router } from "../delivery/delivery.ts";
import type { SenderRewriter } from "./return_path.ts";
import { returnPath } from "./return_path.ts";
import type { QueueSettings } from "./schedule.ts";

export interface PlannedDelivery extends Route {
  /** What limits and rests go by: the next hop, or the recipient where a delivery takes only one. */
  readonly destination: string;
  /** The sender that it leaves with (VERP, SRS). */
  readonly sender: string;
  /** Indexes into the envelope's recipients. */
  readonly recipients: readonly number[];
}

export interface PlanOptions {
  readonly route: Router;
  /** The way that `transport:nexthop` names, for what takes the whole message (content_filter, FILTER). */
  readonly named: NamedRoute;
  readonly settings: Pick<QueueSettings, "limitsOf">;
  /** For mail that leaves by a transport of that name. */
  readonly senderRewriter?: ((transport: string) => SenderRewriter | undefined) | undefined;
}

interface Group extends Pick<PlannedDelivery, "destination" | "sender"> {
  readonly way: Route;
  readonly indexes: number[];
}

/** The deliveries to those of the recipients. */
export async function planDeliveries(
  message: QueuedMessage,
  recipients: readonly number[],
  { route, named, settings, senderRewriter }: PlanOptions,
): Promise<readonly PlannedDelivery[]> {
  const { envelope } = message;
  const groups = new Map<
    Route["transport"],
    Map<string, Group>
  >();
  for (const index of recipients) {
    const recipient = envelope.recipients[index]!;
    const { address } = recipient;
    const way = envelope.filter === undefined
      ? await route(address, envelope.sender)
      : named(envelope.filter, address);
    const isOwn = settings.limitsOf(way.transport.name).recipientLimit === 1;
    const destination = (isOwn ? address : way.nexthop).toLowerCase();
    let ofTransport = groups.get(way.transport);
    if (ofTransport === undefined) groups.set(way.transport, ofTransport = new Map());
    const sender = returnPath(envelope, recipient, senderRewriter?.(way.transport.name));
    const key = `${destination} ${sender}`;
    const group = ofTransport.get(key);
    if (group === undefined) ofTransport.set(key, { way, destination, sender, indexes: [index] });
    else group.indexes.push(index);
  }
  const planned: PlannedDelivery[] = [];
  for (const [transport, destinations] of groups) {
    const { recipientLimit } = settings.limitsOf(transport.name);
    const most = recipientLimit === 0 ? Infinity : recipientLimit;
    for (const { way, destination, sender, indexes } of destinations.values()) {
      for (let start = 0; start < indexes.length; start += most) {
        planned.push({ ...way, destination, sender, recipients: indexes.slice(start, start + most) });
      }
    }
  }
  return planned;
}
