/** Mail to other hosts: from a client of this server to one that keeps what it is given. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { realRandom } from "../../tools/kit/base/random.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";

import { SmtpSink } from "../../mta/outgoing/testing_sink.ts";

import { ask, expectReply, openSmtp, sendText } from "./smtp.ts";
import { World } from "./world.ts";

async function withWorld(
  settings: (sink: SmtpSink) => string,
  run: (world: World, sink: SmtpSink) => Promise<void>,
  sink = new SmtpSink(),
): Promise<void> {
  const world = await World.start({
    settings: `mynetworks = ["127.0.0.0/8"]\n${settings(sink)}\n`,
  });
  try {
    await run(world, sink);
  } finally {
    await world.dispose();
    await sink.close();
  }
}

async function send(world: World, text: string, to: readonly string[]): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  expectReply(await sendText(peer, text, { from: "u1@ref.test", to }), "250 ", ".");
  await ask(peer, "QUIT");
}

Deno.test("mail for elsewhere goes to the relay host, several messages over one connection (postconf(5) relayhost)", async () => {
  await withWorld((sink) => `relayhost = "${sink.hop}"`, async (world, sink) => {
    await send(world, "Subject: one\r\n\r\n..dot\r\n", ["b@b.test", "c@c.test"]);
    await world.server.drained();
    await send(world, `Subject: two\r\n\r\n${"long line ".repeat(40_000)}\r\n`, ["b@b.test"]);
    await world.server.drained();
    assertEquals(sink.messages.length, 2);
    const [one, two] = sink.messages;
    assertMatch(one!.text, /^Received: from .*\r\nSubject: one\r\n.*\r\n\r\n\.dot\r\n$/s);
    assert(one!.commands[0]!.startsWith("MAIL FROM:<u1@ref.test>"), one!.commands[0]);
    assertEquals(one!.commands.slice(1), ["RCPT TO:<b@b.test>", "RCPT TO:<c@c.test>", "DATA"]);
    assert(two!.text.length > 400_000);
    await world.logged(
      /postfix\/(?:smtp|relay)\[\d+\]: \S+: to=<b@b\.test>, relay=127\.0\.0\.1\[127\.0\.0\.1\]:\d+, delay=\S+, delays=\S+, dsn=2\.0\.0, status=sent \(250 2\.0\.0 Ok: queued as SINK1\)/,
    );
  });
});

Deno.test("the transport table leads to a host, and what that says of a recipient comes back (RFC 3461 §6)", async () => {
  const sink = new SmtpSink({
    reply: (command) => command.startsWith("RCPT TO:<gone@") ? "550 5.1.1 no such user" : undefined,
  });
  await withWorld(
    ({ hop }) => `transport_maps = ["inline:{b.test=smtp:${hop}}"]`,
    async (world) => {
      await send(world, "Subject: three\r\n\r\nx\r\n", ["b@b.test", "gone@b.test"]);
      await world.server.drained();
      const report = await world.arrived("u1", "Undelivered Mail");
      assertMatch(report, /<gone@b\.test>: host 127\.0\.0\.1\[127\.0\.0\.1\] said: 550 5\.1\.1 no such user/);
      assertMatch(report, /Remote-MTA: dns; 127\.0\.0\.1/);
      assertMatch(report, /Diagnostic-Code: smtp; 550 5\.1\.1 no such user/);
      assertEquals(sink.messages[0]!.commands.slice(1), [
        "RCPT TO:<b@b.test>",
        "RCPT TO:<gone@b.test>",
        "DATA",
      ]);
    },
    sink,
  );
});

Deno.test("mail waits for a host that cannot be reached, and goes when it can (RFC 5321 §4.5.4.1)", async () => {
  let isBusy = true;
  const sink = new SmtpSink({ reply: (command) => command === "" && isBusy ? "421 4.3.2 busy" : undefined });
  await withWorld(({ hop }) => `relayhost = "${hop}"`, async (world) => {
    await send(world, "Subject: four\r\n\r\nx\r\n", ["b@b.test"]);
    await world.logged(
      /dsn=4\.3\.2, status=deferred \(host 127\.0\.0\.1\[127\.0\.0\.1\] refused to talk to me: 421 4\.3\.2 busy\)/,
    );
    isBusy = false;
    await world.server.mustRun(["queue", "flush"]);
    await world.server.drained();
    assertEquals(sink.messages.length, 1);
  }, sink);
});

Deno.test("LMTP by TCP and by a socket file (RFC 2033 §4.2)", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mailsrv-lmtp-" });
  const sink = new SmtpSink({ lmtp: true });
  const local = new SmtpSink({ lmtp: true, path: `${folder}/lmtp` });
  const lines = ({ hop }: SmtpSink) =>
    `transport_maps = ["inline:{b.test=lmtp:inet:${hop}, c.test=lmtp:unix:${folder}/lmtp}"]`;
  try {
    await withWorld(lines, async (world) => {
      await send(world, "Subject: five\r\n\r\nx\r\n", ["b@b.test", "c@c.test", "d@c.test"]);
      await world.server.drained();
      for (const { commands, messages } of [sink, local]) {
        assertEquals(messages.length, 1);
        assert(commands.some((command) => command.startsWith("LHLO ")));
      }
      await world.logged(/to=<d@c\.test>, relay=mx\.ref\.test\[.*\/lmtp\], .*status=sent/);
    }, sink);
  } finally {
    await local.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("mail goes inside TLS where the host offers it, with a name that is checked where it must be (RFC 3207 §4)", async () => {
  const nowMs = Date.now();
  const authority = await createAuthority({ name: "other authority", nowMs, random: realRandom });
  const certificate = await issueCertificate(authority, { names: ["127.0.0.1"], nowMs, random: realRandom });
  const sink = new SmtpSink({ certificate });
  await withWorld(
    ({ hop }) =>
      `smtp_tls_security_level = "may"\nsmtp_tls_loglevel = "1"\nrelayhost = "${hop}"\n` +
      `smtp_tls_policy_maps = ["inline:{x.test=none, ${hop}=may}"]`,
    async (world) => {
      await send(world, "Subject: six\r\n\r\nx\r\n", ["b@b.test"]);
      await world.server.drained();
      assert(sink.messages[0]!.isSecured);
      await world.logged(
        /Untrusted TLS connection established to 127\.0\.0\.1\[127\.0\.0\.1\]:\d+: TLSv1\.3 with/,
      );
    },
    sink,
  );
});

Deno.test("a relay host that wants a login gets the one of the password table (RFC 4954 §4)", async () => {
  const sink = new SmtpSink({
    offers: ["AUTH PLAIN LOGIN", "PIPELINING"],
    reply: (command) => command.startsWith("AUTH") ? "235 2.7.0 welcome" : undefined,
  });
  await withWorld(
    ({ hop }) =>
      `smtp_sasl_auth_enable = true\nsmtp_sasl_security_options = ["noanonymous"]\nrelayhost = "${hop}"\n` +
      `smtp_sasl_password_maps = ["inline:{${hop}=me:secret}"]`,
    async (world) => {
      await send(world, "Subject: seven\r\n\r\nx\r\n", ["b@b.test"]);
      await world.server.drained();
      assertEquals(sink.commands[1], `AUTH PLAIN ${btoa("\0me\0secret")}`);
      assert(!world.server.log.includes("secret"));
    },
    sink,
  );
});

Deno.test("one server hands mail to another of its kind, inside TLS, by DATA and by BDAT (RFC 3207 §4, RFC 3030 §2)", async () => {
  const other = await World.start();
  try {
    for (const chunking of [false, true]) {
      const settings =
        `relayhost = "[127.0.0.1]:${other.port("smtp")}"\nsmtp_tls_security_level = "encrypt"\n` +
        `smtp_chunking = ${chunking}\nmydestination = []\n`;
      const world = await World.start({ settings: `mynetworks = ["127.0.0.0/8"]\n${settings}` });
      try {
        const word = chunking ? "chunked" : "dotted";
        const text = `Subject: ${word}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n` +
          "Content-Transfer-Encoding: 8bit\r\n\r\n..dot\r\nbl\u00c3\u00a5\r\n";
        await send(world, text, ["u2@ref.test"]);
        await world.server.drained();
        const arrived = await other.arrived("u2", `Subject: ${word}`);
        assertMatch(arrived, /\n\.dot\nbl.+\n$/);
        assertMatch(arrived, /Received: from mx\.ref\.test .*\n?.*TLSv1\.3/);
        await world.logged(/dsn=2\.0\.0, status=sent \(250 2\.0\.0 Ok: (?:\d+ bytes )?queued as \w+\)/);
      } finally {
        await world.dispose();
      }
    }
  } finally {
    await other.dispose();
  }
});
