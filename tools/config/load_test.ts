import { assertEquals, assertThrows } from "@std/assert";

import { facts, load, path } from "./testing_load.ts";

Deno.test("loadSettings() of an empty file gives the defaults of Postfix and Dovecot (postconf(5))", async () => {
  const { settings, told } = await load("");
  assertEquals(told, []);
  assertEquals(settings.message_size_limit, 10_240_000);
  assertEquals(settings.queue_run_delay, 300_000);
  assertEquals(settings.maximal_queue_lifetime, 5 * 86_400_000);
  assertEquals(settings.smtpd_forbid_bare_newline, "normalize");
  assertEquals(settings.line_length_limit, 2048);
  assertEquals(settings.smtpd_banner, "box.example.net ESMTP mailsrv");
  assertEquals(settings.mydestination, ["box.example.net", "localhost.example.net", "localhost"]);
  assertEquals(settings.mynetworks, ["127.0.0.1/32", "192.0.2.7/32", "[::1]/128", "[2001:db8::7]/128"]);
  assertEquals(settings.smtpd_forbidden_commands, ["CONNECT", "GET", "POST", "regexp:{{/^[^A-Z]/ Bogus}}"]);
  assertEquals(settings.queue_directory, "/etc/m/queue");
  assertEquals(settings.listen_smtp, []);
});

Deno.test("loadSettings() reads every kind of value", async () => {
  const { settings, told } = await load(`
# comment
myhostname = "mail.example.com"   # after a value
message_size_limit = "20M"
mailbox_size_limit = 0
queue_run_delay = 60
maximal_queue_lifetime = 2
bounce_queue_lifetime = "90m"
disable_vrfy_command = true
strict_rfc821_envelopes = "yes"
relay_domains = ["a.example", "b.example, c.example"]
auth_mechanisms = "PLAIN"
smtpd_recipient_limit = "200"
log_form = 'json'
queue_directory = "spool/./q"
control_socket = "/run/m.sock"
mynetworks = """
10.0.0.0/8,
[fe80::]/10"""
listen_imap = ["127.0.0.1:2143",
  "[::1]:2143", # both
]
listen_smtp = "2525"
inet_interfaces = "loopback-only"
`);
  assertEquals(told, []);
  assertEquals(settings.message_size_limit, 20_971_520);
  assertEquals([settings.queue_run_delay, settings.maximal_queue_lifetime, settings.bounce_queue_lifetime], [
    60_000,
    172_800_000,
    5_400_000,
  ]);
  assertEquals([settings.disable_vrfy_command, settings.strict_rfc821_envelopes], [true, true]);
  assertEquals(settings.relay_domains, ["a.example", "b.example", "c.example"]);
  assertEquals([settings.auth_mechanisms, settings.smtpd_recipient_limit, settings.log_form], [
    ["plain"],
    200,
    "json",
  ]);
  assertEquals([settings.queue_directory, settings.control_socket], ["/etc/m/spool/q", "/run/m.sock"]);
  assertEquals(settings.mynetworks, ["10.0.0.0/8", "[fe80::]/10"]);
  assertEquals(settings.listen_imap, [{ address: "127.0.0.1", port: 2143 }, { address: "::1", port: 2143 }]);
  assertEquals(settings.listen_smtp, [{ address: "127.0.0.1", port: 2525 }, { address: "::1", port: 2525 }]);
  assertEquals(settings.mydomain, "example.com");
});

Deno.test("loadSettings() expands names as postconf(5) has it", async () => {
  const { settings, told, textOf } = await load(`
mydomain = "example.com"
myhostname = "mx.\${mydomain}"
mail_name = "\${recipient_delimiter?{relay}:{end}} $$5"
smtpd_banner = "$(myhostname) ESMTP"
login_greeting = "\${recipient_delimiter:none} \${mydomain?yes}"
mydestination = ["$myhostname", "sub.$mydomain"]
listen_smtp = "[::1]:25"
recipient_delimiter = "$alias_nothing"
`);
  assertEquals(told, [
    `${path}, line 9: recipient_delimiter: unknown setting "$alias_nothing"; write $$ for a plain $`,
  ]);
  assertEquals([settings.smtpd_banner, settings.mail_name, settings.login_greeting], [
    "mx.example.com ESMTP",
    "end $5",
    "none yes",
  ]);
  assertEquals(settings.mydestination, ["mx.example.com", "sub.example.com"]);
  assertEquals(textOf("myhostname"), "mx.example.com");
  assertEquals([textOf("queue_directory"), textOf("queue_run_delay"), textOf("disable_vrfy_command")], [
    "/etc/m/queue",
    "300s",
    "no",
  ]);
  assertEquals([textOf("mydestination"), textOf("listen_smtp")], [
    "mx.example.com, sub.example.com",
    "[::1]:25",
  ]);
  assertEquals(textOf("myhostname", { expanded: false }), "mx.${mydomain}");
});

Deno.test("loadSettings() names this host by its own name and mydomain (postconf(5) myhostname)", async () => {
  const box = { ...facts, hostname: "box" };
  const names = async (text: string) => {
    const { settings } = await load(text, { facts: box });
    return [settings.myhostname, settings.mydomain];
  };
  assertEquals(await names(""), ["box.localdomain", "localdomain"]);
  assertEquals(await names(`mydomain = "example.com"`), ["box.example.com", "example.com"]);
  assertEquals(await names(`myhostname = "localhost"`), ["localhost", "localdomain"]);
});

