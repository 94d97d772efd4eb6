import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { ManualClock } from "../../kit/base/clock.ts";
import { silentLog } from "../../kit/base/log.ts";

import type { SimDisk } from "../../../store/file/sim_disk.ts";

import { DecisionLog } from "../../../mta/reception/decision_log.ts";

import { parseArguments } from "../arguments.ts";
import { diskWith, run } from "../conf/testing_conf.ts";

import { explainCommand } from "./explain.ts";

const files = {
  "/etc/postfix/main.cf": `compatibility_level = 3.6
myhostname = mx.ref.test
mydomain = ref.test
myorigin = $mydomain
mydestination = $myhostname, $mydomain
inet_interfaces = 192.0.2.25
mynetworks = 10.0.0.0/8
smtpd_sender_restrictions = check_sender_access texthash:/etc/postfix/access
smtpd_recipient_restrictions = check_policy_service unix:private/policy
virtual_alias_maps = texthash:/etc/postfix/virtual
alias_maps = texthash:/etc/aliases
mail_spool_directory = /var/mail
`,
  "/etc/postfix/master.cf": "smtp inet n - y - - smtpd\n",
  "/etc/postfix/access": "# spammers\nav.com REJECT we know you\n",
  "/etc/postfix/virtual": "sales@ref.test joe, ann@elsewhere.test\n",
  "/etc/aliases": "joe u1, nobody-here\n",
  "/var/spool/mailsrv/users": "u1:{PLAIN}pw1\n",
};

async function explain(disk: SimDisk, sentence: string, ...options: readonly string[]) {
  const args = [
    "--settings",
    "/etc/postfix/main.cf",
    ...options,
    ...sentence.split(" ").filter((word) => word !== ""),
  ];
  return await run(explainCommand, disk, parseArguments(explainCommand, args));
}

Deno.test("explain tells which line of which table refuses", async () => {
  const disk = await diskWith(files);
  const { code, out, errors } = await explain(
    disk,
    "mail from a@av.com to u1@ref.test at c.test[198.51.100.3] helo c.test",
    "--no-dns",
  );
  assertEquals([code, errors], [0, []]);
  assertStringIncludes(
    out,
    `mail from <a@av.com> to <u1@ref.test>
client c.test[198.51.100.3] helo c.test on smtp

CONNECT  220
HELO     250
MAIL     250 2.1.0 Ok
RCPT     554 5.7.1 <a@av.com>: Sender address rejected: we know you
  sender
    check_sender_access texthash:/etc/postfix/access  reject 554 5.7.1
`,
  );
  assertMatch(out, /\n +texthash:\/etc\/postfix\/access:2 +av\.com -> REJECT we know you\n/);
  assertStringIncludes(out, "the mail is refused: what follows is what would become of it if it were not");
});

Deno.test("explain tells the way of accepted mail to its mailboxes, and what it has not asked", async () => {
  const disk = await diskWith(files);
  const { out } = await explain(disk, "mail from a@x.test to sales@ref.test at c.test[10.1.2.3]", "--no-dns");
  assertMatch(out, /\nRCPT {12}250 2\.1\.5 Ok\n/);
  assertMatch(out, /\n {4}permit_mynetworks +permit {2}\(mynetworks: 10\.0\.0\.0\/8\)\n/);
  assertMatch(out, /\nDATA {12}354 .*\nEND-OF-MESSAGE {2}250 2\.0\.0 Ok: queued\n/);
  assertStringIncludes(
    out,
    "`- virtual alias (texthash:/etc/postfix/virtual:1: sales@ref.test)\n",
  );
  assertStringIncludes(out, "joe@ref.test: alias texthash:/etc/aliases:1: joe\n");
  assertStringIncludes(out, "u1@ref.test (texthash:/etc/aliases:1: joe): mailbox mbox:/var/mail/u1\n");
  assertStringIncludes(
    out,
    `nobody-here@ref.test (texthash:/etc/aliases:1: joe): bounced: 5.1.1 unknown user`,
  );
  assertStringIncludes(out, "ann@elsewhere.test: transport smtp, next hop elsewhere.test\n");
  assertStringIncludes(out, "policy service unix:private/policy was not asked: DUNNO is assumed\n");
});

Deno.test("explain --json gives the same as values", async () => {
  const disk = await diskWith(files);
  const { out } = await explain(
    disk,
    "mail from a@av.com to u1@ref.test at 198.51.100.3",
    "--json",
    "--no-dns",
  );
  const { client, stages, notes } = JSON.parse(out);
  assertEquals([client.name, client.nameStatus, client.service], ["unknown", "temporary", "smtp"]);
  const { verdict } = stages.at(-1).decision;
  assertEquals([verdict.kind, verdict.reason.key, verdict.reason.line], ["reject", "av.com", 2]);
  assertStringIncludes(notes.join("\n"), "the DNS was not asked");
});

