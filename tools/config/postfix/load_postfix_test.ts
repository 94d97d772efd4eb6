import { assertEquals } from "@std/assert";

import { formatListen } from "../listen.ts";
import { facts } from "../testing_load.ts";
import { load, plainMaster } from "./testing_postfix.ts";

const main = "/etc/postfix/main.cf";
const master = "/etc/postfix/master.cf";

const debian = `smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
biff = no

# appending .domain is the MUA's job.
append_dot_mydomain = no
readme_directory = no
compatibility_level = 3.6
smtpd_tls_cert_file=/etc/ssl/snakeoil.pem
smtpd_tls_key_file=/etc/ssl/snakeoil.key
smtpd_tls_security_level=may
smtp_tls_CApath=/etc/ssl/certs
smtp_tls_security_level=may
smtp_tls_session_cache_database = btree:\${data_directory}/smtp_scache
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = box.example.org
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
myorigin = /etc/mailname
mydestination = $myhostname, example.org, localhost.example.org, , localhost
relayhost = 
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
mailbox_size_limit = 0
recipient_delimiter = +
inet_interfaces = all
inet_protocols = all
`;

const debianFiles = {
  "/etc/mailname": "example.org\n",
  "/etc/ssl/snakeoil.pem": "",
  "/etc/ssl/snakeoil.key": "",
};

Deno.test("loadPostfix() reads the files that Debian installs", async () => {
  const { settings, told, noticed, sourceOf, forService } = await load(debian, plainMaster, {
    files: debianFiles,
  });
  assertEquals(told, []);
  assertEquals(settings.smtpd_banner, "box.example.org ESMTP mailsrv (Debian/GNU)");
  assertEquals(settings.mydestination, [
    "box.example.org",
    "example.org",
    "localhost.example.org",
    "localhost",
  ]);
  assertEquals([settings.myorigin, settings.recipient_delimiter, settings.mailbox_size_limit], [
    "example.org",
    "+",
    0,
  ]);
  assertEquals(settings.mynetworks, ["127.0.0.0/8", "[::ffff:127.0.0.0]/104", "[::1]/128"]);
  assertEquals(settings.listen_smtp.map(formatListen), ["[::]:25"]);
  assertEquals([settings.data_directory, settings.queue_directory], [
    "/var/spool/mailsrv",
    "/var/spool/mailsrv/queue",
  ]);
  assertEquals([sourceOf("recipient_delimiter"), sourceOf("listen_smtp"), sourceOf("queue_directory")], [
    { file: main, line: 23 },
    { file: master, line: 2 },
    "default",
  ]);
  assertEquals(forService("submission").smtpd_sasl_auth_enable, false);
  assertEquals(noticed, [
    `default: ${main}, line 2: biff = no is what is done anyway`,
    `installation: ${main}, line 6: readme_directory is about Postfix's own files and processes`,
    `default: ${main}, line 13: smtp_tls_session_cache_database = btree:\${data_directory}/smtp_scache is what is done anyway`,
  ]);
});

