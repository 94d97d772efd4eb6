/** Next hops as routes and settings write them: `example.test`, `[mx.example.test]:587`, lists of them. */

import { isValidDomain, normalizeDomain } from "../../tools/kit/mail/domain.ts";
import { canonicalIp } from "../../tools/kit/mail/ip.ts";

export interface Hop {
  readonly kind: "hop";
  /** Verbatim: tables of TLS policies and passwords have it as a key. */
  readonly destination: string;
  /** A domain in the form to look up by, or an address. */
  readonly host: string;
  /** What `host` is: ask for MX records, for its addresses, or nothing. */
  readonly target: "domain" | "host" | "address";
  readonly port: number;
}

export interface BadHop {
  readonly kind: "bad";
  readonly destination: string;
  readonly text: string;
}

const ports: Readonly<Record<string, number>> = {
  smtp: 25,
  lmtp: 24,
  submission: 587,
  submissions: 465,
  smtps: 465,
  urd: 465,
};

/** Tried one after the other, until one takes the mail (postconf(5) relayhost). */
export function splitHops(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/**
 * | text                   | target  | host            |
 * |------------------------|---------|-----------------|
 * | `example.test`         | domain  | `example.test`  |
 * | `example.test:2525`    | domain  | `example.test`  |
 * | `[mx.example.test]`    | host    |                 |
 * | `[192.0.2.1]:587`      | address | `192.0.2.1`     |
 * | `[IPv6:2001:db8::1]`   | address | `2001:db8::1`   |
 */
export function parseHop(
  destination: string,
  { defaultPort, usesMx }: { readonly defaultPort: number; readonly usesMx: boolean },
): Hop | BadHop {
  const bad = (why: string): BadHop => ({
    kind: "bad",
    destination,
    text: `bad next hop "${destination}": ${why}`,
  });
  const plain = canonicalIp(destination);
  if (plain !== undefined) {
    return { kind: "hop", destination, host: plain, target: "address", port: defaultPort };
  }
  const [, inner, outer, service] = /^(?:\[([^\][]*)\]|([^\][:]*))(?::(.*))?$/.exec(destination) ?? [];
  const name = inner ?? outer;
  if (name === undefined) return bad("unbalanced brackets");
  if (name === "") return bad("no host");
  const port = service === undefined ? defaultPort : portOf(service);
  if (port === undefined) return bad(`unknown service "${service}"`);
  const address = canonicalIp(name.replace(/^ipv6:/i, ""));
  if (address !== undefined) return { kind: "hop", destination, host: address, target: "address", port };
  if (!isValidDomain(name)) return bad("invalid host or domain name");
  const target = inner === undefined && usesMx ? "domain" : "host";
  return { kind: "hop", destination, host: normalizeDomain(name), target, port };
}

/** A number from 1 to 65535, or a service's name. */
export function portOf(service: string): number | undefined {
  const number = /^[0-9]{1,5}$/.test(service) ? Number(service) : undefined;
  if (number !== undefined) return number > 0 && number < 65_536 ? number : undefined;
  const name = service.toLowerCase();
  return Object.hasOwn(ports, name) ? ports[name] : undefined;
}
