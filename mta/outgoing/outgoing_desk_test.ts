import { assertEquals, assertMatch } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { hasNodeTls } from "../../tools/kit/net/node_tls.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";

import { Bench, host } from "./testing_bench.ts";
import { SmtpSink } from "./testing_sink.ts";

function test(name: string, run: (bench: Bench, open: (sink: SmtpSink) => SmtpSink) => Promise<void>): void {
  Deno.test(name, async () => {
    const bench = new Bench();
    const sinks: SmtpSink[] = [];
    try {
      await run(bench, (sink) => {
        sinks.push(sink);
        return sink;
      });
    } finally {
      bench.desk.close();
      for (const sink of sinks) await sink.close();
    }
  });
}

const sent = (number: number, uses: number) =>
  `delivered 2.0.0 sink.test[127.0.0.1] ${uses} 250 2.0.0 Ok: queued as SINK${number}`;

test(
  "messages for one destination go over one connection, one after the other (RFC 5321 §4.1.1.5)",
  async (bench, open) => {
    const sink = open(new SmtpSink());
    for (const number of [1, 2, 3]) assertEquals(await bench.send([host(sink.port)]), [sent(number, number)]);
    assertEquals(sink.connections, 1);
    assertEquals(sink.messages[0]!.text, "Subject: x\r\n\r\n.body\r\n");
    assertEquals(bench.desk.status(), { connections: 1, idle: 1 });
  },
);

test(
  "a connection that was kept and has gone is replaced without a word (RFC 5321 §3.8)",
  async (bench, open) => {
    const sink = open(
      new SmtpSink({
        reply: (command, number) =>
          number === 1 && command.startsWith("MAIL FROM:<second") ? "421 4.4.2 idle for too long" : undefined,
      }),
    );
    assertEquals(await bench.send([host(sink.port)]), [sent(1, 1)]);
    assertEquals(await bench.send([host(sink.port)], "x\n", { sender: "second@a.test" }), [sent(2, 1)]);
    assertEquals(sink.connections, 2);
    assertEquals(bench.log, []);
  },
);

test(
  "a host that refuses connections or is busy leaves its place to the next (RFC 5321 §5.1)",
  async (bench, open) => {
    // Nothing listens there.
    const port = 1;
    const busy = open(new SmtpSink({ reply: (command) => command === "" ? "421 4.3.2 busy" : undefined }));
    const sink = open(new SmtpSink());
    assertEquals(await bench.send([host(port), host(busy.port), host(sink.port)]), [sent(1, 1)]);
    assertEquals(bench.log, [
      `connect to sink.test[127.0.0.1]:${port}: Connection refused`,
      "ID1: host sink.test[127.0.0.1] refused to talk to me: 421 4.3.2 busy",
    ]);
    assertEquals(await bench.send([host(port)]), [
      "deferred 4.4.1 none 1 connect to sink.test[127.0.0.1]:1: Connection refused",
    ]);
  },
);

test(
  "a recipient that one host cannot take now is offered to the next (RFC 5321 §5.1)",
  async (bench, open) => {
    const first = open(
      new SmtpSink({
        reply: (command) =>
          command.startsWith("RCPT TO:<c@")
            ? "450 4.2.0 later"
            : command.startsWith("RCPT TO:<d@")
            ? "550 5.1.1 no"
            : undefined,
      }),
    );
    const second = open(new SmtpSink());
    const results = await bench.send([host(first.port), host(second.port)], "x\n", {
      to: ["b@b.test", "c@b.test", "d@b.test"],
    });
    assertEquals(results, [
      sent(1, 1),
      sent(1, 1),
      "failed 5.1.1 sink.test[127.0.0.1] 1 host sink.test[127.0.0.1] said: 550 5.1.1 no (in reply to RCPT TO command)",
    ]);
    assertEquals(second.messages[0]!.commands, ["MAIL FROM:<a@a.test>", "RCPT TO:<c@b.test>", "DATA"]);
  },
);

test(
  "a message whose last reply is lost is not sent again at once (RFC 5321 §4.5.4.1)",
  async (bench, open) => {
    const sink = open(new SmtpSink({ reply: (command) => command === "." ? "drop" : undefined }));
    const other = open(new SmtpSink());
    assertEquals(await bench.send([host(sink.port), host(other.port)]), [
      "deferred 4.4.2 sink.test[127.0.0.1] 1 lost connection with sink.test[127.0.0.1] while " +
      "sending end of data -- message may be sent more than once",
    ]);
    assertEquals(other.connections, 0);
  },
);

test("a refusal before the end of a large message is heard (RFC 5321 §4.5.3.1.10)", async (bench, open) => {
  const sink = open(new SmtpSink({ early: { octets: 100_000, reply: "552 5.3.4 too big" } }));
  const piece = utf8Bytes(`${"x".repeat(77)}\n`.repeat(1000));
  const results = await bench.send([host(sink.port)], Array.from({ length: 200 }, () => piece));
  assertEquals(results, [
    "failed 5.3.4 sink.test[127.0.0.1] 1 host sink.test[127.0.0.1] said: 552 5.3.4 too big " +
    "(in reply to end of DATA command)",
  ]);
});

