import { assertEquals, assertThrows } from "@std/assert";

import { utf8Bytes } from "../kit/base/bytes.ts";
import { ConfigError } from "../kit/base/failure.ts";

import { DiskError, writeFileAtomically } from "../../store/file/disk.ts";
import { SimDisk } from "../../store/file/sim_disk.ts";

import type { LoadOptions } from "./load.ts";
import { formatProblem, loadSettings, settingsOrThrow } from "./load.ts";
import type { Facts } from "./parameter.ts";

const facts: Facts = {
  hostname: "box.example.net",
  interfaces: [
    { address: "127.0.0.1", prefixLength: 8 },
    { address: "192.0.2.7", prefixLength: 24 },
    { address: "::1", prefixLength: 128 },
    { address: "2001:db8::7", prefixLength: 64 },
  ],
  version: "1",
};

const path = "/etc/m/mailsrv.toml";

async function load(
  text: string | Uint8Array,
  options: Partial<LoadOptions> & { readonly files?: readonly string[] } = {},
) {
  const disk = new SimDisk();
  await disk.mkdir("/etc/m/dir", { parents: true });
  const bytes = typeof text === "string" ? utf8Bytes(text) : text;
  for (const file of [path, ...options.files ?? []]) {
    const contents = file === path
      ? bytes
      : utf8Bytes(file === "/etc/mailname" ? "mail.example.org\n" : "x y\n");
    await writeFileAtomically(disk, file, contents, { temporary: "/etc/new" });
  }
  const loaded = await loadSettings({ path, disk, facts, ...options });
  return { ...loaded, told: loaded.problems.map(formatProblem) };
}