Deno.test("loadPostfix() tells of everything that an Internet site with virtual domains asks for beyond us", async () => {
  const { told, noticed, settings, forService } = await load(
    `compatibility_level = 3.6
myhostname = mx.example.com
virtual_alias_domains = example.net example.edu
virtual_alias_maps = hash:/etc/postfix/virtual
smtpd_sender_restrictions = reject_unknown_sender_domain
smtpd_client_connection_rate_limit = 10
smtpd_sasl_auth_enable = no
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_milters = inet:127.0.0.1:8891
message_size_limit = 20480000
home_mailbox = Maildir/
queue_directory = /data/spool/postfix
mailbox_transport = maildrop
`,
    `smtp inet n - y - - smtpd
submission inet n - y - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=$mua_client_restrictions
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o smtpd_reject_unlisted_recipient=no
  -o milter_macro_daemon_name=ORIGINATING
  -o message_size_limit=5
smtps inet n - y - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
127.0.0.1:10025 inet n - n - - smtpd
  -o content_filter=
maildrop unix - n n - - pipe flags=DRhu
uucp unix - n n - - pipe flags=F
628 inet n - y - - qmqpd
`,
    { files: { "/etc/postfix/virtual": "a@example.net b\n", "/etc/postfix/virtual.cdb": "" } },
  );
  assertEquals(told, []);
  assertEquals([settings.message_size_limit, settings.home_mailbox, settings.queue_directory], [
    20_480_000,
    "Maildir/",
    "/data/spool/mailsrv/queue",
  ]);
  assertEquals(
    [
      settings.listen_smtp,
      settings.listen_submission,
      settings.listen_submissions,
      settings.listen_filtered,
    ].map((listen) => listen.map(formatListen)),
    [
      ["[::]:25"],
      ["[::]:587"],
      ["[::]:465"],
      ["127.0.0.1:10025"],
    ],
  );
  const submission = forService("submission");
  assertEquals([submission.smtpd_sasl_auth_enable, submission.smtpd_tls_security_level], [true, "encrypt"]);
  assertEquals(forService("smtp").smtpd_sasl_auth_enable, false);
  assertEquals([submission.smtpd_relay_restrictions, submission.smtpd_reject_unlisted_recipient], [
    ["permit_sasl_authenticated", "reject"],
    false,
  ]);
  assertEquals(forService("submissions").smtpd_relay_restrictions, [
    "permit_mynetworks",
    "permit_sasl_authenticated",
    "defer_unauth_destination",
  ]);
  const login = "is not supported: who may log in stands in passwd_file";
  assertEquals(noticed, [
    `unsupported: ${main}, line 8: smtpd_sasl_type = dovecot ${login}`,
    `unsupported: ${main}, line 9: smtpd_sasl_path = private/auth ${login}`,
    `unsupported: ${main}, line 10: smtpd_milters = inet:127.0.0.1:8891 is not supported: nothing is filtered by it`,
    `installation: ${main}, line 13: queue_directory is about Postfix's own files and processes`,
    `unsupported: ${master}, line 2: submission/inet: -o message_size_limit=5: message_size_limit is one for all services here`,
    `warning: ${master}, line 16: maildrop/unix: missing argv= command-line attribute: mail for it waits`,
    `warning: ${master}, line 17: uucp/unix: missing argv= command-line attribute: mail for it waits`,
    `unsupported: ${master}, line 18: 628/inet: qmqpd is not here; it is not opened`,
  ]);
});

Deno.test("loadPostfix() takes tables and files in lists of networks and domains (postconf(5) mynetworks)", async () => {
  const { settings, told, itemsOf } = await load(
    "compatibility_level=2\nmynetworks = 10.0.0.0/8, hash:/etc/postfix/access !/etc/relay\n" +
      "relay_domains = a.example /etc/relay\nmydestination = !hash:/etc/postfix/access, /etc/none, b.example\n",
    plainMaster,
    {
      files: {
        "/etc/postfix/access": "192.0.2.1 OK\n",
        "/etc/relay": "# relays\nc.example,\n  # more\n  d.example\n\n!e.example hash:/etc/postfix/access\n",
      },
    },
  );
  assertEquals([settings.mynetworks, settings.relay_domains], [
    [
      "10.0.0.0/8",
      "hash:/etc/postfix/access",
      "!c.example",
      "!d.example",
      "!!e.example",
      "!hash:/etc/postfix/access",
    ],
    ["a.example", "c.example", "d.example", "!e.example", "hash:/etc/postfix/access"],
  ]);
  assertEquals(itemsOf("relay_domains"), [
    { text: "a.example" },
    { text: "c.example", file: "/etc/relay", line: 2 },
    { text: "d.example", file: "/etc/relay", line: 2 },
    { text: "!e.example", file: "/etc/relay", line: 6 },
    { text: "hash:/etc/postfix/access", file: "/etc/relay", line: 6 },
  ]);
  assertEquals(told, [
    `${main}, line 4: mydestination: cannot read /etc/none: No such file or directory`,
  ]);
});

Deno.test("loadPostfix() has the defaults of the compatibility level (postconf(5) compatibility_level)", async () => {
  const read = async (text: string) => {
    const { settings } = await load(text);
    return [settings.mynetworks_style, settings.relay_domains.length, settings.smtputf8_enable];
  };
  assertEquals(await read(""), ["subnet", 3, false]);
  assertEquals(await read("compatibility_level = 1\n"), ["subnet", 3, true]);
  assertEquals(await read("compatibility_level = 3.10\n"), ["host", 0, true]);
});

