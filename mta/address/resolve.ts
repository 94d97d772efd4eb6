/**
 * Where mail for an address goes: its class, transport and next hop, as trivial-rewrite(8) resolves it
 * (ADDRESS_CLASS_README, transport(5), relocated(5)).
 */

import { isValidDomain, parseAddressLiteral } from "../../tools/kit/mail/domain.ts";

import { type Classified, classify } from "./classify.ts";
import { askMaps, findAddress } from "./find_address.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import { isFailure } from "./lookup.ts";
import type { Resolved } from "./resolved.ts";
import { cutDomain, plainLocalPart, rewriteAddress } from "./rewrite.ts";
import type { AddressSettings } from "./settings.ts";
import { applyTransportLine, domainOf, findTransport, overrideWay, type Way } from "./transport.ts";
import { unwrapAddress } from "./unwrap.ts";

/**
 * The address may be as it came; it is rewritten to canonical form first. `sender` chooses among the
 * sender_dependent_ tables: `""` is the null sender, `undefined` leaves them out.
 */
export function* resolveAddress(
  address: string,
  settings: AddressSettings,
  sender?: string,
): Evaluation<Resolved | LookupFailure> {
  const unwrapped = yield* unwrapAddress(rewriteAddress(address, settings), settings);
  if (isFailure(unwrapped)) return unwrapped;
  const { recipient, local } = unwrapped;
  const domain = domainOf(recipient);
  if (!isMailDomain(cutDomain(recipient).domain ?? "")) return malformed(recipient, { domain, settings });
  const classified = yield* classify(domain, local, settings);
  if (isFailure(classified)) return classified;
  const first = yield* firstWay(classified, { domain, sender, settings });
  if (isFailure(first)) return first;
  const way = yield* changedWay(recipient, { ...first, class: classified.class, domain, settings });
  if (isFailure(way)) return way;
  return {
    class: classified.class,
    transport: way.transport,
    nexthop: way.nexthop,
    recipient,
    routed: !settings.allowUntrustedRouting && /[@!%]/.exec(recipient)?.index !== recipient.lastIndexOf("@"),
    ...(plainLocalPart(recipient).startsWith("-") && !settings.allowMinUser ? { problem: badSyntax } : {}),
    found: classified.found,
    route: way.route,
    warnings: classified.warnings,
  };
}

const badSyntax = "bad address syntax";

function isMailDomain(domain: string): boolean {
  if (domain.startsWith("[")) return parseAddressLiteral(domain) !== undefined;
  return isValidDomain(domain) && !domain.endsWith(".");
}

interface Context {
  readonly domain: string;
  readonly settings: AddressSettings;
}

function malformed(recipient: string, { domain, settings }: Context): Resolved {
  const way = overrideWay(settings.defaultTransport, domain);
  return { class: "default", ...way, recipient, routed: false, problem: badSyntax, warnings: [] };
}

type Routed = Way & Pick<Resolved, "route">;

/** Transport and next hop by class. */
function* firstWay(
  classified: Classified,
  { domain, sender, settings }: Context & { readonly sender: string | undefined },
): Evaluation<Routed | LookupFailure> {
  switch (classified.class) {
    case "local":
      return overrideWay(settings.localTransport, domain);
    case "alias": {
      const where = settings.showUserUnknownTableName ? " in virtual alias table" : "";
      return { transport: "error", nexthop: `5.1.1 User unknown${where}` };
    }
    case "virtual":
      return overrideWay(settings.virtualTransport, domain);
    case "relay":
    case "default": {
      const hop = yield* relayHop(domain, sender, settings);
      if (isFailure(hop)) return hop;
      if (classified.class === "relay") {
        return { ...overrideWay(settings.relayTransport, hop.nexthop), route: hop.route };
      }
      const maps = settings.senderDependentDefaultTransportMaps;
      const own = yield* findForSender(maps, sender, settings);
      if (isFailure(own)) return own;
      if (own === undefined) {
        return { ...overrideWay(settings.defaultTransport, hop.nexthop), route: hop.route };
      }
      const route = { parameter: "sender_dependent_default_transport_maps", ...own };
      const way = overrideWay(own.value, hop.nexthop);
      // `:host` names no transport.
      return {
        ...way,
        transport: way.transport || overrideWay(settings.defaultTransport, "").transport,
        route,
      };
    }
  }
}

/** sender_dependent_relayhost_maps, relayhost, the domain itself. */
function* relayHop(
  domain: string,
  sender: string | undefined,
  settings: AddressSettings,
): Evaluation<Pick<Routed, "nexthop" | "route"> | LookupFailure> {
  const own = yield* findForSender(settings.senderDependentRelayhostMaps, sender, settings);
  if (isFailure(own)) return own;
  if (own !== undefined) {
    return { nexthop: own.value, route: { parameter: "sender_dependent_relayhost_maps", ...own } };
  }
  const { relayhost } = settings;
  if (relayhost === "") return { nexthop: domain, route: undefined };
  return { nexthop: relayhost, route: { parameter: "relayhost", table: "relayhost", key: relayhost } };
}

/** What a sender's table says; the null sender is `<>` there, and DUNNO says nothing. */
function* findForSender(
  maps: AddressSettings["canonicalMaps"],
  sender: string | undefined,
  settings: AddressSettings,
) {
  if (sender === undefined || maps.length === 0) return undefined;
  const hit = sender === ""
    ? yield* askMaps(maps, "<>", { partial: false })
    : yield* findAddress(maps, rewriteAddress(sender, settings), settings);
  if (hit === undefined || isFailure(hit)) return hit;
  const { table, key, line, value } = hit;
  return value.trim().toUpperCase() === "DUNNO" ? undefined : { table, key, line, value: value.trim() };
}

/** transport_maps, which say nothing for virtual alias domains, then relocated_maps. */
function* changedWay(
  recipient: string,
  given: Routed & Context & Pick<Resolved, "class">,
): Evaluation<Routed | LookupFailure> {
  const { domain, settings } = given;
  let way: Routed = { transport: given.transport, nexthop: given.nexthop, route: given.route };
  if (given.class !== "alias" && settings.transportMaps.length > 0) {
    const line = yield* findTransport(recipient, settings);
    if (isFailure(line)) return line;
    if (line !== undefined) {
      const changed = applyTransportLine(line.value, way, domain);
      way = { ...changed, route: { parameter: "transport_maps", ...line } };
    }
  }
  const moved = yield* findAddress(settings.relocatedMaps, recipient, settings);
  if (isFailure(moved)) return moved;
  if (moved === undefined) return way;
  const { table, key, line, value } = moved;
  return {
    transport: "error",
    nexthop: `5.1.6 User has moved to ${value}`,
    route: { parameter: "relocated_maps", table, key, line, value },
  };
}
