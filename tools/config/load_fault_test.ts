import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../kit/base/bytes.ts";

import { DiskError } from "../../store/file/disk.ts";
import { SimDisk } from "../../store/file/sim_disk.ts";

import { formatProblem, loadSettings } from "./load.ts";
import { facts, load, path } from "./testing_load.ts";

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
  [`mynetworks = "hash:x"`, `line 1: mynetworks: there is no file /etc/m/x`],
  [
    `mydestination = ["/etc/x"]`,
    `line 1: mydestination: cannot read /etc/x: No such file or directory`,
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
  [
    `control_socket = "/${"d".repeat(90)}/control.socket.x"`,
    `line 1: control_socket: /${
      "d".repeat(90)
    }/control.socket.x has 108 octets, and the path of a socket can have 107`,
  ],
  [`[submission]\nsmtpd_timeout = 1\nsmtpd_timeout = 2`, `line 3: "smtpd_timeout" is already set in line 2`],
  [`[[submission]]`, `line 1: a section in double brackets has no meaning here`],
  [`smtp.x = 1`, `line 1: unknown setting "smtp.x"`],
  [`"mail_name`, `line 1: not TOML: expected name = value`],
  [`mail_name "x"`, `line 1: not TOML: expected name = value`],
  [`mail_name =`, `line 1: not TOML: there is no value after =`],
  [`mail_name = "x`, `line 1: not TOML: Single-line string is not closed`],
  [`= 5`, `line 1: not TOML: Unexpected character: "="`],
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
  const { told } = await load(`alias_maps = ["foo:bar", "hash:none", "inline:{a}", "texthash:dir"]\n`);
  const start = `${path}, line 1: alias_maps: `;
  assertEquals(told.map((text) => text.slice(start.length).split(";")[0]), [
    `unknown table type "foo"`,
    `bad syntax: "a" in "inline:{a}"`,
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
  const binary = await load(Uint8Array.of(0x23, 0x0a, 0x61, 0xff, 0x0a));
  assertEquals(binary.told, [`${path}, line 2: the settings file is not UTF-8 text`]);
});