Deno.test("loadPostfix() listens as inet_interfaces and inet_protocols say (postconf(5))", async () => {
  const opened = async (text: string, name = "smtp") =>
    (await load(`compatibility_level=3\n${text}`, plainMaster.replace("smtp ", `${name} `))).settings
      .listen_smtp.map(formatListen);
  assertEquals(await opened("inet_protocols = ipv4"), ["0.0.0.0:25"]);
  assertEquals(await opened("inet_interfaces = loopback-only"), ["127.0.0.1:25", "[::1]:25"]);
  assertEquals(await opened("inet_interfaces = loopback-only\ninet_protocols = IPv4"), ["127.0.0.1:25"]);
  assertEquals(await opened("inet_interfaces = localhost"), ["127.0.0.1:25", "[::1]:25"]);
  assertEquals(await opened("inet_interfaces = 192.0.2.7, [2001:db8::7]"), [
    "192.0.2.7:25",
    "[2001:db8::7]:25",
  ]);
  assertEquals(await opened("inet_interfaces = 192.0.2.7, [2001:db8::7]\ninet_protocols = ipv4"), [
    "192.0.2.7:25",
  ]);
  assertEquals(await opened("", "127.0.0.1:smtp"), ["127.0.0.1:25"]);
  assertEquals(await opened("", "[::1]:2525"), ["[::1]:2525"]);
  assertEquals(await opened("", "localhost:25"), ["127.0.0.1:25"]);
  assertEquals(await opened("listen_smtp = 127.0.0.1:2525"), ["127.0.0.1:2525"]);
});

Deno.test("loadPostfix() takes TLS from its older names (postconf(5) smtpd_use_tls)", async () => {
  const level = async (text: string) =>
    (await load(`compatibility_level=3\n${text}`)).settings.smtpd_tls_security_level;
  assertEquals(await level(""), "");
  assertEquals(await level("smtpd_use_tls = yes"), "may");
  assertEquals(await level("smtpd_use_tls = yes\nsmtpd_enforce_tls = yes"), "encrypt");
  assertEquals(await level("smtpd_use_tls = yes\nsmtpd_tls_security_level = none"), "none");
});

Deno.test("loadPostfix() expands names that main.cf makes up, and Postfix's own", async () => {
  const { settings, told, noticed } = await load(`compatibility_level = 3
site = example.com
myhostname = mx.$site
smtpd_banner = $myhostname \${relayhost:{direct}} $default_transport \${nothing?x}
mispelt_one = 3
reciipient_delimiter = +
`);
  assertEquals([told, settings.smtpd_banner], [[], "mx.example.com direct smtp"]);
  assertEquals(noticed, [
    `unused: ${main}, line 5: unused parameter: mispelt_one=3`,
    `unused: ${main}, line 6: unused parameter: reciipient_delimiter=+ (did you mean "recipient_delimiter"?)`,
  ]);
});

const faults: readonly (readonly [text: string, told: readonly string[]])[] = [
  ["hopcount_limit = many", [`line 2: hopcount_limit: expected a whole number, not "many"`]],
  ["disable_vrfy_command =", [`line 2: disable_vrfy_command: expected true or false, not ""`]],
  ["a = $b\nb = $a\nmail_name = $a", ["line 4: mail_name: refers to itself ($a -> $b -> $a)"]],
  ["mail_name = $mail_name", ["line 2: mail_name: refers to itself ($mail_name -> $mail_name)"]],
  ["mail_name = a$ b", [`line 2: mail_name: "$ b": expected a setting's name after $`]],
  ["word", [`line 2: missing '=' after attribute name: "word"`]],
  ["inet_protocols = ipv5", [`line 2: inet_protocols: expected all, ipv4 or ipv6, not "ipv5"`]],
  ["alias_maps = hash:/nowhere", ["line 2: alias_maps: there is no file /nowhere"]],
  ["queue_run_delay = 5y", [
    `line 2: queue_run_delay: expected a time such as "30s", "5m", "1h" or "5d", not "5y"`,
  ]],
];