Deno.test("explain without a client tells only where the mail would go", async () => {
  const disk = await diskWith(files);
  const { code, out } = await explain(disk, "mail to u1");
  assertEquals(code, 0);
  assertMatch(out, /^mail from <> to <u1>\n\nRewriting\n/);
  assertStringIncludes(out, "u1@ref.test (made whole: myorigin, mydomain, routing)\n");
  assertStringIncludes(out, "u1@ref.test: mailbox mbox:/var/mail/u1\n");
});

Deno.test("explain --why tells what was recorded, and says when there is nothing", async () => {
  const disk = await diskWith(files);
  const decisions = new DecisionLog({
    disk,
    clock: new ManualClock(),
    log: silentLog,
    directory: "/var/spool/mailsrv/decisions",
    maxOctets: 1 << 20,
  });
  const { out: told } = await explain(
    disk,
    "mail from a@av.com to u1@ref.test at 198.51.100.3",
    "--json",
    "--no-dns",
  );
  const { decision } = JSON.parse(told).stages.at(-1);
  const client = {
    name: "unknown",
    nameStatus: "permanent",
    reverseName: "unknown",
    reverseStatus: "permanent",
  } as const;
  decisions.add("RCPT", {
    role: "smtp",
    client: { ...client, address: "198.51.100.3", port: 1 },
    server: { address: "192.0.2.25", port: 25 },
    helo: "c.test",
    protocol: "ESMTP",
    tls: undefined,
    login: undefined,
    sender: "a@av.com",
    recipient: "u1@ref.test",
    recipientCount: 0,
    size: undefined,
    queueId: undefined,
    instance: "i1",
    pipelined: false,
    etrnDomain: undefined,
  }, decision);
  decisions.queued("4C2F1A0B3D", "i1");
  await decisions.flush();
  for (const what of ["198.51.100.3", "u1@ref.test", "4C2F1A0B3D"]) {
    const { code, out } = await explain(disk, "", "--why", what);
    assertEquals(code, 0);
    assertMatch(
      out,
      /^\w{3} .{11} 4C2F1A0B3D client unknown\[198\.51\.100\.3\] helo c\.test from <a@av\.com>\n/,
    );
    assertStringIncludes(
      out,
      "RCPT  <u1@ref.test>: 554 5.7.1 <a@av.com>: Sender address rejected: we know you\n",
    );
    assertMatch(out, /access:2 +av\.com -> REJECT we know you\n/);
  }
  const nothing = await explain(disk, "", "--why", "192.0.2.99");
  assertEquals([nothing.code, nothing.errors], [1, ["nothing is recorded of 192.0.2.99"]]);
});

Deno.test("explain tells hosts, TLS and login of mail for elsewhere, and no password", async () => {
  const disk = await diskWith({
    ...files,
    "/etc/postfix/main.cf": files["/etc/postfix/main.cf"] + `relayhost = [198.51.100.7]:587
transport_maps = inline:{other.test=smtp:}
smtp_tls_security_level = may
smtp_tls_policy_maps = texthash:/etc/postfix/tls
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = texthash:/etc/postfix/passwords
`,
    "/etc/postfix/tls": "[198.51.100.7]:587 verify match=relay.test\n",
    "/etc/postfix/passwords": "[198.51.100.7]:587 joe:geheim:nis\n",
  });
  const { out } = await explain(disk, "mail from a@x.test to b@remote.test", "--no-dns");
  assertMatch(out, /\n +`- 198\.51\.100\.7\[198\.51\.100\.7\]:587\n/);
  assertMatch(
    out,
    /- TLS: verify \(smtp_tls_policy_maps: texthash:\/etc\/postfix\/tls:1, key .*; certificate for relay\.test\)\n/,
  );
  assertMatch(
    out,
    /- logs in as joe \(texthash:\/etc\/postfix\/passwords:1, key \[198\.51\.100\.7\]:587\)\n/,
  );
  assertStringIncludes(out, "[198.51.100.7]:587 -> joe:...");
  assertEquals([out.includes("geheim"), out.includes("nis")], [false, false]);
  const other = (await explain(disk, "mail from a@x.test to b@other.test", "--no-dns")).out;
  assertMatch(
    other,
    /- hosts: as the DNS says, which was not asked\n(.*\n)* +`- TLS: may \(smtp_tls_security_level\)\n/,
  );
});

Deno.test("explain tells what a transport runs, and as whom (pipe(8))", async () => {
  const disk = await diskWith({
    ...files,
    "/etc/postfix/main.cf": `${files["/etc/postfix/main.cf"]}transport_maps = inline:{x.test=drop:}\n`,
    "/etc/postfix/master.cf": "smtp inet n - y - - smtpd\n" +
      "drop unix - n n - - pipe flags=R user=vmail argv=/usr/bin/drop -d ${recipient}\n",
  });
  const { code, out } = await explain(disk, "mail from a@a.test to b@x.test");
  assertEquals(code, 0);
  assertMatch(
    out,
    /b@x\.test: transport drop, next hop x\.test\n.*runs \/usr\/bin\/drop -d \$\{recipient\}, as vmail/s,
  );
});
