/**
 * What a verb's row says: `check` looks at the session and the command and either refuses or gives what to do; it changes
 * nothing. What it gives may ask questions and come back.
 */

import type { Command } from "./command.ts";
import type { SmtpRole } from "./question.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** Ends with `session.finish`, now or after an answer, or leaves that to the phase that it opens. */
export type Proceed = (session: Session) => void;

/** A session as `check` may look at it. */
export type SessionView = Readonly<
  Pick<
    Session,
    | "settings"
    | "role"
    | "peer"
    | "client"
    | "mayXclient"
    | "helo"
    | "tls"
    | "login"
    | "mail"
    | "hasKeyword"
    | "clientLabel"
    | "offersStartTls"
    | "offersAuth"
  >
>;

export interface CommandRow {
  readonly verb: string;
  readonly rfc: string;
  /** All roles when absent. */
  readonly roles?: readonly SmtpRole[];
  /** Counts as junk (`smtpd_junk_command_limit`). */
  readonly junk?: true;
  /** Allowed before TLS where TLS is a must. */
  readonly beforeTls?: true;
  /** HELP does not name it. */
  readonly hidden?: true;
  /** Only as the last of a pipelined group (RFC 2920 §3.1). */
  readonly last?: true;
  check(session: SessionView, command: Command): Reply | Proceed;
}
