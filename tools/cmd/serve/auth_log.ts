/** What is logged of logins, in the words of Dovecot's auth: fail2ban bans by name, address and reason. */

import type { LoginRequest } from "../../../mra/login.ts";

type Who = Pick<LoginRequest, "protocol" | "user" | "peer">;

/** `passwd-file(joe,192.0.2.1): Password mismatch`: the protocol stands in the session's own line. */
export function formatRefusal(who: Who, reason: string): string {
  return `passwd-file(${loggable(who.user)},${who.peer.address}): ${reason}`;
}

/** `imap: login of joe from 192.0.2.1: why` */
export function formatLoginFailure(who: Who, why: string): string {
  return `${who.protocol}: login of ${loggable(who.user)} from ${who.peer.address}: ${why}`;
}

const maxLoggedLength = 100;

/** A name that somebody typed: it must not end what it stands in and go on with an address of its own. */
function loggable(user: string): string {
  return user.slice(0, maxLoggedLength).replace(/[^!-~\u00a1-\u1fff]|[(),<>=:]/g, "?");
}
