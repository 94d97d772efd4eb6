/** Settings: listeners, workers, the log, and the running of the server itself. */

import { syslogFacilities } from "../../kit/base/log_socket.ts";

import { choice, duration, integer, octets, path, text } from "../kinds.ts";
import { listen } from "../listen.ts";

export const serverParameters = {
  listen_smtp: listen({
    default: [],
    doc: "Where mail from other servers is taken, usually port 25. Empty, as in every listener: off.",
    origin: "mailsrv",
  }),
  listen_submission: listen({
    default: [],
    doc: "Where people's programs hand in mail after a login, with STARTTLS, usually port 587 (RFC 6409).",
    origin: "mailsrv",
  }),
  listen_submissions: listen({
    default: [],
    doc: "The same inside TLS from the first octet, usually port 465 (RFC 8314 §3.3).",
    origin: "mailsrv",
  }),
  listen_lmtp: listen({
    default: [],
    doc:
      "Where another mail system on this machine hands over mail for local users (RFC 2033). Never a public address.",
    origin: "mailsrv",
  }),
  listen_filtered: listen({
    default: [],
    doc: "Where a content_filter hands mail back by SMTP; it is not filtered again. Never a public address.",
    origin: "mailsrv",
  }),
  listen_pop3: listen({
    default: [],
    doc: "POP3 with STLS, usually port 110 (RFC 1939).",
    origin: "mailsrv",
  }),
  listen_pop3s: listen({
    default: [],
    doc: "POP3 inside TLS, usually port 995 (RFC 8314 §3.2).",
    origin: "mailsrv",
  }),
  listen_imap: listen({
    default: [],
    doc: "IMAP with STARTTLS, usually port 143 (RFC 3501).",
    origin: "mailsrv",
  }),
  listen_imaps: listen({
    default: [],
    doc: "IMAP inside TLS, usually port 993 (RFC 8314 §3.2).",
    origin: "mailsrv",
  }),
  smtp_workers: integer({
    default: 1,
    min: 1,
    max: 64,
    doc: "How many threads serve SMTP; connections are shared out among them.",
    origin: "mailsrv",
  }),
  pop3_workers: integer({
    default: 1,
    min: 1,
    max: 64,
    doc: "How many threads serve POP3.",
    origin: "mailsrv",
  }),
  imap_workers: integer({
    default: 1,
    min: 1,
    max: 64,
    doc: "How many threads serve IMAP.",
    origin: "mailsrv",
  }),
  maillog_file: path({
    default: "",
    doc:
      "The file that the log goes to. /dev/log: the system's log. Empty: the system's log when systemd has started the server and keeps " +
      "its standard error, else standard error.",
    origin: "postconf(5)",
  }),
  syslog_name: text({
    default: "postfix",
    doc: "What stands before the part of the server in each line of the log: postfix/smtpd.",
    origin: "postconf(5)",
    check: (value) => /^[!-~]+$/.test(value) ? undefined : "expected a name without blanks",
  }),
  syslog_facility: text({
    default: "mail",
    doc: "The facility of lines in the system's log, as syslog(3) names them.",
    origin: "postconf(5)",
    check: (value) =>
      Object.hasOwn(syslogFacilities, value)
        ? undefined
        : `expected one of ${Object.keys(syslogFacilities).join(", ")}`,
  }),
  log_form: choice(["postfix", "text", "json"], {
    default: "postfix",
    doc: "The form of log lines: as Postfix's in syslog, key=value, or one JSON object a line.",
    origin: "mailsrv",
  }),
  log_level: choice(["debug", "info", "warning", "error"], {
    default: "info",
    doc: "The least level that is logged.",
    origin: "mailsrv",
  }),
  decision_log_size_limit: octets({
    default: 16 << 20,
    doc: "How much is kept of decisions, in decisions below data_directory, for `explain --why`. 0: nothing.",
    origin: "mailsrv",
  }),
  control_socket: path({
    default: "$data_directory/control.sock",
    doc: "The socket by which commands talk to the running server.",
    origin: "mailsrv",
  }),
  shutdown_limit: duration({
    default: "10s",
    unit: "s",
    min: "1s",
    max: "10m",
    doc: "How long a stopping server lets sessions finish before it closes them.",
    origin: "mailsrv",
  }),
};
