/** For tests: ways out of the queue without tables. */

import type { Router, Transport } from "./delivery.ts";

/** Where domains alone tell: local ones are delivered here, others `elsewhere`. */
export function routeByDomain(
  options: {
    readonly isLocalDomain: (domain: string) => boolean;
    readonly local: Transport;
    readonly elsewhere: Transport;
  },
): Router {
  return (address) => {
    const domain = address.slice(address.lastIndexOf("@") + 1);
    const isLocal = !address.includes("@") || options.isLocalDomain(domain.toLowerCase());
    return { transport: isLocal ? options.local : options.elsewhere, nexthop: domain };
  };
}
