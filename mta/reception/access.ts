/** Who may come, and how much of it: what is asked of a client before its commands are judged (anvil(8), XCLIENT, logins). */

import type { SmtpAnswer } from "../smtp/question.ts";
import type { Client, KeptSession } from "./kept_session.ts";

export interface Admission {
  /** smtpd_authorized_xclient_hosts */
  readonly mayXclient: boolean;
  /** smtpd_forbid_bare_newline_exclusions */
  readonly mayUseBareNewline: boolean;
  /** Not in smtpd_client_event_limit_exceptions. */
  readonly isLimited: boolean;
}

/** An answer refuses; `undefined` does not. */
export interface Access {
  /** Never throws. */
  admit(client: Client): Promise<Admission>;
  connected(session: KeptSession, service: string): SmtpAnswer | undefined;
  disconnected(session: KeptSession): void;
  /** Is there a limit of messages, so that MAIL is to be told of? */
  countsMail(): boolean;
  tlsBegins(session: KeptSession, service: string, how: "starttls" | "tlsConnect"): SmtpAnswer | undefined;
  mailBegins(session: KeptSession, service: string): SmtpAnswer | undefined;
  recipientComes(session: KeptSession, service: string): SmtpAnswer | undefined;
  mayLogin(session: KeptSession, service: string, user: string): SmtpAnswer | undefined;
  loginEnded(session: KeptSession, user: string, accepted: boolean): void;
}
