import { assertEquals, assertStringIncludes } from "@std/assert";

import { SeededRandom } from "../../kit/base/random.ts";
import { utf8Bytes } from "../../kit/base/bytes.ts";

import { writeFileAtomically } from "../../../store/file/disk.ts";

import { formatProblem, loadSettings } from "../load.ts";
import type { ServiceName } from "../schema.ts";
import { services, settingNames } from "../schema.ts";
import { facts } from "../testing_load.ts";
import type { TransportDefinition } from "../transports.ts";
import { importPostfix } from "./import_postfix.ts";
import { loadPostfix } from "./load_postfix.ts";
import { diskWith, plainMaster } from "./testing_postfix.ts";

const target = "/etc/m/mailsrv.toml";

/** A client's settings are compared by those that it has of its own. */
function withoutSettings({ way, ...rest }: TransportDefinition) {
  if (way.kind === "pipe" || way.kind === "here") return { ...rest, way };
  const { smtp_helo_timeout, smtp_fallback_relay, lmtp_mail_timeout } = way.settings;
  return { ...rest, kind: way.kind, smtp_helo_timeout, smtp_fallback_relay, lmtp_mail_timeout };
}

/** Imports, loads what was written, and compares all values. */
async function importAndCompare(main: string, master = plainMaster): Promise<string> {
  const disk = await diskWith({
    "/etc/aliases": "root: x\n",
    "/etc/mailname": "named.example\n",
    "/etc/postfix/net": "192.0.2.9 OK\n",
    "/etc/postfix/nets": "# ours\n10.9.0.0/16,\n  192.0.2.1\n",
    "/etc/postfix/access": "a.example OK\n",
    "/etc/postfix/main.cf": main,
    "/etc/postfix/master.cf": master,
  });
  const postfix = await loadPostfix({ directory: "/etc/postfix", disk, facts });
  assertEquals(postfix.problems.map(formatProblem), [], main);
  const text = await importPostfix(postfix, { path: target, disk, facts });
  await disk.mkdir("/etc/m");
  await writeFileAtomically(disk, target, utf8Bytes(text), { temporary: "/etc/new" });
  const loaded = await loadSettings({ path: target, disk, facts });
  assertEquals(loaded.problems.map(formatProblem), [], `${main}\n${text}`);
  for (const name of settingNames) {
    assertEquals(loaded.settings[name], postfix.settings[name], `${name}\n${main}\n${text}`);
  }
  assertEquals(
    JSON.stringify([...loaded.transports.values()].map(withoutSettings)),
    JSON.stringify([...postfix.transports.values()].map(withoutSettings)),
  );
  for (const service of Object.keys(services) as ServiceName[]) {
    assertEquals(loaded.forService(service), postfix.forService(service), `${service}\n${main}\n${text}`);
  }
  return text;
}

Deno.test("importPostfix() writes settings that mean the same, and lists what is left", async () => {
  const text = await importAndCompare(
    `compatibility_level = 3.6
site = example.com
myhostname = mx.$site
mydestination = $myhostname localhost
relayhost = [smtp.isp.example]
smtpd_milters = x
queue_run_delay = 90
smtpd_banner = $myhostname ESMTP
smtpd_tls_security_level = none
`,
    `smtp inet n - y - - smtpd
submission inet n - y - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_timeout=$queue_run_delay
`,
  );
  assertEquals(
    text,
    `# Made from /etc/postfix/main.cf and the master.cf beside it. "mailsrv help settings" explains every setting.

# Not taken over:
# /etc/postfix/main.cf, line 6: smtpd_milters = x is not supported: nothing is filtered by it

# ---- This server

compatibility_level = "3.6"
myhostname = "mx.example.com"
mydestination = "$myhostname localhost"
data_directory = "/var/spool/mailsrv"

# ---- Listeners, log, processes

listen_smtp = ["[::]:25"]
listen_submission = ["[::]:587"]

# ---- Aliases and mailboxes

alias_maps = ["hash:/etc/aliases"]

# ---- Local delivery

system_users = true

# ---- Addresses, domains, transports

relayhost = "[smtp.isp.example]"

# ---- TLS

smtpd_tls_security_level = "none"

# ---- SMTP

smtpd_banner = "$myhostname ESMTP"

# ---- Queue and bounces

socket_directory = "/var/spool/postfix"
queue_run_delay = "90s"

# ---- TLS to other hosts

smtp_tls_security_level = ""

# ---- Logging in to other hosts

smtp_sasl_tls_security_options = ["noplaintext", "noanonymous"]

# ---- LMTP to other hosts

lmtp_tls_security_level = ""
lmtp_sasl_tls_security_options = ["noplaintext", "noanonymous"]

[submission]
smtpd_relay_restrictions = ["permit_mynetworks", "permit_sasl_authenticated", "defer_unauth_destination"]
smtpd_timeout = "90s"

[submissions]
smtpd_relay_restrictions = ["permit_mynetworks", "permit_sasl_authenticated", "defer_unauth_destination"]
smtpd_sasl_auth_enable = false
`,
  );
});

