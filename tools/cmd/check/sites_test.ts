import { assertEquals } from "@std/assert";

import { addressSettings } from "../../config/mta/address_settings.ts";
import { policySettings } from "../../config/mta/policy_settings.ts";
import { settingsView } from "../../config/mta/view.ts";
import { loadPostfix } from "../../config/postfix/load_postfix.ts";
import { formatProblem } from "../../config/load.ts";
import { facts } from "../../config/testing_load.ts";
import type { ServiceName } from "../../config/schema.ts";

import { checkCommand } from "../check.ts";
import { diskWith, run } from "../conf/testing_conf.ts";

type Files = Readonly<Record<string, string>>;

/** As a package leaves it: everything local, submission still off. */
const packaged: Files = {
  "/p/main.cf": `# See /usr/share/postfix/main.cf.dist for a longer version
smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
biff = no
append_dot_mydomain = no
#delay_warning_time = 4h
readme_directory = no
compatibility_level = 3.6

# TLS parameters
smtpd_tls_cert_file=/p/snakeoil.pem
smtpd_tls_key_file=/p/snakeoil.key
smtpd_tls_security_level=may
smtp_tls_CApath=/etc/ssl/certs
smtp_tls_security_level=may
smtp_tls_session_cache_database = btree:\${data_directory}/smtp_scache

smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = mail.example.org
alias_maps = hash:/p/aliases
alias_database = hash:/p/aliases
myorigin = /p/mailname
mydestination = $myhostname, example.org, localhost.example.org, localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
mailbox_size_limit = 0
recipient_delimiter = +
inet_interfaces = all
inet_protocols = all
`,
  "/p/master.cf": `# service type  private unpriv  chroot  wakeup  maxproc command + args
smtp      inet  n       -       y       -       -       smtpd
#submission inet n       -       y       -       -       smtpd
#  -o syslog_name=postfix/submission
pickup    unix  n       -       y       60      1       pickup
cleanup   unix  n       -       y       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
smtp      unix  -       -       y       -       -       smtp
relay     unix  -       -       y       -       -       smtp
        -o syslog_name=\${multi_instance_name?{$multi_instance_name}:{postfix}}/$service_name
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
maildrop  unix  -       n       n       -       -       pipe
  flags=DRXhu user=vmail argv=/usr/bin/maildrop -d \${recipient}
`,
  "/p/mailname": "example.org\n",
  "/p/snakeoil.pem": "",
  "/p/snakeoil.key": "",
  "/p/aliases": "postmaster: root\nroot: someone@example.net\n",
  "/p/aliases.cdb": "",
};

/** An Internet site: virtual aliases and mailboxes, logins, submission with lists of its own, a class, a block list. */
const hosting: Files = {
  ...packaged,
  "/p/main.cf": `compatibility_level = 3.6
myhostname = mx.example.org
mydomain = example.org
myorigin = $mydomain
mydestination = $myhostname, localhost.$mydomain, localhost
mynetworks = 127.0.0.0/8, [::1]/128, /p/networks
alias_maps = hash:/p/aliases
alias_database = $alias_maps
virtual_alias_maps = hash:/p/virtual, regexp:/p/virtual.regexp
virtual_mailbox_domains = /p/vhosts
virtual_mailbox_maps = hash:/p/vmailbox
virtual_mailbox_base = /srv/vmail
virtual_minimum_uid = 100
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
relay_domains = backup.example.net
relay_recipient_maps = hash:/p/relay_recipients
transport_maps = hash:/p/transport
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_auth_enable = yes
smtpd_helo_required = yes
smtpd_delay_reject = yes
smtpd_restriction_classes = greylist
greylist = check_policy_service { inet:127.0.0.1:10023, timeout=10s, default_action=DUNNO }
smtpd_client_restrictions = permit_mynetworks, permit_sasl_authenticated,
    check_client_access cidr:/p/clients.cidr
    # the worst of them
    reject_unknown_reverse_client_hostname
smtpd_helo_restrictions = permit_mynetworks, reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
smtpd_sender_restrictions = reject_non_fqdn_sender, reject_unknown_sender_domain,
    check_sender_access hash:/p/senders
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated,
    check_recipient_access hash:/p/recipients,
    reject_rbl_client zen.block.example=127.0.0.[2..11], reject_rhsbl_sender dbl.block.example
    check_policy_service unix:private/policy
smtpd_data_restrictions = reject_unauth_pipelining, reject_multi_recipient_bounce
mua_client_restrictions = permit_sasl_authenticated, reject
mua_helo_restrictions =
mua_sender_restrictions = reject_sender_login_mismatch
smtpd_sender_login_maps = hash:/p/virtual
header_checks = regexp:/p/header_checks
recipient_canonical_maps = tcp:localhost:10002
recipient_canonical_classes = envelope_recipient,header_recipient
always_bcc = archive@example.org
propagate_unmatched_extensions = canonical
home_mailbox = Maildir/
smtpd_client_connection_rate_limit = 60
`,
  "/p/master.cf": `smtp      inet  n       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/$service_name
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=yes
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_client_restrictions=$mua_client_restrictions
  -o smtpd_helo_restrictions=$mua_helo_restrictions
  -o smtpd_sender_restrictions=$mua_sender_restrictions
  -o smtpd_recipient_restrictions=
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o milter_macro_daemon_name=ORIGINATING
smtps     inet  n       -       y       -       -       smtpd
  -o smtpd_tls_wrappermode=yes
  -o { smtpd_relay_restrictions = permit_sasl_authenticated, reject }
pickup    unix  n       -       y       60      1       pickup
`,
  ...Object.fromEntries(
    ["virtual", "vmailbox", "relay_recipients", "transport", "senders", "recipients"].map((
      name,
    ) => [`/p/${name}.cdb`, ""]),
  ),
  "/p/virtual": "info@shop.example someone@example.net\n",
  "/p/virtual.regexp": "/^sales-.*@shop\\.example$/ info@shop.example\n",
  "/p/vhosts": "# ours\nshop.example\nclub.example\n",
  "/p/vmailbox": "info@shop.example shop.example/info/\n",
  "/p/relay_recipients": "@backup.example.net OK\n",
  "/p/transport": "backup.example.net smtp:[192.0.2.99]\n",
  "/p/senders": "spam.example REJECT\n",
  "/p/recipients": "list@shop.example permit_mynetworks, reject\nnew@shop.example greylist\n",
  "/p/clients.cidr": "192.0.2.128/25 REJECT\n",
  "/p/networks": "192.0.2.0/26\n",
  "/p/header_checks": "/^Subject:.*pills/ REJECT\n",
};

