import { assertEquals } from "@std/assert";

import { load as loadPostfix } from "./postfix/testing_postfix.ts";
import { load, path } from "./testing_load.ts";

const pipeDefaults = {
  command: ["/bin/x", "-f", "${sender}", "a b, c"],
  user: "vmail:mail",
  flags: [],
  directory: "",
  eol: "\n",
  nullSender: "MAILER-DAEMON",
  maxOctets: 0,
  timeLimitMs: 1_000_000,
  recipientLimit: 50,
};

Deno.test("A section [transport.NAME] makes a program a transport (pipe(8))", async () => {
  const { transports, told } = await load(`
default_destination_recipient_limit = 50
[transport.filter]
command = ["/bin/x", "-f", "\${sender}", "a b, c"]
user = "vmail:mail"
[transport.other]
command = "/bin/y  \${recipient}"
user = "joe"
flags = "DR."
directory = "work"
eol = "\\r\\n"
null_sender = ""
size = "1k"
time_limit = "2m"
destination_recipient_limit = 1
process_limit = 3
[smtp]
smtpd_timeout = 5
`);
  assertEquals(told, []);
  assertEquals(transports.get("filter")?.way, { kind: "pipe", pipe: pipeDefaults });
  assertEquals(transports.get("other")?.way, {
    kind: "pipe",
    pipe: {
      command: ["/bin/y", "${recipient}"],
      user: "joe",
      flags: ["D", "R", "."],
      directory: "/etc/m/work",
      eol: "\r\n",
      nullSender: "",
      maxOctets: 1024,
      timeLimitMs: 120_000,
      recipientLimit: 1,
    },
  });
  assertEquals(transports.get("other")?.limits.process_limit, 3);
});

Deno.test("Transports that are always there have the limits of their settings (postconf(5))", async () => {
  const { transports } = await load(`
default_destination_concurrency_limit = 30
relay_destination_concurrency_limit = 4
[transport.smtp]
smtp_helo_timeout = "9s"
`);
  const rows = Array.from(transports.values(), ({ name, way, limits }) => [
    name,
    way.kind,
    limits.destination_concurrency_limit,
    limits.destination_recipient_limit,
    "settings" in way ? way.settings.smtp_helo_timeout : 0,
  ]);
  assertEquals(rows, [
    ["local", "here", 2, 1, 0],
    ["virtual", "here", 30, 50, 0],
    ["smtp", "smtp", 30, 50, 9000],
    ["relay", "smtp", 4, 50, 300_000],
    ["lmtp", "lmtp", 30, 50, 300_000],
  ]);
});

Deno.test("What is wrong with a transport is told with its line", async () => {
  const { told } = await load(`[transport.a]
kind = "smtp"
user = "x"
lmtp_mail_timeout = "5s"
smtp_mail_timeout = "x"
[transport.b]
flags = "DZ"
nonsense = 1
[transport.c]
kind = "other"
command = 5
user = "x"
[transport.local]
kind = "smtp"
command = "x"
`);
  const form = 'expected a time such as "30s", "5m", "1h" or "5d", not "x"';
  assertEquals(told.map((text) => text.replace(`${path}, line `, "")), [
    "3: [transport.a] user: is for programs only",
    "4: [transport.a] lmtp_mail_timeout: cannot stand in the section of a transport of kind smtp",
    `5: [transport.a] smtp_mail_timeout: ${form}`,
    "6: [transport.b] command: is missing: the program that gets the mail",
    "6: [transport.b] user: is missing: in whose name the program runs",
    "7: [transport.b] flags: there is no flag Z; there are B D F O R X h q u . >",
    "8: [transport.b] nonsense: cannot stand in the section of a transport of kind pipe",
    '10: [transport.c] kind: expected one of pipe, smtp, lmtp, not "other"',
    '11: [transport.c] command: expected program and arguments such as ["/usr/bin/program", "${recipient}"]',
    "14: [transport.local] kind: is what it is for this transport",
    "15: [transport.local] command: is for programs only",
  ]);
});

Deno.test("loadPostfix() makes transports of pipe and smtp services (master(5))", async () => {
  const { transports, told, noticed } = await loadPostfix(
    `compatibility_level = 3.6
filter_destination_recipient_limit = 7
filter_time_limit = 5m
command_time_limit = 2m
content_filter = scan:[127.0.0.1]:10024
`,
    `smtp inet n - y - - smtpd
relay unix - - y - - smtp -o syslog_name=postfix/$service_name -o smtp_helo_timeout=5
scan unix - - n - 2 lmtp
  -o lmtp_data_done_timeout=1200 -o disable_dns_lookups=yes -o disable_mime_output_conversion=yes
filter unix - n n - - pipe -v
  flags=RqZ user=filter null_sender= size=1000 eol=\\r\\n
  argv=/usr/bin/filter -f \${sender} -- { a  b } \${recipient}
uucp unix - n n - - pipe flags=F user=uucp argv=uux - -r
`,
  );
  assertEquals(told, []);
  const filter = transports.get("filter")?.way;
  assertEquals(filter, {
    kind: "pipe",
    pipe: {
      command: ["/usr/bin/filter", "-f", "${sender}", "--", "a  b", "${recipient}"],
      user: "filter",
      flags: ["R", "q"],
      directory: "",
      eol: "\r\n",
      nullSender: "",
      maxOctets: 1000,
      timeLimitMs: 300_000,
      recipientLimit: 7,
    },
  });
  const uucp = transports.get("uucp")?.way;
  assertEquals(uucp?.kind === "pipe" && [uucp.pipe.command, uucp.pipe.timeLimitMs], [
    ["uux", "-", "-r"],
    120_000,
  ]);
  const scan = transports.get("scan");
  assertEquals([scan?.way.kind, scan?.limits.process_limit], ["lmtp", 2]);
  assertEquals(
    scan?.way.kind === "lmtp" &&
      [scan.way.settings.lmtp_data_done_timeout, scan.way.settings.lmtp_dns_support_level],
    [1_200_000, "disabled"],
  );
  const relay = transports.get("relay")?.way;
  assertEquals(relay?.kind === "smtp" && relay.settings.smtp_helo_timeout, 5000);
  assertEquals(noticed, []);
});
