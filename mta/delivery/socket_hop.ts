/** Next hops of LMTP that are socket files (lmtp(8)): `unix:private/dovecot-lmtp`. */

import type { HopHost } from "./next_hop.ts";

/** The host that stands for the file; `undefined` when the next hop is none. */
export function socketHost(nexthop: string, hostname: string): HopHost | undefined {
  const path = /^unix:(.+)$/.exec(nexthop)?.[1];
  if (path === undefined) return undefined;
  // A name of one part would look like a host's.
  const address = path.includes("/") ? path : `./${path}`;
  return {
    name: hostname,
    address,
    port: 0,
    preference: 0,
    destination: nexthop,
    isFallback: false,
    tls: {
      level: "none",
      reason: { source: "a socket file", notes: [] },
      match: [],
      fingerprints: [],
      digest: "sha256",
      tlsa: [],
      serverName: "",
      protocols: "",
      ciphers: "",
      excludeCiphers: "",
      needsRequireTls: false,
      isTesting: false,
    },
  };
}
