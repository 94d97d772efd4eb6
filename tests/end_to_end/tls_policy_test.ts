/** Mail to hosts that the DNS tells of, with what it says of their certificates (RFC 7672). */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { realRandom } from "../../tools/kit/base/random.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";
import { parseCertificateDer } from "../../tools/kit/net/certificate_reader.ts";
import { digest } from "../../tools/kit/net/certificate_tools.ts";
import { parsePem } from "../../tools/kit/net/pem.ts";

import type { DnsRecord } from "../../mta/dns/record.ts";
import { type ScriptedRecord, startTestingDns, zoneScript } from "../../mta/dns/testing_dns.ts";
import { SmtpSink } from "../../mta/outgoing/testing_sink.ts";

import { ask, dialogue, expectReply, login, openSmtp, sendText } from "./smtp.ts";
import { World } from "./world.ts";

const made = { nowMs: Date.now(), random: realRandom };
const authority = await createAuthority({ ...made, name: "an authority of its own" });
const leaf = await issueCertificate(authority, { ...made, names: ["mx.ta.test", "mx.sts.test"] });
const certificate = { certPem: leaf.certPem + authority.certPem, keyPem: leaf.keyPem };

/** A record for the public key of a certificate (RFC 6698 §2.1). */
function tlsa(usage: number, certPem: string): DnsRecord {
  const { spki } = parseCertificateDer(parsePem(certPem, "CERTIFICATE")[0]!);
  return { type: "TLSA", usage, selector: 1, matching: 1, data: digest("sha256", spki.whole)! };
}

function zone(port: number): readonly ScriptedRecord[] {
  const wrong: DnsRecord = { type: "TLSA", usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) };
  const host = (name: string, record: DnsRecord | undefined): readonly ScriptedRecord[] => [
    { name, record: { type: "A", address: "127.0.0.1" } },
    ...(record === undefined ? [] : [{ name: `_${port}._tcp.${name}`, record }]),
  ];
  const mx = (name: string, preference: number, exchange: string): ScriptedRecord => ({
    name,
    record: { type: "MX", preference, exchange },
  });
  return [
    mx("ee.test", 10, "mx.ee.test"),
    ...host("mx.ee.test", tlsa(3, leaf.certPem)),
    mx("ta.test", 10, "mx.ta.test"),
    ...host("mx.ta.test", tlsa(2, authority.certPem)),
    mx("named.test", 10, "mx.named.test"),
    ...host("mx.named.test", tlsa(2, authority.certPem)),
    mx("wrong.test", 10, "mx.wrong.test"),
    ...host("mx.wrong.test", wrong),
    mx("second.test", 20, "mx.ee.test"),
    mx("second.test", 10, "mx.wrong.test"),
    mx("none.test", 10, "mx.none.test"),
    ...host("mx.none.test", undefined),
    mx("null.test", 0, "."),
  ];
}

/** A server that asks a DNS which vouches for all it says, and a host that listens on some port. */
async function withHosts(
  domains: readonly string[],
  sink: SmtpSink,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const script = zoneScript(zone(sink.port));
  await using dns = await startTestingDns((query) => ({ ...script(query), authenticated: true }));
  const ways = domains.map((domain) => `${domain}=smtp:${domain}:${sink.port}`);
  const world = await World.start({
    settings: [
      'mynetworks = ["127.0.0.0/8"]',
      `dns_servers = ["127.0.0.1:${dns.server.port}"]`,
      `transport_maps = ["inline:{${ways.join(", ")}}"]`,
      'smtp_dns_support_level = "dnssec"',
      'smtp_tls_security_level = "dane"',
      'smtp_tls_loglevel = "1"',
    ].join("\n") + "\n",
  });
  try {
    await run(world);
  } finally {
    await world.dispose();
    await sink.close();
  }
}

Deno.test("mail goes to the hosts of MX records, with certificates as TLSA records say (RFC 5321 §5.1, RFC 7672 §2.2)", async () => {
  const domains = ["ee", "ta", "named", "wrong", "second", "none", "null"].map((name) => `${name}.test`);
  const sink = new SmtpSink({ certificate });
  await withHosts(domains, sink, async (world) => {
    using peer = await openSmtp(world, "smtp");
    for (const domain of domains) {
      const to = [`b@${domain}`];
      expectReply(await sendText(peer, "Subject: x\r\n\r\nx\r\n", { from: "u1@ref.test", to }), "250 ", ".");
    }
    await ask(peer, "QUIT");
    const sent = (domain: string, host: string) =>
      world.logged(new RegExp(`to=<b@${domain}>, relay=${host}\\[127\\.0\\.0\\.1\\]:\\d+, .*status=sent`));
    const kept = (domain: string, host: string) =>
      world.logged(
        new RegExp(
          `to=<b@${domain}>, relay=${host}\\[127\\.0\\.0\\.1\\]:\\d+, .*dsn=4\\.7\\.5, status=deferred ` +
            "\\(Server certificate not trusted\\)",
        ),
      );
    await sent("ee.test", "mx.ee.test");
    await sent("ta.test", "mx.ta.test");
    await sent("second.test", "mx.ee.test");
    await sent("none.test", "mx.none.test");
    await kept("wrong.test", "mx.wrong.test");
    await kept("named.test", "mx.named.test");
    await world.logged(
      /to=<b@null\.test>, relay=none, .*dsn=5\.1\.0, status=bounced \(Domain null\.test does not accept mail \(nullMX\)\)/,
    );
    assertMatch(
      world.server.log,
      /Verified TLS connection established to mx\.ee\.test\[127\.0\.0\.1\]:\d+: /,
    );
    assertMatch(
      world.server.log,
      /Untrusted TLS connection established to mx\.none\.test\[127\.0\.0\.1\]:\d+: /,
    );
    assertEquals(sink.messages.length, 4);
    assert(sink.messages.every(({ isSecured }) => isSecured));
  });
});

Deno.test("mail with REQUIRETLS goes to hosts that offer it and prove themselves, and comes back from others (RFC 8689 §4.2.1)", async () => {
  let offers = ["PIPELINING", "REQUIRETLS"];
  const sink = new SmtpSink({ certificate, offersNow: () => offers });
  await withHosts(["ee.test", "none.test", "ta.test"], sink, async (world) => {
    using peer = await openSmtp(world, "submission");
    await login(peer);
    const send = async (to: string) => {
      await dialogue(peer, [
        ["MAIL FROM:<u1@ref.test> REQUIRETLS", "250 "],
        [`RCPT TO:<${to}>`, "250 "],
        ["DATA", "354 "],
        ["Subject: secret\r\n\r\nthe secret\r\n.", "250 "],
      ]);
    };
    await send("b@ee.test");
    await world.logged(/to=<b@ee\.test>, .*status=sent/);
    assertMatch(sink.messages[0]!.commands[0]!, /^MAIL FROM:<u1@ref\.test>.* REQUIRETLS/);
    // The DNS vouches for the host, but nobody for its certificate.
    await send("b@none.test");
    await world.logged(
      /to=<b@none\.test>, .*dsn=4\.7\.5, status=deferred \(Server certificate not trusted\)/,
    );
    offers = ["PIPELINING"];
    await send("c@ta.test");
    await world.logged(
      /to=<c@ta\.test>, .*dsn=5\.7\.30, status=bounced \(REQUIRETLS is required, but was not offered/,
    );
    const report = await world.arrived("u1", "Undelivered Mail");
    assert(report.includes("Subject: secret") && !report.includes("the secret"));
    assertEquals(sink.messages.length, 1);
  });
});