Deno.test("loadPostfix() tells every fault with file and line", async () => {
  for (const [text, problems] of faults) {
    const { told } = await load(`compatibility_level = 3\n${text}\n`);
    assertEquals(told, problems.map((problem) => `${main}, ${problem}`), text);
  }
  const { told } = await load(
    "",
    "smtp inet\nlocalx inet n - y - - smtpd -o smtpd_timeout=x\nsmtp inet n - y - - smtpd\n  -o smtpd_timeout=x\n",
  );
  assertEquals(told, [
    `${master}, line 1: bad field count: a service has 8 fields, not 2`,
    `${master}, line 3: smtpd_timeout: expected a time such as "30s", "5m", "1h" or "5d", not "x"`,
  ]);
});

Deno.test("loadPostfix() needs both files", async () => {
  const { told } = await load("compatibility_level = 3\n", plainMaster, { directory: "/etc" });
  assertEquals(told, [
    "/etc/main.cf: cannot read the settings file: No such file or directory",
    "/etc/master.cf: cannot read the settings file: No such file or directory",
  ]);
});

Deno.test("loadPostfix() puts what it keeps where it is told", async () => {
  const { settings, textOf, defaultText } = await load(
    "compatibility_level = 3\ndata_directory = /var/lib/postfix\n",
    plainMaster,
    {
      dataDirectory: "/tmp/trial",
      facts,
    },
  );
  assertEquals([settings.data_directory, settings.passwd_file, settings.queue_directory], [
    "/tmp/trial",
    "/tmp/trial/users",
    "/tmp/trial/queue",
  ]);
  assertEquals([
    textOf("queue_directory", { expanded: false }),
    defaultText("relayhost"),
    defaultText("nosuch"),
  ], [
    "$data_directory/queue",
    "",
    undefined,
  ]);
});

Deno.test("loadPostfix() tells of tables that only Postfix has built", async () => {
  const { noticed, told } = await load(
    "compatibility_level = 3\nalias_maps = hash:/etc/a, texthash:/etc/aliases\n",
    plainMaster,
    {
      files: { "/etc/a": "a: b\n" },
    },
  );
  assertEquals([told, noticed], [[], [
    `warning: ${main}, line 2: alias_maps: hash:/etc/a is not built for this server: run "mailsrv alias build hash:/etc/a"`,
  ]]);
});

Deno.test("loadPostfix() relays for nobody but by the rules of old where old files set none (postconf(5) smtpd_relay_restrictions)", async () => {
  const relay = async (main: string) => (await load(main)).settings.smtpd_relay_restrictions.join(" ");
  const usual = "permit_mynetworks permit_sasl_authenticated defer_unauth_destination";
  assertEquals(await relay("myhostname = mx.ref.test\n"), usual);
  assertEquals(await relay("compatibility_level = 0\n"), usual);
  assertEquals(await relay("compatibility_level = 3.6\n"), usual);
  assertEquals(await relay("smtpd_recipient_restrictions = reject_unauth_destination\n"), "");
  assertEquals(await relay("smtpd_relay_restrictions = reject\n"), "reject");
});

Deno.test("loadPostfix() filters what comes by SMTP, and not what the filter hands back (FILTER_README)", async () => {
  const { noticed, settings, forService } = await load(
    `compatibility_level = 3.6
content_filter = scan:[127.0.0.1]:10024
receive_override_options = no_address_mappings
`,
    `smtp inet n - y - - smtpd
pickup unix n - y 60 1 pickup -o content_filter=
scan unix - - n - 10 smtp
127.0.0.1:10026 inet n - n - 10 smtpd
  -o content_filter=
  -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks,no_milters
  -o mynetworks=127.0.0.0/8
`,
  );
  assertEquals(settings.listen_filtered.map(formatListen), ["127.0.0.1:10026"]);
  const filters = (["smtp", "submission", "filtered", "pickup"] as const).map((service) =>
    forService(service).content_filter
  );
  const scan = "scan:[127.0.0.1]:10024";
  assertEquals(filters, [scan, scan, "", ""]);
  assertEquals([forService("filtered").mynetworks, forService("filtered").receive_override_options], [
    ["127.0.0.0/8"],
    ["no_unknown_recipient_checks", "no_header_body_checks", "no_milters"],
  ]);
  assertEquals(noticed, []);
});
