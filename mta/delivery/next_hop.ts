/** Where a job goes: the hosts to try in order, each with its TLS policy and the login that it wants. */

import type { Random } from "../../tools/kit/base/random.ts";

import type { AddressQuestion, Evaluation } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import type { AddressSettings } from "../address/settings.ts";
import type { Hop } from "../dns/hop.ts";
import { parseHop, splitHops } from "../dns/hop.ts";
import type { HopSettings } from "../dns/hop_settings.ts";
import type { MailHost, SiteFound } from "../dns/mx.ts";
import { findSite } from "../dns/mx.ts";
import type { NameQuestion } from "../dns/question.ts";
import { findLogin } from "../relay_login/find_login.ts";
import type { RelayLogin, RelayLoginSettings } from "../relay_login/settings.ts";
import type { DestinationTls } from "../tls_policy/destination_policy.ts";
import { destinationTls } from "../tls_policy/destination_policy.ts";
import { hostTls, isUnusable, misconfigured } from "../tls_policy/host_policy.ts";
import type { TlsPolicy, TlsSettings } from "../tls_policy/policy.ts";
import type { StsPolicy } from "../tls_policy/sts_policy.ts";
import { askSts, type StsQuestion } from "../tls_policy/sts_question.ts";

export interface NextHopSettings {
  readonly hop: HopSettings;
  readonly tls: TlsSettings;
  readonly login: RelayLoginSettings;
  /** How senders are looked up in password tables. */
  readonly addresses: AddressSettings;
}

/** A host to try. Can be cloned. */
export interface HopHost {
  /** In lower case; of a literal the address itself. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Of its MX record; 0 where there is none. */
  readonly preference: number;
  /** The part of the next hop that led here, verbatim. */
  readonly destination: string;
  /** From smtp_fallback_relay. */
  readonly isFallback: boolean;
  readonly tls: TlsPolicy;
  readonly login?: RelayLogin | undefined;
}

/** `notes` are for the log: warnings, and what was left out. */
export type NextHop =
  | { readonly kind: "hosts"; readonly hosts: readonly HopHost[]; readonly notes: readonly string[] }
  | NoHosts;

/** For all recipients of the job: `5.4.4 Host or domain name not found. ...`. */
export interface NoHosts {
  readonly kind: "failed";
  readonly status: string;
  readonly text: string;
  readonly notes: readonly string[];
}

export interface NextHopRequest {
  /** As the route has it: a domain, `[host]:port`, a list of them. */
  readonly nexthop: string;
  readonly sender: string;
  /** REQUIRETLS was given with the message (RFC 8689 §2); `no`: it has `TLS-Required: No` (§5). */
  readonly requireTls?: "yes" | "no" | undefined;
}

export type NextHopQuestion = AddressQuestion | NameQuestion | StsQuestion;

interface Context {
  readonly request: NextHopRequest;
  readonly settings: NextHopSettings;
  readonly random: Pick<Random, "below">;
}

/**
 * Hosts of all parts of the next hop, then of smtp_fallback_relay; but of none that come after a part of which this host is a
 * mail exchanger: they might send it back.
 */
export function* findNextHop(
  request: NextHopRequest,
  settings: NextHopSettings,
  random: Pick<Random, "below">,
): Evaluation<NextHop, NextHopQuestion> {
  const context: Context = { request, settings, random };
  const hosts: HopHost[] = [];
  const notes: string[] = [];
  let failure: Failure = { status: "4.3.5", text: "no next hop" };
  let setting = isRelayed(context) ? "relayhost" : undefined;
  const sites = [
    ...splitHops(request.nexthop).map((text) => ({ text, isFallback: false })),
    ...settings.hop.fallbackRelay.map((text) => ({ text, isFallback: true })),
  ];
  for (const { text, isFallback } of sites) {
    if (isFallback) setting = "smtp_fallback_relay";
    const site = yield* findSiteHosts(text, isFallback, context);
    notes.push(...site.notes);
    if (site.kind === "failed") failure = { status: site.status, text: site.text };
    else hosts.push(...site.hosts);
    if (site.isOwn) break;
  }
  if (hosts.length > 0) return { kind: "hosts", hosts, notes };
  if (setting === undefined || !failure.status.startsWith("5")) return { kind: "failed", ...failure, notes };
  // What the administrator's own hosts make impossible he can mend: mail waits for that.
  notes.push(`${setting} configuration problem`);
  return { kind: "failed", status: "4.3.5", text: failure.text, notes };
}