Deno.test("loadSettings() makes mynetworks by its style (postconf(5) mynetworks_style)", async () => {
  const networks = async (text: string) => (await load(text)).settings.mynetworks;
  assertEquals(await networks(`mynetworks_style = "subnet"`), [
    "127.0.0.0/8",
    "192.0.2.0/24",
    "[::1]/128",
    "[2001:db8::]/64",
  ]);
  assertEquals(await networks(`mynetworks_style = "class"\ninet_interfaces = "192.0.2.7"`), ["192.0.2.0/24"]);
  assertEquals(await networks(`inet_interfaces = "loopback-only"`), ["127.0.0.1/32", "[::1]/128"]);
  assertEquals(await networks("mynetworks = []"), []);
});

Deno.test("loadSettings() reads myorigin from a file (Debian's /etc/mailname)", async () => {
  const { settings, told } = await load(`myorigin = "/etc/mailname"`, { files: ["/etc/mailname"] });
  assertEquals([settings.myorigin, told], ["mail.example.org", []]);
  const missing = await load(`myorigin = "/etc/mailname"`);
  assertEquals(missing.told, [`${path}, line 1: myorigin: cannot read /etc/mailname`]);
});

Deno.test("loadSettings() gives a service its own section over the rest (master.cf(5) -o)", async () => {
  const { settings, forService, told } = await load(`
smtpd_timeout = "100s"
[submission]
smtpd_timeout = "200s"
smtpd_sasl_auth_enable = false
[smtp]
smtpd_sasl_auth_enable = true
`);
  assertEquals(told, []);
  assertEquals(settings.smtpd_sasl_auth_enable, false);
  const rows = (["smtp", "submission", "submissions", "lmtp"] as const).map((service) => {
    const own = forService(service);
    return [own.smtpd_timeout, own.smtpd_sasl_auth_enable];
  });
  assertEquals(rows, [[100_000, true], [200_000, false], [100_000, true], [100_000, false]]);
});

Deno.test("loadSettings() tells where each setting comes from", async () => {
  const { sourceOf } = await load('\n\nmail_name = "x"\n');
  assertEquals([sourceOf("mail_name"), sourceOf("myhostname")], [{ file: path, line: 3 }, "default"]);
});

Deno.test("loadSettings() gives values that cannot be changed", async () => {
  const { settings } = await load(`listen_smtp = "127.0.0.1:25"`);
  const open: { mail_name: string } = settings;
  assertThrows(() => open.mail_name = "x", TypeError);
  for (
    const value of [
      settings.mydestination,
      settings.listen_smtp,
      settings.listen_smtp[0],
      settings.alias_maps,
    ]
  ) {
    assertEquals(Object.isFrozen(value), true);
  }
});

Deno.test("loadSettings() means paths in mail_location from the file's directory (Dovecot mail_location)", async () => {
  const read = async (text: string) => (await load(`mail_location = "${text}"`)).settings.mail_location;
  assertEquals(await read("maildir:~/Maildir"), "maildir:~/Maildir");
  assertEquals(await read("maildir:mail/%u"), "maildir:/etc/m/mail/%u");
  assertEquals(await read("mbox:%h/mail:INBOX=spool/%u"), "mbox:%h/mail:INBOX=/etc/m/spool/%u");
});

Deno.test("loadSettings() opens a port alone on the addresses of inet_interfaces (postconf(5) inet_interfaces)", async () => {
  const ipv4 = { ...facts, interfaces: facts.interfaces.slice(0, 2) };
  const opened = async (text: string, given = facts) =>
    (await load(text, { facts: given })).settings.listen_smtp.map(({ address, port }) =>
      `${address} ${port}`
    );
  assertEquals(await opened(`listen_smtp = "25"`), [":: 25"]);
  assertEquals(await opened(`listen_smtp = "*:25"`, ipv4), ["0.0.0.0 25"]);
  assertEquals(await opened(`listen_smtp = 25\ninet_interfaces = "loopback-only"`, ipv4), ["127.0.0.1 25"]);
  assertEquals(await opened(`listen_smtp = 25\ninet_interfaces = ["192.0.2.7", "[2001:db8::7]"]`), [
    "192.0.2.7 25",
    "2001:db8::7 25",
  ]);
});

Deno.test("loadSettings() starts under any name of the machine", async () => {
  const { settings, told } = await load("", { facts: { ...facts, hostname: "my host!" } });
  assertEquals([settings.myhostname, told], ["localhost.localdomain", []]);
});

Deno.test("loadSettings() takes tables that are there, built or not", async () => {
  const { told, settings } = await load(
    `alias_maps = ["hash:a", "cdb:b", "texthash:/etc/m/a", "inline:{x=y}"]`,
    {
      files: ["/etc/m/a", "/etc/m/b.cdb"],
    },
  );
  assertEquals([told, settings.alias_maps], [[], [
    "hash:/etc/m/a",
    "cdb:/etc/m/b",
    "texthash:/etc/m/a",
    "inline:{x=y}",
  ]]);
});
