/** LOGIN (RFC 3501 §6.2.3), and what it shares with AUTHENTICATE: asking for the verdict, and saying it. */

import { latin1Bytes, utf8TextStrict } from "../../../tools/kit/base/bytes.ts";
import { isLoopback } from "../../../tools/kit/mail/ip.ts";

import { describePeer } from "../log_line.ts";
import {
  ask,
  type Completion,
  no,
  ok,
  type Operation,
  type Running,
  say,
  type SessionContext,
} from "./operation.ts";

/** Failed logins of one connection; then it ends. */
const maxLoginAttempts = 10;

const authenticationFailed = "[AUTHENTICATIONFAILED] Authentication failed.";

const cleartextRefused =
  "[PRIVACYREQUIRED] Cleartext authentication disallowed on non-secure (SSL/TLS) connections.";

const passwordExposed =
  "* BAD [ALERT] cleartext authentication not allowed without SSL/TLS, but your client did it anyway. " +
  "If anyone was listening, the password was exposed.";

/** Whether a password may come as it is: inside TLS, over loopback, or where the administrator says so. */
export function mayUseCleartext(session: SessionContext): boolean {
  const { settings, tls, peer } = session;
  return settings.allowCleartext || tls !== undefined ||
    (isLoopback(peer.address) && isLoopback(peer.localAddress));
}

/** `exposed` when the password has already been on the wire. */
export function* refuseCleartext(options: { readonly exposed: boolean }): Running<Completion> {
  if (options.exposed) yield* say(passwordExposed);
  return no(cleartextRefused);
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly mechanism: string;
}

/** Asks for the verdict; a refusal waits (RFC 3501 §11.1). */
export function* logIn(session: SessionContext, credentials: Credentials): Running<Completion> {
  session.counters.loginAttempts++;
  const { peer, tls } = session;
  const answer = yield* ask({ kind: "login", ...credentials, peer, tls });
  switch (answer.outcome) {
    case "accepted": {
      session.state = { phase: "authenticated", user: answer.user };
      const who = describePeer(session, { user: answer.user, mechanism: credentials.mechanism });
      yield { kind: "log", level: "info", text: `imap-login: Login: ${who}` };
      return ok(`[CAPABILITY ${session.capabilities()}] Logged in`);
    }
    case "unavailable":
      return no("[UNAVAILABLE] Temporary authentication failure.");
    case "refused":
      return yield* failLogin(session, credentials);
  }
}

/** The one answer to every failed login, after the delay. */
export function* failLogin(
  session: SessionContext,
  tried: { readonly user: string; readonly mechanism: string },
): Running<Completion> {
  session.lastTried = tried;
  yield { kind: "pause", ms: session.settings.failureDelayMs };
  if (session.counters.loginAttempts < maxLoginAttempts) return no(authenticationFailed);
  session.endReason = "Too many failed logins";
  yield* say("* BYE Too many failed logins.");
  return { ...no(authenticationFailed), close: true };
}

export const login: Operation = {
  name: "LOGIN",
  phases: ["greeted"],
  check: (cursor, session) => {
    cursor.space();
    const user = utf8TextStrict(latin1Bytes(cursor.astring()));
    cursor.space();
    const password = utf8TextStrict(latin1Bytes(cursor.astring()));
    cursor.end();
    return function* () {
      if (!mayUseCleartext(session)) return yield* refuseCleartext({ exposed: true });
      // RFC 4616 §2, for the same reason: an empty password must never reach a check.
      if (user === undefined || password === undefined || user === "" || password === "") {
        session.counters.loginAttempts++;
        return yield* failLogin(session, { user: user ?? "", mechanism: "PLAIN" });
      }
      return yield* logIn(session, { user, password, mechanism: "PLAIN" });
    };
  },
};