Deno.test("loadSettings() of an empty file gives the defaults of Postfix and Dovecot (postconf(5))", async () => {
  const { settings, told } = await load("");
  assertEquals(told, []);
  assertEquals(settings.message_size_limit, 10_240_000);
  assertEquals(settings.queue_run_delay, 300_000);
  assertEquals(settings.maximal_queue_lifetime, 5 * 86_400_000);
  assertEquals(settings.smtpd_forbid_bare_newline, "normalize");
  assertEquals(settings.imap_max_line_length, 65_536);
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
delay_warning_time = "90m"
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
  assertEquals([settings.queue_run_delay, settings.maximal_queue_lifetime, settings.delay_warning_time], [
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
recipient_delimiter = "$alias_nothing"
`);
  assertEquals(told, [
    `${path}, line 8: recipient_delimiter: unknown setting "$alias_nothing"; write $$ for a plain $`,
  ]);
  assertEquals([settings.smtpd_banner, settings.mail_name, settings.login_greeting], [
    "mx.example.com ESMTP",
    "end $5",
    "none yes",
  ]);
  assertEquals(settings.mydestination, ["mx.example.com", "sub.example.com"]);
  assertEquals(textOf("myhostname"), "mx.example.com");
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

Deno.test("loadSettings() lets the command line win over the file", async () => {
  const { settings, told } = await load(`mail_name = "x"`, { overrides: { mail_name: "y" } });
  assertEquals([settings.mail_name, told], ["y", []]);
  const bad = await load("", { overrides: { hopcount_limit: "many" } });
  assertEquals(bad.told, [`${path}: hopcount_limit: expected a whole number, not "many"`]);
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

Deno.test("loadSettings() tells every problem of a file at once, in the order of its lines", async () => {
  const { told, settings } = await load(`mesage_size_limit = 5
message_size_limit = "lots"
hopcount_limit = 3
hopcount_limit = 4
myhostname = mail.example.com
queue_run_delay = [1, 2
smtpd_banner = "$myhostnam ESMTP"
[smpt]
x = 1
[submission]
smtpd_timeout = "10x"
`);
  assertEquals(told, [
    `${path}, line 1: unknown setting "mesage_size_limit" (did you mean "message_size_limit"?)`,
    `${path}, line 2: message_size_limit: expected a size such as 10240000 or "10M", not "lots"`,
    `${path}, line 4: "hopcount_limit" is already set in line 3`,
    `${path}, line 5: not TOML: text must be in quotes: "mail.example.com"`,
    `${path}, line 6: not TOML: "[" is not closed by "]"`,
    `${path}, line 7: smtpd_banner: unknown setting "$myhostnam" (did you mean "$myhostname"?)`,
    `${path}, line 8: unknown section [smpt] (did you mean "smtp"?)`,
    `${path}, line 11: smtpd_timeout: expected a time such as "30s", "5m", "1h" or "5d", not "10x"`,
  ]);
  assertEquals([settings.hopcount_limit, settings.message_size_limit], [3, 10_240_000]);
});

const faults: readonly (readonly [text: string, problem: string])[] = [
  [`disable_vrfy_command = "maybe"`, `line 1: disable_vrfy_command: expected true or false, not "maybe"`],
  [`disable_vrfy_command = 1`, `line 1: disable_vrfy_command: expected true or false, not 1`],
  [`hopcount_limit = "many"`, `line 1: hopcount_limit: expected a whole number, not "many"`],
  [`hopcount_limit = 1.5`, `line 1: hopcount_limit: expected a whole number, not 1.5`],
  [`hopcount_limit = 0`, `line 1: hopcount_limit: 0 is below the least value 1`],
  [`hopcount_limit = -1`, `line 1: hopcount_limit: -1 is below the least value 1`],
  [`hopcount_limit = [1]`, `line 1: hopcount_limit: expected a whole number, not a list`],
  [`message_size_limit = -5`, `line 1: message_size_limit: -5 is below the least value 0`],
  [`message_size_limit = 10M`, `line 1: not TOML: text must be in quotes: "10M"`],
  [`queue_run_delay = "0s"`, `line 1: queue_run_delay: 0s is below the least value 1s`],
  [`maximal_queue_lifetime = "91d"`, `line 1: maximal_queue_lifetime: 13w is above the greatest value 90d`],
  [`log_form = "xml"`, `line 1: log_form: expected one of postfix, text, json, not "xml"`],
  [`mail_name = 5`, `line 1: mail_name: expected text in quotes, not 5`],
  [`mail_name = "a\\nb"`, `line 1: mail_name: expected one line of text`],
  [`mail_name = 2020-01-01`, `line 1: mail_name: expected text, a number, true, false or a list`],
  [`mail_name = { a = 1 }`, `line 1: mail_name: expected text, a number, true, false or a list`],
  [`relay_domains = true`, `line 1: relay_domains: expected a list such as ["a", "b"], not true`],
  [`relay_domains = [["a"]]`, `line 1: relay_domains: expected text, a number, true, false or a list`],
  [`smtpd_forbidden_commands = "{a b"`, `line 1: smtpd_forbidden_commands: "{a b": a { has no }`],
  [
    `auth_mechanisms = "plain cram-md5"`,
    `line 1: auth_mechanisms: expected words of plain, login, not "cram-md5"`,
  ],
  [
    `mailbox_delivery_lock = ["fcnt"]`,
    `line 1: mailbox_delivery_lock: expected words of fcntl, flock, dotlock, not "fcnt"`,
  ],
  [
    `listen_smtp = "127.0.0.1"`,
    `line 1: listen_smtp: expected address:port such as 127.0.0.1:2525 or [::1]:2525, not "127.0.0.1"`,
  ],
  [
    `listen_smtp = ["127.0.0.1:70000"]`,
    `line 1: listen_smtp: expected address:port such as 127.0.0.1:2525 or [::1]:2525, not "127.0.0.1:70000"`,
  ],
  [
    `listen_smtp = "::1:25"`,
    `line 1: listen_smtp: expected address:port such as 127.0.0.1:2525 or [::1]:2525, not "::1:25"`,
  ],
  [
    `listen_smtp = "example.com:25"`,
    `line 1: listen_smtp: "example.com" in "example.com:25" is not an IP address`,
  ],
  [
    `listen_smtp = "0.0.0.0:25"\nlisten_lmtp = "0.0.0.0:25"`,
    `line 1: listen_smtp: 0.0.0.0:25 is already taken by 0.0.0.0:25 of listen_lmtp`,
  ],
  [`listen_smtp = ["0.0.0.0:25", "[::]:25"]`, `line 1: listen_smtp: [::]:25 is already taken by 0.0.0.0:25`],
  [
    `listen_smtp = ["127.0.0.1:25", "0.0.0.0:25"]`,
    `line 1: listen_smtp: 0.0.0.0:25 is already taken by 127.0.0.1:25`,
  ],
  [
    `mynetworks = "127.0.0.1/8"`,
    `line 1: mynetworks: non-null host address bits in "127.0.0.1/8", perhaps you should use "127.0.0.0/8" instead`,
  ],
  [`mynetworks = ["10.0.0/8"]`, `line 1: mynetworks: bad net/mask pattern: "10.0.0/8"`],
  [`mynetworks = ["::1/128"]`, `line 1: mynetworks: an IPv6 network stands in brackets: "[::1]/128"`],
  [`mynetworks = "hash:x"`, `line 1: mynetworks: "hash:x": tables and files are not looked up in this list`],
  [
    `mydestination = ["/etc/x"]`,
    `line 1: mydestination: "/etc/x": tables and files are not looked up in this list`,
  ],
  [`relay_domains = ["a..b"]`, `line 1: relay_domains: "a..b" is not a domain`],
  [`myhostname = "mail server"`, `line 1: myhostname: "mail server" is not a domain`],
  [`myorigin = ""`, `line 1: myorigin: "" is not a domain`],
  [
    `mail_location = "~/Maildir"`,
    `line 1: mail_location: expected maildir:PATH or mbox:PATH, not "~/Maildir"`,
  ],
  [`mail_location = "maildir:"`, `line 1: mail_location: there is no path after maildir:`],
  [
    `mail_location = "maildir:~/M:LAYOUT=fs"`,
    `line 1: mail_location: option "LAYOUT=fs" is not known to maildir`,
  ],
  [
    `mail_location = "maildir:/m/%x"`,
    `line 1: mail_location: unknown variable "%x"; there are %u, %n, %d, %h`,
  ],
  [`smtpd_tls_cert_file = "none.pem"`, `line 1: smtpd_tls_cert_file: there is no file /etc/m/none.pem`],
  [`smtpd_tls_cert_file = "dir"`, `line 1: smtpd_tls_cert_file: /etc/m/dir is not a file`],
  [`passwd_file = "nobody"`, `line 1: passwd_file: there is no file /etc/m/nobody`],
  [`alias_maps = "hash:none"`, `line 1: alias_maps: there is no file /etc/m/none`],
  [`alias_maps = ["texthash:dir"]`, `line 1: alias_maps: /etc/m/dir is a directory`],
  [`alias_maps = "hsah:x"`, `line 1: alias_maps: unknown table type "hsah" (did you mean "hash"?)`],
  [
    `alias_maps = "/etc/aliases"`,
    `line 1: alias_maps: need maptype:mapname, such as "hash:/etc/aliases", not "/etc/aliases"`,
  ],
  [`alias_maps = "inline:{a}"`, `line 1: alias_maps: bad syntax: "a" in "inline:{a}"; need key = value`],
  [`mail_name = "$mail_name"`, `line 1: mail_name: refers to itself ($mail_name -> $mail_name)`],
  [
    `mydomain = "$myhostname"\nmyhostname = "a.$mydomain"`,
    `line 2: myhostname: refers to itself ($myhostname -> $mydomain -> $myhostname)`,
  ],
  [`mail_name = "\${x"`, `line 1: mail_name: "\${x": expected a setting's name after $`],
  [`mail_name = "100$"`, `line 1: mail_name: "$": expected a setting's name after $`],
  [
    `minimal_backoff_time = "2h"`,
    `line 1: maximal_backoff_time: 4000s is less than minimal_backoff_time, 2h`,
  ],
  [
    `message_size_limit = "100M"`,
    `line 1: mailbox_size_limit: 51200000 is less than message_size_limit, 104857600`,
  ],
  [`message_size_limit = 0`, `line 1: message_size_limit: has no limit, but mailbox_size_limit has one`],
  [
    `[submission]\nqueue_directory = "x"`,
    `line 2: "queue_directory" is one for all services and cannot stand in [submission]`,
  ],
  [`[submission]\nsmtpd_timeout = 1\nsmtpd_timeout = 2`, `line 3: "smtpd_timeout" is already set in line 2`],
  [`[[submission]]`, `line 1: a section in double brackets has no meaning here`],
  [`smtp.x = 1`, `line 1: unknown setting "smtp.x"`],
  [`"mail_name`, `line 1: not TOML: expected name = value`],
  [`mail_name "x"`, `line 1: not TOML: expected name = value`],
  [`mail_name =`, `line 1: not TOML: there is no value after =`],
  [`mail_name = "x`, `line 1: not TOML: `],
  [`mail_name = "x" "y"`, `line 1: not TOML: `],
  [`mail_name = """x`, `line 1: not TOML: the text is not closed by """`],
  [`[submission`, `line 1: not TOML: "[" is not closed by "]"`],
  [`__proto__ = 1`, `line 1: unknown setting "__proto__"`],
  [`constructor = 1`, `line 1: unknown setting "constructor"`],
];

for (const [text, problem] of faults) {
  Deno.test(`loadSettings() tells what is wrong with ${text.replaceAll("\n", " / ")}`, async () => {
    const { told } = await load(text);
    assertEquals(told.length, 1, told.join("\n"));
    assertEquals(told[0]!.slice(0, `${path}, ${problem}`.length), `${path}, ${problem}`);
  });
}

Deno.test("loadSettings() tells every problem of one setting", async () => {
  const { told } = await load(`alias_maps = ["foo:bar", "hash:none", "inline:{}", "texthash:dir"]\n`);
  const start = `${path}, line 1: alias_maps: `;
  assertEquals(told.map((text) => text.slice(start.length).split(";")[0]), [
    `unknown table type "foo"`,
    `no entries in "inline:{}"`,
    "there is no file /etc/m/none",
    "/etc/m/dir is a directory",
  ]);
});

Deno.test("loadSettings() tells of files that it may not look at", async () => {
  const text = utf8Bytes(`passwd_file = "users"\nalias_maps = "hash:a"\n`);
  const disk = {
    readFile: () => Promise.resolve(text),
    stat: (file: string) => Promise.reject(new DiskError("denied", "look at", file)),
  };
  const { problems } = await loadSettings({ path, disk, facts });
  assertEquals(problems.map(formatProblem), [
    `${path}, line 1: passwd_file: cannot look at /etc/m/users: Permission denied`,
    `${path}, line 2: alias_maps: cannot look at /etc/m/a: Permission denied`,
  ]);
});

Deno.test("loadSettings() tells of a file that it cannot read", async () => {
  const disk = new SimDisk();
  const missing = await loadSettings({ path: "/none.toml", disk, facts });
  assertEquals(missing.problems.map(formatProblem), [
    "/none.toml: cannot read the settings file: No such file or directory",
  ]);
  const binary = await load(Uint8Array.of(0x61, 0xff, 0x0a));
  assertEquals(binary.told, [`${path}: the settings file is not UTF-8 text`]);
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

Deno.test("settingsOrThrow() throws the first problem with file and line", async () => {
  const { problems, settings, ...loaded } = await load("x = 1\n");
  assertThrows(
    () => settingsOrThrow({ ...loaded, problems, settings }),
    ConfigError,
    `${path}, line 1: unknown setting "x"`,
  );
  const good = await load("");
  assertEquals(settingsOrThrow(good), good.settings);
});
