/** Ways out of the queue: local domains are delivered here; for all others there is no way yet. */

import { splitAddress } from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import type { Router, Transport } from "./delivery.ts";
import { undelivered } from "./delivery.ts";

export interface RoutingOptions {
  /** The domain is given normalized. */
  readonly isLocalDomain: (domain: string) => boolean;
  readonly local: Transport;
  readonly elsewhere: Transport;
}

/** Chooses by domain; an address without one is local. */
export function createRouter(options: RoutingOptions): Router {
  return (address) => {
    const { domain } = splitAddress(address);
    return domain === "" || options.isLocalDomain(normalizeDomain(domain))
      ? options.local
      : options.elsewhere;
  };
}

/** A transport that this server does not have: mail for it waits in the queue, as long as mail may wait. */
export function unavailableTransport(name: string): Transport {
  const outcome = undelivered(
    "4.4.1",
    `mail transport "${name}" is not available yet: this server cannot pass mail on to other hosts`,
  );
  return {
    name,
    deliver: ({ message, recipients }, done) => {
      for (const index of recipients) {
        const { address } = message.envelope.recipients[index]!;
        done(index, { outcome, steps: [{ address, relay: "none", outcome, connectMs: 0, transmitMs: 0 }] });
      }
      return Promise.resolve();
    },
  };
}
