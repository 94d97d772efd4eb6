/** Hosts that are socket files (`unix:private/lmtp`): their address is a path. */

import type { HopHost } from "../delivery/next_hop.ts";

export function isSocketFile({ address }: Pick<HopHost, "address">): boolean {
  return address.includes("/");
}

/** `mx.test[192.0.2.1]` */
export function whereOf({ name, address }: Pick<HopHost, "name" | "address">): string {
  return `${name}[${address}]`;
}

/** `mx.test[192.0.2.1]:25`; a socket file has no port. */
export function relayOf(host: Pick<HopHost, "name" | "address" | "port">): string {
  return isSocketFile(host) ? whereOf(host) : `${whereOf(host)}:${host.port}`;
}
