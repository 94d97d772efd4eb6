import { assertEquals, assertMatch } from "@std/assert";

import { createLog, formatLogRecord, formatSyslogPacket, type LogRecord } from "./log.ts";

const host = { name: "mail", pid: 412 };
const record: LogRecord = {
  timeMs: Date.UTC(2026, 10, 5, 1, 2, 3),
  level: "warning",
  part: "smtpd",
  text: "too many errors",
  fields: { client: "a b", count: 3, absent: undefined, tls: true },
};

Deno.test("formatLogRecord() writes the form that Postfix's log has (RFC 3164 §4.1.2)", () => {
  const line = formatLogRecord(record, "postfix", host);
  assertMatch(line, /^Nov {2}\d \d\d:02:03 mail postfix\/smtpd\[412\]: warning: too many errors$/);
  assertMatch(formatLogRecord({ ...record, level: "info" }, "postfix", host), /]: too many errors$/);
});

Deno.test("formatLogRecord() names parts as Postfix and Dovecot do, for those who look for their lines", () => {
  const rows: readonly (readonly [part: string, level: LogRecord["level"], text: string, line: string])[] = [
    ["smtpd", "info", "connect from a[1]", "postfix/smtpd[412]: connect from a[1]"],
    ["submission/smtpd", "info", "x", "postfix/submission/smtpd[412]: x"],
    ["qmgr", "error", "x", "postfix/qmgr[412]: error: x"],
    ["imap", "info", "imap-login: Login: user=<u>", "dovecot: imap-login: Login: user=<u>"],
    ["imaps", "info", "imap(joe)<s>: Disconnected", "dovecot: imap(joe)<s>: Disconnected"],
    ["pop3s", "warning", "too many", "dovecot: pop3s: Warning: too many"],
    [
      "auth",
      "info",
      "passwd-file(joe,192.0.2.1): unknown user",
      "dovecot: auth: passwd-file(joe,192.0.2.1): unknown user",
    ],
  ];
  for (const [part, level, text, line] of rows) {
    const formed = formatLogRecord({ ...record, part, level, text }, "postfix", host);
    assertEquals(formed.slice(formed.indexOf(" mail ") + 6), line);
  }
  const named = formatLogRecord(record, "postfix", { ...host, syslogName: "postfix-out" });
  assertMatch(named, / mail postfix-out\/smtpd\[412\]: /);
});

Deno.test("formatSyslogPacket() puts facility and severity before the line (RFC 5424 §6.2.1)", () => {
  const mail = { ...host, facility: 2 };
  assertMatch(
    formatSyslogPacket(record, "postfix", mail),
    /^<20>Nov {2}\d \d\d:02:03 postfix\/smtpd\[412\]: warning: too/,
  );
  assertMatch(
    formatSyslogPacket({ ...record, level: "info" }, "json", mail),
    /^<22>Nov .{12}mailsrv\[412\]: \{"time"/,
  );
});

Deno.test("formatLogRecord() writes fields as key=value and as JSON", () => {
  assertEquals(
    formatLogRecord(record, "text", host),
    'time=2026-11-05T01:02:03.000Z level=warning part=smtpd text="too many errors" client="a b" count=3 tls=true',
  );
  assertEquals(JSON.parse(formatLogRecord(record, "json", host)), {
    time: "2026-11-05T01:02:03.000Z",
    level: "warning",
    part: "smtpd",
    text: "too many errors",
    client: "a b",
    count: 3,
    tls: true,
  });
});

Deno.test("formatLogRecord() lets no peer forge a line, a field or a terminal's command", () => {
  const text = 'x\r\nNov  5 forged\x1b[2J\x7f\x9b31m level=error \u2028"q\\';
  for (const form of ["postfix", "text", "json"] as const) {
    const line = formatLogRecord({ ...record, text, fields: { client: text, level: "error" } }, form, host);
    // deno-lint-ignore no-control-regex
    assertMatch(line, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$/);
    if (form === "json") assertEquals(JSON.parse(line).level, "warning");
    if (form === "json") assertEquals(JSON.parse(line).text, text);
  }
});

Deno.test("formatLogRecord() takes no part's name, level or field's name on trust: a worker may have made them up", () => {
  const bad = 'x\nNov  5 forged\x1b[2J a="b';
  const forged: LogRecord = { ...record, level: bad as "info", part: bad, fields: { [bad]: 1 } };
  for (const form of ["postfix", "text", "json"] as const) {
    // deno-lint-ignore no-control-regex
    assertMatch(formatLogRecord(forged, form, host), /^[^\x00-\x1f\x7f-\x9f]+$/);
  }
  const text = formatLogRecord(forged, "text", host);
  assertMatch(text, / level=info part="[^"]+\\"b" text="too many errors" "[^"]+\\"b"=1$/);
});

Deno.test("createLog() passes on what is of the least level, under each part's name", () => {
  const records: LogRecord[] = [];
  const log = createLog((one) => records.push(one), { now: () => 5, part: "keeper", leastLevel: "warning" });
  log.write("info", "quiet");
  log.write("warning", "loud", { a: 1 });
  log.part("qmgr").write("error", "louder");
  assertEquals(records.map(({ part, text, timeMs }) => `${part} ${text} ${timeMs}`), [
    "keeper loud 5",
    "qmgr louder 5",
  ]);
});