test(
  "a large message is read piece by piece, its long lines broken (RFC 5321 §4.5.3.1.6)",
  async (bench, open) => {
    const sink = open(new SmtpSink());
    const pieces = [utf8Bytes("Subject: x\n\n"), utf8Bytes("y".repeat(1500)), utf8Bytes("\n.\nend\n")];
    assertEquals(await bench.send([host(sink.port)], pieces), [sent(1, 1)]);
    assertEquals(
      sink.messages[0]!.text,
      `Subject: x\r\n\r\n${"y".repeat(998)}\r\n ${"y".repeat(502)}\r\n.\r\nend\r\n`,
    );
  },
);

test("8-bit content is converted for a server that does not take it (RFC 6152 §3)", async (bench, open) => {
  const sink = open(new SmtpSink({ offers: [] }));
  const text = "Content-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nblå\n";
  assertEquals(await bench.send([host(sink.port)], text, { body: "8BITMIME" }), [sent(1, 1)]);
  assertMatch(sink.messages[0]!.text, /quoted-printable\r\n\r\nbl=C3=A5\r\n$/);
});

test("LMTP tells of each recipient (RFC 2033 §4.2)", async (bench, open) => {
  const sink = open(new SmtpSink({ lmtp: true }));
  const to = ["b@b.test", "c@b.test"];
  assertEquals(await bench.send([host(sink.port)], "x\n", { to, protocol: "lmtp" }), [
    sent(1, 1),
    sent(1, 1),
  ]);
  assertEquals(sink.commands[0], "LHLO me.test");
});

test("login is done by the strongest mechanism that both know (RFC 4954 §4)", async (bench, open) => {
  const sink = open(
    new SmtpSink({
      offers: ["AUTH PLAIN LOGIN"],
      reply: (command) => command.startsWith("AUTH") ? "235 2.7.0 welcome" : undefined,
    }),
  );
  const login = { user: "u", password: "p", source: "test" };
  assertEquals(await bench.send([host(sink.port, "none", { login })]), [sent(1, 1)]);
  assertEquals(sink.commands[1], `AUTH PLAIN ${btoa("\0u\0p")}`);
});

Deno.test("TLS: any certificate will do where it may be, and only a right one where it must (RFC 7435 §3)", async () => {
  const nowMs = Date.now();
  const authority = await createAuthority({ name: "test authority", nowMs, random: realRandom });
  const certificate = await issueCertificate(authority, { names: ["sink.test"], nowMs, random: realRandom });
  const bench = new Bench();
  const sink = new SmtpSink({ certificate });
  const plain = new SmtpSink();
  try {
    const { port } = sink;
    assertEquals(await bench.send([host(port, "may")]), [sent(1, 1)]);
    // Older runtimes go on with a good certificate only, else without TLS.
    assertEquals(sink.messages[0]!.isSecured, hasNodeTls);
    if (!hasNodeTls) return;
    assertMatch(
      bench.log.join("\n"),
      /^Untrusted TLS connection established to sink\.test\[127\.0\.0\.1\]:\d+: TLSv1\.3 with cipher TLS_AES_\w+ \(\d+\/\d+ bits\)$/,
    );
    const once = { settings: { keepsConnections: false } };
    const trusting = { settings: { keepsConnections: false, caPem: authority.certPem } };
    bench.desk.close();
    const refused = "deferred 4.7.5 sink.test[127.0.0.1] 1 Server certificate not trusted";
    assertEquals(await bench.send([host(port, "secure")], "x\n", once), [refused]);
    assertEquals(await bench.send([host(port, "secure")], "x\n", trusting), [sent(2, 1)]);
    assertMatch(bench.log.at(-1)!, /^Verified TLS connection/);
    assertEquals(await bench.send([host(plain.port, "encrypt")], "x\n", once), [
      "deferred 4.7.4 sink.test[127.0.0.1] 1 TLS is required, but was not offered by host sink.test[127.0.0.1]",
    ]);
    assertEquals(await bench.send([host(plain.port, "may")], "x\n", once), [sent(1, 1)]);
  } finally {
    bench.desk.close();
    await sink.close();
    await plain.close();
  }
});

test("a host that takes nothing of a message is given up after its time (RFC 5321 §4.5.3.2.5)", async (bench) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then(async (conn) => {
    await conn.write(utf8Bytes("220 x\r\n250 x\r\n250 Ok\r\n250 Ok\r\n354 go\r\n"));
    return conn;
  });
  const piece = utf8Bytes(`${"x".repeat(77)}\n`.repeat(1000));
  const content = Array.from({ length: 300 }, () => piece);
  const results = await bench.send([host(listener.addr.port)], content, {
    settings: { dataTransferMs: 100 },
  });
  assertEquals(results, [
    "deferred 4.4.2 sink.test[127.0.0.1] 1 conversation with sink.test[127.0.0.1] timed out " +
    "while sending message body",
  ]);
  (await serving).close();
});
