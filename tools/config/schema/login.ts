/** Settings: users, logins, POP3 and IMAP. */

import { boolean, duration, integer, list, octets, path, text } from "../kinds.ts";

export const loginParameters = {
  passwd_file: path({
    default: "$data_directory/users",
    mustBe: "file",
    doc: "The users: lines of user:{SCHEME}password:uid:gid:gecos:home:shell:extra as Dovecot's passwd-file.",
    origin: "dovecot",
  }),
  smtpd_sasl_auth_enable: boolean({
    default: false,
    doc:
      "Offer AUTH on this SMTP service. On submission and submissions it is offered unless set to false there.",
    origin: "postconf(5)",
  }),
  auth_mechanisms: list({
    default: "plain login",
    words: ["plain", "login"],
    doc: "The SASL mechanisms that are offered.",
    origin: "dovecot",
  }),
  auth_allow_cleartext: boolean({
    default: false,
    doc: "Take passwords over POP3 and IMAP connections without TLS, from everywhere.",
    origin: "dovecot",
  }),
  auth_cleartext_on_loopback: boolean({
    default: true,
    doc: "Take passwords without TLS from clients on this machine (SMTP, POP3, IMAP), as Dovecot does.",
    origin: "mailsrv",
  }),
  auth_failure_delay: duration({
    default: "2s",
    unit: "s",
    max: "60s",
    doc: "How long the answer to a failed login waits; more when one address goes on failing.",
    origin: "dovecot",
  }),
  login_timeout: duration({
    default: "3m",
    unit: "s",
    min: "1s",
    doc: "How long a POP3 or IMAP connection may stay without a login.",
    origin: "mailsrv",
  }),
  login_attempt_limit: integer({
    default: 3,
    min: 1,
    doc: "How many failed logins a connection may make before it is closed.",
    origin: "mailsrv",
  }),
  login_greeting: text({
    default: "$mail_name ready.",
    doc: "The text of the greeting of POP3 and IMAP.",
    origin: "dovecot",
  }),
  mail_max_userip_connections: integer({
    default: 10,
    doc: "How many POP3 or IMAP connections one user may have from one address. 0: no limit.",
    origin: "dovecot",
  }),
  pop3_inactivity_timeout: duration({
    default: "10m",
    unit: "s",
    min: "1s",
    doc: "After how long without a command a POP3 session is closed (RFC 1939 §3: at least 10 minutes).",
    origin: "mailsrv",
  }),
  pop3_client_limit: integer({
    default: 500,
    min: 1,
    doc: "How many POP3 connections are served at a time.",
    origin: "mailsrv",
  }),
  imap_inactivity_timeout: duration({
    default: "30m",
    unit: "s",
    min: "1s",
    doc: "After how long without a command an IMAP session is closed (RFC 3501 §5.4: at least 30 minutes).",
    origin: "mailsrv",
  }),
  imap_idle_notify_interval: duration({
    default: "2m",
    unit: "s",
    doc: "How often an IDLE client is told that the server is still there. 0: never.",
    origin: "dovecot",
  }),
  imap_append_limit: octets({
    default: "$message_size_limit",
    doc: "The largest message that APPEND takes (RFC 7889). 0: no limit.",
    origin: "mailsrv",
  }),
  imap_client_limit: integer({
    default: 1000,
    min: 1,
    doc: "How many IMAP connections are served at a time.",
    origin: "mailsrv",
  }),
  login_failure_limit: integer({
    default: 10,
    doc:
      "How many failed logins of one network (IPv6: /64) in a minute make it wait, by SMTP, POP3 and IMAP together. " +
      "This machine itself is not counted. 0: no limit.",
    origin: "mailsrv",
  }),
};
