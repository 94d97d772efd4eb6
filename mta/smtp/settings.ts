/**
 * Settings of an SMTP or LMTP server session. Each field names the parameter of postconf(5) that it holds; defaults are
 * those of compatibility level 3.6 and above. Whoever makes a session may give it values for its client (discarded
 * keywords, exclusion from the rule on bare newlines).
 */

export type BareNewline = "normalize" | "note" | "reject" | "no";
export type TlsLevel = "none" | "may" | "encrypt";

export interface SmtpServerSettings {
  /** `myhostname` */
  readonly hostname: string;
  /** `mail_name`, for greeting and Received: */
  readonly mailName: string;
  /** `smtpd_banner`, expanded, without the code; it must begin with the host's name (RFC 5321 §4.2). */
  readonly banner: string;
  /** `message_size_limit`, octets of the CRLF form; 0: no limit. */
  readonly messageSizeLimit: number;
  /** `smtpd_recipient_limit` */
  readonly recipientLimit: number;
  /** `smtpd_recipient_overshoot_limit`: so many over the limit are refused without being counted as errors. */
  readonly recipientOvershootLimit: number;
  /** `smtpd_timeout` */
  readonly timeoutMs: number;
  /** `line_length_limit`: octets of a command line with its end. */
  readonly lineLengthLimit: number;
  /** `smtpd_sasl_response_limit`: octets of a response line. */
  readonly saslResponseLimit: number;
  /** `hopcount_limit`: so many Received: fields are too many. */
  readonly hopcountLimit: number;
  /** `message_drop_headers`, lower case: fields that are taken out of every message. */
  readonly dropHeaders: readonly string[];
  /** `smtpd_soft_error_limit`: from so many errors on, every reply waits. */
  readonly softErrorLimit: number;
  /** `smtpd_hard_error_limit`: so many errors end the session. */
  readonly hardErrorLimit: number;
  /** `smtpd_error_sleep_time` */
  readonly errorSleepMs: number;
  /** `smtpd_junk_command_limit` */
  readonly junkCommandLimit: number;
  /** `smtpd_forbid_bare_newline`; `no` for a client in `smtpd_forbid_bare_newline_exclusions`. */
  readonly forbidBareNewline: BareNewline;
  /** `smtpd_forbid_bare_newline_reject_code` */
  readonly forbidBareNewlineRejectCode: number;
  /** `smtpd_forbid_unauth_pipelining` */
  readonly forbidUnauthPipelining: boolean;
  /** `smtpd_forbidden_commands`, upper case; those that begin with no letter are always among them. */
  readonly forbiddenCommands: readonly string[];
  /** `disable_vrfy_command` */
  readonly disableVrfy: boolean;
  /** `smtpd_helo_required` */
  readonly heloRequired: boolean;
  /** `smtpd_discard_ehlo_keywords`, lower case */
  readonly discardEhloKeywords: readonly string[];
  /** `strict_rfc821_envelopes` */
  readonly strictEnvelopes: boolean;
  /** `smtputf8_enable` */
  readonly smtpUtf8: boolean;
  /** `requiretls_enable` */
  readonly requireTls: boolean;
  /** `smtpd_tls_security_level` */
  readonly tlsLevel: TlsLevel;
  /** There is a certificate to start TLS with. */
  readonly hasCertificate: boolean;
  /** `smtpd_tls_auth_only`: no AUTH without TLS, not even on loopback. */
  readonly tlsAuthOnly: boolean;
  /** `smtpd_sasl_auth_enable` */
  readonly saslAuth: boolean;
  /** `soft_bounce`: every 5xx is said as 4xx. */
  readonly softBounce: boolean;
}

/** The defaults for `hostname`, with `changes` in their place. */
export function smtpServerSettings(
  hostname: string,
  changes: Partial<SmtpServerSettings> = {},
): SmtpServerSettings {
  const mailName = changes.mailName ?? "Postfix";
  return {
    hostname,
    mailName,
    banner: `${hostname} ESMTP ${mailName}`,
    messageSizeLimit: 10_240_000,
    recipientLimit: 1000,
    recipientOvershootLimit: 1000,
    timeoutMs: 300_000,
    lineLengthLimit: 2048,
    saslResponseLimit: 12_288,
    hopcountLimit: 50,
    dropHeaders: ["bcc", "content-length", "resent-bcc", "return-path"],
    softErrorLimit: 10,
    hardErrorLimit: 20,
    errorSleepMs: 1000,
    junkCommandLimit: 100,
    forbidBareNewline: "normalize",
    forbidBareNewlineRejectCode: 550,
    forbidUnauthPipelining: true,
    forbiddenCommands: ["CONNECT", "GET", "POST"],
    disableVrfy: false,
    heloRequired: false,
    discardEhloKeywords: [],
    strictEnvelopes: false,
    smtpUtf8: true,
    requireTls: true,
    tlsLevel: "may",
    hasCertificate: false,
    tlsAuthOnly: false,
    saslAuth: false,
    softBounce: false,
    ...changes,
  };
}
