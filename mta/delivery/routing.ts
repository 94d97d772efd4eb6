/** Ways out of the queue: what trivial-rewrite(8) resolves an address to, as the transport of that name. */

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { LookupFailure } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import type { Resolved } from "../address/resolved.ts";
import type { NamedRoute, Route, Router, Transport } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";

/** `local`, `virtual`, `smtp`, and those that the settings define; asked each time, as a reload may change them. */
export type TransportsByName = (name: string) => Transport | undefined;

export interface RoutingOptions {
  /** `sender` chooses among the sender_dependent_ tables. */
  readonly resolve: (address: string, sender: string) => Promise<Resolved | LookupFailure>;
  readonly transports: TransportsByName;
  readonly onWarning: (text: string) => void;
}

export function createRouter(options: RoutingOptions): Router {
  const { resolve, transports, onWarning } = options;
  const named = transportsByName(transports);
  return async (address, sender) => {
    const resolved = await resolve(address, sender);
    if (isFailure(resolved)) {
      onWarning(resolved.failure);
      return told(fixedOutcome("retry", undelivered("4.3.0", "address resolver failure")));
    }
    for (const warning of resolved.warnings) onWarning(warning);
    if (resolved.problem !== undefined) {
      return told(fixedOutcome("error", undelivered("5.1.3", resolved.problem)));
    }
    const { transport: name, nexthop } = resolved;
    const fixed = toldTransport(name, nexthop);
    if (fixed !== undefined) return told(fixed);
    return { transport: named(name), nexthop };
  };
}

/** The way that content_filter or FILTER names; a next hop that it lacks is `defaultNexthop()` or the recipient's domain. */
export function createNamedRoute(
  transports: TransportsByName,
  defaultNexthop: () => string,
): NamedRoute {
  const named = transportsByName(transports);
  return (filter, address) => {
    const [, name = filter, given = ""] = /^([^:]*):(.*)$/s.exec(filter) ?? [];
    const fixed = toldTransport(name, given);
    if (fixed !== undefined) return told(fixed);
    const nexthop = [given, defaultNexthop(), address.slice(address.lastIndexOf("@") + 1)];
    return { transport: named(name), nexthop: nexthop.find((one) => one !== "") ?? "" };
  };
}

/** One object a name, also for those that there are not. */
function transportsByName(transports: TransportsByName): (name: string) => Transport {
  const missing = new Map<string, Transport>();
  return (name) => {
    const known = transports(name) ?? missing.get(name);
    const transport = known ?? unavailableTransport(name);
    if (known === undefined) missing.set(name, transport);
    return transport;
  };
}

/** A way that leads nowhere. */
function told(transport: Transport): Route {
  return { transport, nexthop: "" };
}

/** Transports whose word is final: what they say is of the mail, not of a site. */
export const tellingTransports: readonly string[] = ["error", "retry", "discard"];

/** What `transport:nexthop` itself says will become of the mail: error, retry and discard. */
export function toldTransport(name: string, nexthop: string): Transport | undefined {
  switch (name) {
    case "error":
      return fixedOutcome(name, worded(nexthop, "5"));
    case "retry":
      return fixedOutcome(name, worded(nexthop, "4"));
    case "discard":
      return fixedOutcome(name, delivered(nexthop === "" ? "discarded" : nexthop));
    default:
      return undefined;
  }
}

/** `5.1.1 text`, or text alone (transport(5) error:, retry:). */
function worded(nexthop: string, digit: "4" | "5"): DeliveryOutcome {
  const [, detail, text] = /^[245](\.\d{1,3}\.\d{1,3})\s+(.*)$/s.exec(nexthop) ?? [];
  const words = (text ?? nexthop).trim();
  return undelivered(`${digit}${detail ?? ".0.0"}`, words === "" ? "Address is undeliverable" : words);
}

/** A transport that this server does not have: mail for it waits in the queue, as long as mail may wait. */
export function unavailableTransport(name: string): Transport {
  return fixedOutcome(name, undelivered("4.3.0", "mail transport unavailable"));
}

/** The same for everybody. */
function fixedOutcome(name: string, outcome: DeliveryOutcome): Transport {
  const tell: Transport["deliver"] = ({ message, recipients }, done) => {
    for (const index of recipients) {
      const { address } = message.envelope.recipients[index]!;
      done(index, { outcome, steps: [{ address, relay: "none", outcome, connectMs: 0, transmitMs: 0 }] });
    }
    return Promise.resolve();
  };
  return { name, deliver: tell, verify: tell };
}
