/** Which deliveries a message comes to: its recipients by their way and next hop, in parts of what a transport takes at once. */

import type { QueuedMessage } from "../../store/spool/spool.ts";

import type { NamedRoute, Route, Router } from "../delivery/delivery.ts";
import type { QueueSettings } from "./schedule.ts";

export interface PlannedDelivery extends Route {
  /** What limits and rests go by: the next hop, or the recipient where a delivery takes only one. */
  readonly destination: string;
  /** Indexes into the envelope's recipients. */
  readonly recipients: readonly number[];
}

export interface PlanOptions {
  readonly route: Router;
  /** The way that `transport:nexthop` names, for what takes the whole message (content_filter, FILTER). */
  readonly named: NamedRoute;
  readonly settings: Pick<QueueSettings, "limitsOf">;
}

/** The deliveries to those of the recipients. */
export async function planDeliveries(
  message: QueuedMessage,
  recipients: readonly number[],
  { route, named, settings }: PlanOptions,
): Promise<readonly PlannedDelivery[]> {
  const { envelope } = message;
  const groups = new Map<
    Route["transport"],
    Map<string, { readonly way: Route; readonly indexes: number[] }>
  >();
  for (const index of recipients) {
    const { address } = envelope.recipients[index]!;
    const way = envelope.filter === undefined
      ? await route(address, envelope.sender)
      : named(envelope.filter, address);
    const isOwn = settings.limitsOf(way.transport.name).recipientLimit === 1;
    const destination = (isOwn ? address : way.nexthop).toLowerCase();
    let ofTransport = groups.get(way.transport);
    if (ofTransport === undefined) groups.set(way.transport, ofTransport = new Map());
    const group = ofTransport.get(destination);
    if (group === undefined) ofTransport.set(destination, { way, indexes: [index] });
    else group.indexes.push(index);
  }
  const planned: PlannedDelivery[] = [];
  for (const [transport, destinations] of groups) {
    const { recipientLimit } = settings.limitsOf(transport.name);
    // With VERP each recipient has a sender of its own (VERP_README).
    const most = envelope.verp !== undefined ? 1 : recipientLimit === 0 ? Infinity : recipientLimit;
    for (const [destination, { way, indexes }] of destinations) {
      for (let start = 0; start < indexes.length; start += most) {
        planned.push({ ...way, destination, recipients: indexes.slice(start, start + most) });
      }
    }
  }
  return planned;
}
