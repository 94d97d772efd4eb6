/** Settings: the SMTP server (smtpd_...), what it takes and how long it waits. */

import { boolean, choice, duration, integer, list, octets, text } from "../kinds.ts";
import { networks } from "../list_kinds.ts";

export const smtpParameters = {
  smtpd_banner: text({
    default: "$myhostname ESMTP $mail_name",
    doc: "The text after 220 in the greeting. RFC 5321 §4.2 wants $myhostname first.",
    origin: "postconf(5)",
  }),
  smtpd_timeout: duration({
    default: "300s",
    unit: "s",
    min: "1s",
    doc: "How long to wait for a client's next line, or for it to take a reply (RFC 5321 §4.5.3.2).",
    origin: "postconf(5)",
  }),
  smtpd_starttls_timeout: duration({
    default: "300s",
    unit: "s",
    min: "1s",
    doc: "How long a TLS handshake may take.",
    origin: "postconf(5)",
  }),
  message_size_limit: octets({
    default: 10_240_000,
    doc: "The largest message taken, envelope included; told to clients as SIZE (RFC 1870). 0: no limit.",
    origin: "postconf(5)",
  }),
  line_length_limit: octets({
    default: 2048,
    min: 512,
    doc: "The longest command line taken (RFC 5321 §4.5.3.1.4 asks for at least 512).",
    origin: "postconf(5)",
  }),
  hopcount_limit: integer({
    default: 50,
    min: 1,
    doc: "How many Received: fields a message may have before it is taken for looping (RFC 5321 §6.3).",
    origin: "postconf(5)",
  }),
  smtpd_recipient_limit: integer({
    default: 1000,
    min: 100,
    doc: "How many recipients one message may have here (RFC 5321 §4.5.3.1.8 asks for at least 100).",
    origin: "postconf(5)",
  }),
  smtpd_recipient_overshoot_limit: integer({
    default: 1000,
    doc: "How many recipients over smtpd_recipient_limit are refused before they count as errors.",
    origin: "postconf(5)",
  }),
  smtpd_soft_error_limit: integer({
    default: 10,
    doc: "After this many errors without mail every reply waits longer.",
    origin: "postconf(5)",
  }),
  smtpd_hard_error_limit: integer({
    default: 20,
    min: 1,
    doc: "After this many errors without mail the client is sent away with 421.",
    origin: "postconf(5)",
  }),
  smtpd_junk_command_limit: integer({
    default: 100,
    min: 1,
    doc: "How many NOOP, RSET, VRFY and the like a client may send before each counts as an error.",
    origin: "postconf(5)",
  }),
  smtpd_error_sleep_time: duration({
    default: "1s",
    unit: "s",
    max: "60s",
    doc: "How long the reply to an error waits, after the first few.",
    origin: "postconf(5)",
  }),
  smtpd_forbid_bare_newline: choice(["normalize", "reject", "note", "yes", "no"], {
    default: "normalize",
    doc:
      "What becomes of a line that ends with LF alone, the tool of SMTP smuggling: normalize (only CRLF.CRLF " +
      "ends the message), reject, note (log only), no; yes means normalize.",
    origin: "postconf(5)",
  }),
  smtpd_forbid_bare_newline_exclusions: networks({
    default: "$mynetworks",
    doc: "Clients that smtpd_forbid_bare_newline does not apply to.",
    origin: "postconf(5)",
  }),
  smtpd_forbid_bare_newline_reject_code: integer({
    default: 550,
    min: 400,
    max: 599,
    doc: "The reply code to a bare LF when smtpd_forbid_bare_newline is reject.",
    origin: "postconf(5)",
  }),
  smtpd_forbid_unauth_pipelining: boolean({
    default: true,
    doc:
      "Send away clients that talk before their turn without PIPELINING having been agreed (RFC 2920 §3.1).",
    origin: "postconf(5)",
  }),
  message_drop_headers: list({
    default: "bcc, content-length, resent-bcc, return-path",
    doc: "Header fields that are taken out of every message that is handed in.",
    origin: "postconf(5)",
  }),
  smtpd_sasl_authenticated_header: boolean({
    default: false,
    doc: "Tell in the Received: field who logged in.",
    origin: "postconf(5)",
  }),
  smtpd_forbidden_commands: list({
    default: "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}",
    doc: "First words of lines that no SMTP client sends: the connection is closed at once.",
    origin: "postconf(5)",
  }),
  smtpd_helo_required: boolean({
    default: false,
    doc: "Refuse MAIL before HELO or EHLO.",
    origin: "postconf(5)",
  }),
  smtpd_discard_ehlo_keywords: list({
    default: [],
    doc: "Extensions that are not offered in the reply to EHLO: pipelining, size, vrfy, starttls, auth, " +
      "enhancedstatuscodes, 8bitmime, dsn, smtputf8, chunking.",
    origin: "postconf(5)",
  }),
  disable_vrfy_command: boolean({
    default: false,
    doc: "Answer VRFY with 502.",
    origin: "postconf(5)",
  }),
  strict_rfc821_envelopes: boolean({
    default: false,
    doc: "Refuse addresses in MAIL and RCPT that are not in < > or that hold comments and phrases.",
    origin: "postconf(5)",
  }),
  smtputf8_enable: boolean({
    default: true,
    doc: "Offer SMTPUTF8: addresses and headers in UTF-8 (RFC 6531).",
    origin: "postconf(5)",
  }),
  smtpd_sasl_response_limit: octets({
    default: 12_288,
    min: 1024,
    doc: "The longest line taken of a login's exchange (RFC 4954 §4: at least 12288).",
    origin: "postconf(5)",
  }),
  smtpd_client_connection_limit: integer({
    default: 500,
    min: 1,
    doc: "How many SMTP connections are served at a time, all clients together; more are answered 421.",
    origin: "mailsrv",
  }),
};
