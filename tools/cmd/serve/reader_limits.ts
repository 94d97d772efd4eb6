/** How much of a reader's worker one address may have. */

import type { ServerLimits } from "../../kit/net/server.ts";
import { defaultSessionLimits } from "../../kit/net/session.ts";

export interface ReaderLimitSettings {
  /** Places in all (`imap_client_limit`, `pop3_client_limit`). */
  readonly connections: number;
  /** `login_timeout` */
  readonly loginTimeoutMs: number;
}

/**
 * Before a login nothing tells clients apart but their address (mail_max_userip_connections counts logins), so one address,
 * or one IPv6 network, gets half of the places: it cannot shut out all others with connections that say nothing.
 */
export function readerLimits({ connections, loginTimeoutMs }: ReaderLimitSettings): Partial<ServerLimits> {
  return {
    connections,
    connectionsPerAddress: Math.ceil(connections / 2),
    handshakeMs: Math.min(defaultSessionLimits.handshakeMs, loginTimeoutMs),
  };
}

/** A webmail or a proxy on this machine speaks for many. */
export const exemptAddresses: readonly string[] = ["127.0.0.1", "::1"];
