/** Lines that administrators' scripts look for, in Dovecot's words (fail2ban: `auth failed`, `rip=`). */

import type { Counters, SessionContext } from "./op/operation.ts";

interface Who {
  readonly user: string;
  readonly mechanism?: string | undefined;
}

type Facts = Pick<SessionContext, "peer" | "tls" | "sessionId">;

/** `user=<u>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, TLS, session=<id>` */
export function describePeer({ peer, tls, sessionId }: Facts, { user, mechanism }: Who): string {
  return [
    `user=<${loggable(user)}>`,
    ...(mechanism === undefined ? [] : [`method=${mechanism}`]),
    `rip=${peer.address}`,
    `lip=${peer.localAddress}`,
    ...(tls === undefined ? [] : ["TLS"]),
    `session=<${sessionId}>`,
  ].join(", ");
}

/** A name that somebody typed: it must not close its brackets and go on with an address of its own. */
function loggable(user: string): string {
  // deno-lint-ignore no-control-regex
  return user.replace(/[\x00-\x20<>,=\x7f]/g, "?").slice(0, 100);
}

/** A connection that ended without a login. */
export function formatLoginEnd(
  facts: Facts & Pick<SessionContext, "counters" | "lastTried">,
  end: { readonly reason: string; readonly seconds: number },
): string {
  const attempts = facts.counters.loginAttempts;
  const tries = attempts === 0
    ? `no auth attempts in ${end.seconds} secs`
    : `auth failed, ${attempts} attempts in ${end.seconds} secs`;
  return `imap-login: Disconnected: ${end.reason} (${tries}): ${
    describePeer(facts, facts.lastTried ?? { user: "" })
  }`;
}

export interface Traffic {
  readonly octetsIn: number;
  readonly octetsOut: number;
}

/** A session that had logged in. */
export function formatSessionEnd(
  who: { readonly user: string; readonly sessionId: string; readonly reason: string },
  counters: Counters,
  traffic: Traffic,
): string {
  const { deleted, expunged, headerCount, headerOctets, bodyCount, bodyOctets } = counters;
  return `imap(${who.user})<${who.sessionId}>: Disconnected: ${who.reason} in=${traffic.octetsIn} out=${traffic.octetsOut} ` +
    `deleted=${deleted} expunged=${expunged} trashed=0 hdr_count=${headerCount} hdr_bytes=${headerOctets} ` +
    `body_count=${bodyCount} body_bytes=${bodyOctets}`;
}
