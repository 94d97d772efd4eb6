/**
 * The lines of a day, as patterns that stand for what log watchers look for; `deno task test:logs` asks the watchers
 * themselves.
 */

import { assertEquals } from "@std/assert";

import { count, events, runDay } from "./day.ts";

const head = String.raw`^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d mx `;
const client = String.raw`[\w.-]+\[[0-9a-f.:]+\]`;

/** What it is, how often, and the line without its time and host. */
const rows: readonly (readonly [what: string, times: number, line: string])[] = [
  [
    "message received",
    events.received,
    String.raw`postfix/(?:submission/)?smtpd\[\d+\]: [0-9A-F]{6,}: client=${client}(?:,|$)`,
  ],
  [
    "login that sends",
    1,
    String.raw`postfix/\S+: \w+: client=${client}, sasl_method=PLAIN, sasl_username=u1$`,
  ],
  [
    "sender and size",
    7,
    String.raw`postfix/qmgr\[\d+\]: \w+: from=<[^>]*>, size=\d+, nrcpt=\d+ \(queue active\)$`,
  ],
  [
    "delivery",
    events.delivered,
    String
      .raw`postfix/local\[\d+\]: \w+: to=<[^>]*>, relay=local, delay=[\d.]+, delays=[\d./]+, dsn=2\.0\.0, status=sent \(.*\)$`,
  ],
  [
    "bounce",
    events.bounced,
    String
      .raw`postfix/local\[\d+\]: \w+: to=<no-such-user@ref\.test>, orig_to=<broken@ref\.test>, relay=local, .* dsn=5\.1\.1, status=bounced \(`,
  ],
  ["report", 1, String.raw`postfix/bounce\[\d+\]: \w+: sender non-delivery notification: \w+$`],
  [
    "deferral",
    events.deferred,
    String.raw`postfix/smtp\[\d+\]: \w+: to=<a@remote\.test>, relay=none, .* status=deferred \(`,
  ],
  ["message done", 6, String.raw`postfix/qmgr\[\d+\]: \w+: removed$`],
  [
    "refusal",
    events.rejected,
    String
      .raw`postfix/smtpd\[\d+\]: NOQUEUE: reject: RCPT from ${client}: [45]\d\d [45]\.\d+\.\d+ <[^>]*>: .*; from=<spam@remote\.test> to=<[^>]*> proto=ESMTP helo=<c\.test>$`,
  ],
  [
    "warning of a refusal",
    events.warned,
    String
      .raw`postfix/smtpd\[\d+\]: NOQUEUE: reject_warning: RCPT from ${client}: 554 5\.7\.1 <warned@remote\.test>: Sender address rejected: not welcome; from=<`,
  ],
  [
    "hold",
    events.held,
    String
      .raw`postfix/smtpd\[\d+\]: NOQUEUE: hold: RCPT from ${client}: <held@ref\.test>: Recipient address for review; from=<`,
  ],
  [
    "discard",
    events.discarded,
    String
      .raw`postfix/smtpd\[\d+\]: NOQUEUE: discard: RCPT from ${client}: <gone@ref\.test>: Recipient address triggers DISCARD action; from=<`,
  ],
  ["message from a program", 1, String.raw`postfix/pickup\[\d+\]: \w+: uid=\d+ from=<[^>]+>$`],
  [
    "message named",
    events.received - events.discarded + 1,
    String.raw`postfix/cleanup\[\d+\]: \w+: message-id=<`,
  ],
  [
    "refused SMTP login",
    events.smtpLogins,
    String.raw`postfix/submission/smtpd\[\d+\]: warning: ${client}: SASL PLAIN authentication failed:`,
  ],
  [
    "refused password",
    events.imapLogins + events.pop3Logins,
    String.raw`dovecot: auth: passwd-file\(u1,127\.0\.0\.1\): Password mismatch$`,
  ],
  [
    "IMAP session without a login",
    1,
    String
      .raw`dovecot: imap-login: Disconnected: [^(]* \(auth failed, 2 attempts in \d+ secs\): user=<u1>, method=PLAIN, rip=127\.0\.0\.1, lip=127\.0\.0\.1, TLS, session=<\S+>$`,
  ],
  [
    "POP3 session without a login",
    1,
    String
      .raw`dovecot: pop3-login: Disconnected: [^(]* \(auth failed, 1 attempts in \d+ secs\): user=<u1>, method=\w+, rip=127\.0\.0\.1,`,
  ],
  ["connection", 3, String.raw`postfix/(?:submission/)?smtpd\[\d+\]: connect from ${client}$`],
  [
    "its end",
    3,
    String
      .raw`postfix/(?:submission/)?smtpd\[\d+\]: disconnect from ${client}(?: \w+=\d+(?:/\d+)?)+ commands=\d+(?:/\d+)?$`,
  ],
  ["any line", 0, String.raw`(?!postfix/[\w/-]+\[\d+\]: |dovecot: \w)`],
];

Deno.test("a day's log has Postfix's and Dovecot's lines (RFC 3164 §4.1.2)", async (test) => {
  const log = await runDay();
  for (const [what, times, line] of rows) {
    await test.step(`${what}: ${times} lines`, () => {
      assertEquals(count(log, new RegExp(head + line)), times, log);
    });
  }
});