async function load(files: Files) {
  const disk = await diskWith(files);
  return await loadPostfix({ directory: "/p", disk, facts });
}

async function rules(files: Files, service: ServiceName): Promise<readonly string[]> {
  const view = settingsView(await load(files), service);
  const { lists, classes } = policySettings(view, addressSettings(view, facts));
  return [
    ...Object.entries(lists).filter(([, calls]) => calls.length > 0),
    ...classes,
  ].map(([name, calls]) => `${name}: ${calls.map(({ text }) => text).join(", ")}`);
}

Deno.test("main.cf and master.cf of a package start as they are (DEBIAN_README)", async () => {
  assertEquals((await load(packaged)).problems.map(formatProblem), []);
  assertEquals(await rules(packaged, "smtp"), [
    "relay: permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
  ]);
  const { code, out } = await run(checkCommand, await diskWith(packaged), {
    options: { postfix: "/p" },
    rest: [],
  });
  assertEquals([code, out.split("\n").filter((line) => line.includes("error"))], [0, []]);
});

Deno.test("main.cf and master.cf of an Internet site with virtual domains start as they are (VIRTUAL_README)", async () => {
  const loaded = await load(hosting);
  assertEquals(loaded.problems.map(formatProblem), []);
  assertEquals(await rules(hosting, "smtp"), [
    "client: permit_mynetworks, permit_sasl_authenticated, check_client_access cidr:/p/clients.cidr, reject_unknown_reverse_client_hostname",
    "helo: permit_mynetworks, reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname",
    "sender: reject_non_fqdn_sender, reject_unknown_sender_domain, check_sender_access hash:/p/senders",
    "relay: permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    "recipient: reject_unlisted_recipient, permit_sasl_authenticated, check_recipient_access hash:/p/recipients, reject_rbl_client zen.block.example=127.0.0.[2..11], reject_rhsbl_sender dbl.block.example, check_policy_service unix:private/policy",
    "data: reject_unauth_pipelining, reject_multi_recipient_bounce",
    "greylist: check_policy_service { inet:127.0.0.1:10023, timeout=10s, default_action=DUNNO }",
  ]);
  assertEquals((await rules(hosting, "submission")).slice(0, 3), [
    "client: permit_sasl_authenticated, reject",
    "sender: reject_sender_login_mismatch",
    "relay: permit_sasl_authenticated, reject",
  ]);
  assertEquals(loaded.forService("submission").syslog_name, "postfix/submission");
  assertEquals(loaded.settings.virtual_mailbox_domains, ["shop.example", "club.example"]);
  const { code, out } = await run(checkCommand, await diskWith(hosting), {
    options: { postfix: "/p" },
    rest: [],
  });
  assertEquals([code, out.split("\n").filter((line) => line.includes("error"))], [0, []], out);
});