const mainLines: readonly string[] = [
  "myhostname = mx.example.com",
  "mydomain = example.org",
  "myorigin = /etc/mailname",
  "myorigin = $mydomain",
  "mydestination = $myhostname, localhost.$mydomain, ${site?{$site}} localhost",
  "mydestination =",
  "site = example.net",
  "mynetworks = 127.0.0.0/8 [::1]/128 10.0.0.0/8",
  "mynetworks = hash:/etc/postfix/net, 10.1.0.0/16",
  "mynetworks = /etc/postfix/nets !10.0.0.0/8",
  `smtpd_client_restrictions = check_client_access hash:/etc/postfix/access, strict
smtpd_restriction_classes = strict, lax
strict = check_policy_service { inet:127.0.0.1:10023, timeout=5s } reject_rbl_client $site=127.0.0.[2..11]
lax = permit_mynetworks, reject`,
  "smtpd_recipient_restrictions = permit_mynetworks check_policy_service unix:private/policy reject",
  "forward_path = /var/forward/$user, $home/.forward",
  "luser_relay = $user@other.example",
  "virtual_alias_maps = inline:{a@b=c}",
  "append_dot_mydomain = yes",
  "mynetworks_style = ${{a} == {b} ? {class} : {subnet}}",
  "relay_domains = $mydestination a.example",
  "inet_interfaces = loopback-only",
  "inet_interfaces = 192.0.2.7, [2001:db8::7]",
  "inet_protocols = ipv4",
  "alias_maps = hash:/etc/aliases, inline:{ {a = b c}, d=$site }",
  "alias_maps =",
  "recipient_delimiter = +-",
  "mailbox_size_limit = 0",
  "message_size_limit = 10M",
  "mail_spool_directory = /var/spool/mail",
  "home_mailbox = Maildir/",
  'smtpd_banner = $myhostname ESMTP $$5 ${relayhost:direct} "q" \\ x',
  "smtpd_forbidden_commands = GET regexp:{{/^[^A-Z]/ Bogus}} { }",
  "smtpd_timeout = ${stress?{10}:{600}}s",
  "smtpd_sasl_auth_enable = yes",
  "smtpd_tls_auth_only = yes",
  "smtpd_use_tls = yes",
  "disable_vrfy_command = YES",
  "maximal_queue_lifetime = 1w",
  "bounce_queue_lifetime = 36h",
  "queue_directory = /data/postfix",
  "compatibility_level = 1",
  "compatibility_level = 3.6",
  "listen_imap = 127.0.0.1:2143",
  "smtpd_discard_ehlo_keywords = dsn, silent-discard",
  "message_drop_headers =",
];
const masterLines: readonly string[] = [
  "smtp inet n - y - - smtpd",
  "  -o smtpd_timeout=5m",
  "  -o { smtpd_banner = $myhostname ESMTP x $$ }",
  "  -o smtpd_sasl_auth_enable=yes",
  "  -o smtpd_tls_security_level=encrypt",
  "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject",
  "  -o mynetworks=127.0.0.0/8",
  "  -o { smtpd_sender_restrictions = $mua_sender permit_mynetworks, reject }",
  "submission inet n - y - - smtpd",
  "smtps inet n - y - - smtpd -o smtpd_tls_wrappermode=yes",
  "127.0.0.1:2525 inet n - y - - smtpd",
];

Deno.test("importPostfix() and loading what it wrote give the settings of loadPostfix()", async () => {
  const seed = 20260213;
  const random = new SeededRandom(seed);
  const pick = (lines: readonly string[], percent: number) =>
    lines.filter(() => random.bytes(1)[0]! < percent * 2.56);
  for (let round = 0; round < 60; round++) {
    const main = pick(mainLines, 35);
    const master = [masterLines[0]!, ...pick(masterLines.slice(1), 40)];
    await importAndCompare(`${main.join("\n")}\n`, `${master.join("\n")}\n`);
  }
});

Deno.test("importPostfix() writes comments that end no comment", async () => {
  const text = await importAndCompare("compatibility_level = 3\nsmtpd_milters = a\r\n\tb\u0001c\n");
  assertStringIncludes(text, "# /etc/postfix/main.cf, line 2: smtpd_milters = a  b c is not supported");
});

Deno.test("importPostfix() writes transports of master.cf as sections (master(5), pipe(8))", async () => {
  const text = await importAndCompare(
    "compatibility_level = 3.6\ndovecot_destination_recipient_limit = 1\nhelo_wait = 7s\n",
    `smtp inet n - y - - smtpd
dovecot unix - n n - 5 pipe
  flags=DRhu user=vmail:vmail argv=/usr/lib/dovecot/deliver -f \${sender} { -d \${user}@\${nexthop} }
relay unix - - y - - smtp
  -o smtp_fallback_relay= -o smtp_helo_timeout=$helo_wait
`,
  );
  assertStringIncludes(
    text,
    `[transport.dovecot]
kind = "pipe"
process_limit = "5"
command = ["/usr/lib/dovecot/deliver", "-f", "\${sender}", "-d \${user}@\${nexthop}"]
user = "vmail:vmail"
flags = "DRhu"
destination_recipient_limit = "1"

[transport.relay]
smtp_fallback_relay = ""
smtp_helo_timeout = "7s"
`,
  );
});