function isRelayed({ request, settings: { hop } }: Context): boolean {
  return hop.relayhost !== "" && request.nexthop === hop.relayhost;
}

type Failure = Pick<NoHosts, "status" | "text">;

type SiteHosts =
  & { readonly isOwn: boolean; readonly notes: readonly string[] }
  & (
    | { readonly kind: "hosts"; readonly hosts: readonly HopHost[] }
    | { readonly kind: "failed"; readonly status: string; readonly text: string }
  );

function* findSiteHosts(
  text: string,
  isFallback: boolean,
  context: Context,
): Evaluation<SiteHosts, NextHopQuestion> {
  const { settings, random } = context;
  const hop = parseHop(text, settings.hop);
  if (hop.kind === "bad") {
    return { kind: "failed", status: "4.3.5", text: hop.text, isOwn: false, notes: [hop.text] };
  }
  const destination = yield* destinationTls(hop, settings.tls);
  if (isFailure(destination)) return unknown("4.7.5", misconfigured, destination.failure);
  const site = yield* findSite(hop, { settings: settings.hop, random });
  if (site.kind === "failed") return site;
  const sts = yield* findSts(hop, destination, context);
  const notes = [...site.notes, ...sts.notes];
  const hosts: HopHost[] = [];
  let refusal: Failure = { status: "4.3.5", text: "no host" };
  for (const host of site.hosts) {
    const tls = yield* protect(host, { ...context, hop, site, destination, sts: sts.policy });
    if (isUnusable(tls)) {
      refusal = { status: tls.status, text: tls.text };
      notes.push(`${host.name}[${host.address}]:${hop.port}: ${tls.note ?? tls.text}`);
      continue;
    }
    const login = yield* findLogin(
      { host: host.name, destination: text, sender: context.request.sender },
      settings.login,
      settings.addresses,
    );
    if (isFailure(login)) return unknown("4.3.0", "SASL password lookup failure", login.failure);
    const { name, address, preference } = host;
    hosts.push({ name, address, preference, port: hop.port, destination: text, isFallback, tls, login });
  }
  if (hosts.length > 0) return { kind: "hosts", hosts, isOwn: site.isOwn, notes };
  return { kind: "failed", ...refusal, isOwn: site.isOwn, notes };
}

/** What must be known cannot be looked up. */
function unknown(status: string, text: string, note: string): SiteHosts {
  return { kind: "failed", status, text, isOwn: false, notes: [note] };
}

interface Protected extends Context {
  readonly hop: Hop;
  readonly site: SiteFound;
  readonly destination: DestinationTls;
  readonly sts: StsPolicy | undefined;
}

function protect(host: MailHost, { hop, site, destination, sts, settings, request }: Protected) {
  const { requireTls } = request;
  return hostTls({
    hop,
    host,
    mx: site.mx,
    destination,
    settings: settings.tls,
    dnsSupport: settings.hop.dnsSupport,
    sts,
    requireTls,
  });
}

/** Policies are of mail domains, and tables of one's own count more (RFC 8461 §2). */
function* findSts(
  hop: Hop,
  destination: DestinationTls,
  { settings, request }: Context,
): Evaluation<
  { readonly policy: StsPolicy | undefined; readonly notes: readonly string[] },
  NextHopQuestion
> {
  const isAsked = settings.tls.mtaSts && hop.target === "domain" && !destination.isOwnChoice &&
    request.requireTls !== "no";
  if (!isAsked) return { policy: undefined, notes: [] };
  const { policy, note } = yield* askSts(hop.host);
  return { policy, notes: note === undefined ? [] : [note] };
}
