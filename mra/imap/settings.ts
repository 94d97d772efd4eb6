/** What of the configuration an IMAP session needs; cloneable. */

export interface ImapSettings {
  /** Text of the greeting (Dovecot login_greeting). */
  readonly greeting: string;
  /** Passwords may cross the wire in clear outside TLS and loopback (Dovecot auth_allow_cleartext). */
  readonly allowCleartext: boolean;
  /** A certificate is there, so STARTTLS is offered. */
  readonly startTls: boolean;
  /** Names of the SASL mechanisms offered, in order (Dovecot auth_mechanisms). */
  readonly mechanisms: readonly string[];
  /** Largest message that APPEND takes, octets; 0: no limit (RFC 7889 APPENDLIMIT). */
  readonly maxMessageOctets: number;
  /** Inactivity before `BYE` after login, milliseconds; at least 30 minutes (RFC 3501 §5.4). */
  readonly idleMs: number;
  /** How long a client may take to log in. */
  readonly loginMs: number;
  /** `* OK Still here` in IDLE (Dovecot imap_idle_notify_interval). */
  readonly notifyMs: number;
  /** How long a failed login waits for its answer (Dovecot auth_failure_delay). */
  readonly failureDelayMs: number;
}

export const defaultImapSettings: ImapSettings = {
  greeting: "mailsrv ready.",
  allowCleartext: false,
  startTls: false,
  mechanisms: ["PLAIN"],
  maxMessageOctets: 0,
  idleMs: 30 * 60_000,
  loginMs: 3 * 60_000,
  notifyMs: 2 * 60_000,
  failureDelayMs: 2000,
};
