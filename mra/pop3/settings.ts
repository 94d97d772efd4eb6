/** What of the configuration a POP3 session needs; cloneable. */

export interface Pop3Settings {
  /** Text after `+OK ` in the greeting. */
  readonly greeting: string;
  /** Passwords may be shown also on an unprotected connection (Dovecot auth_allow_cleartext). */
  readonly allowCleartext: boolean;
  /** Also between two ends on this machine (Dovecot holds such a connection for secured). */
  readonly allowCleartextOnLoopback: boolean;
  /** SASL mechanisms offered, by name; without regard to case. */
  readonly mechanisms: readonly string[];
  /** There is a certificate. */
  readonly offerStls: boolean;
  /** RFC 1939 §3: at least 10 minutes. */
  readonly idleMs: number;
  /** Before the login. Deviation: RFC 1939 §3: shorter than 10 minutes, as Dovecot has it, against idle strangers. */
  readonly loginIdleMs: number;
  /** Pause before the answer to a failed login (Dovecot auth_failure_delay). */
  readonly failureDelayMs: number;
  /** So many failed logins on one connection end it. */
  readonly maxFailedLogins: number;
  readonly maxBadCommands: number;
  readonly maxBadCommandsBeforeLogin: number;
}

export const defaultPop3Settings: Pop3Settings = {
  greeting: "mailsrv ready.",
  allowCleartext: false,
  allowCleartextOnLoopback: true,
  mechanisms: ["PLAIN", "LOGIN"],
  offerStls: true,
  idleMs: 600_000,
  loginIdleMs: 180_000,
  failureDelayMs: 2000,
  maxFailedLogins: 10,
  maxBadCommands: 20,
  maxBadCommandsBeforeLogin: 10,
};
