import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";

import { utf8Bytes, utf8Text } from "../base/bytes.ts";
import { realClock } from "../base/clock.ts";
import { realRandom } from "../base/random.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { writeAll } from "./connection.ts";
import type { Server, ServerOptions } from "./server.ts";
import { ToyService } from "./toy_engine.ts";
import { eventually, serveToy, ToyClient, toyListener } from "./toy_server.ts";

const names = ["localhost", "127.0.0.1"];
const now = { nowMs: realClock.now(), random: realRandom };
const authority = await createAuthority({ name: "Test authority", ...now });
const certificate = await issueCertificate(authority, { names, ...now });
const caCerts = [authority.certPem];
const implicit = { ...toyListener, mode: "tls" } as const;

function serveTls(options: Partial<ServerOptions> = {}, createService = () => new ToyService()) {
  const toy = serveToy(options, createService);
  toy.server.setCertificate(certificate.certPem, certificate.keyPem);
  return toy;
}

async function connectTls(port: number): Promise<ToyClient> {
  return new ToyClient(await Deno.connectTls({ hostname: "localhost", port, caCerts }));
}

const idle = (server: Server) =>
  eventually(() => server.status().connections === 0, "the end of all connections");

class BigService extends ToyService {
  octets = 0;

  override body(bytes: Uint8Array): void {
    this.octets += bytes.length;
  }

  override async *source(source: string): AsyncIterable<Uint8Array> {
    const chunk = utf8Bytes(`${"x".repeat(998)}\r\n`.repeat(32));
    for (let left = Number(source); left > 0; left--) yield await Promise.resolve(chunk);
  }
}

Deno.test("STARTTLS brings TLS up and tells version and cipher (RFC 3207 §4)", async () => {
  const { server, port, stop } = serveTls();
  const client = await ToyClient.connect(port);
  await client.hear("hello\r\n");
  await client.startTls(authority.certPem);
  await client.say("ask x\r\n");
  assertEquals(await client.hear("\n"), "answer X\r\n");
  const tls = server.status().sessions[0]?.tls;
  assertEquals(tls?.protocol, "TLSv1.3");
  assertMatch(tls?.cipher ?? "", /^TLS_(AES|CHACHA20)/);
  assert(tls?.bits === 128 || tls?.bits === 256);
  await client.say("quit\r\n");
  assertEquals(await client.hearAll(), "bye\r\n");
  client.close();
  await idle(server);
  await stop();
});

Deno.test("TLS from the start is known to the session's peer (RFC 8314 §3)", async () => {
  const { server, sessions, port, stop } = serveTls({ listeners: [implicit] });
  const client = await connectTls(port);
  await client.hear("hello\r\n");
  assertEquals(sessions[0]?.peer.tls?.protocol, "TLSv1.3");
  assertEquals(sessions[0]?.peer.address, "127.0.0.1");
  client.close();
  await idle(server);
  assertEquals(sessions[0]?.engine.inputs, ["ended"]);
  await stop();
});

Deno.test("STARTTLS drops what came in plain text behind it (RFC 3207 §4.2)", async () => {
  const { sessions, port, stop } = serveTls();
  const client = await ToyClient.connect(port);
  await client.hear("hello\r\n");
  await client.say("starttls\r\nevil one\r\nevil two\r\n");
  await client.hear("go ahead\r\n");
  client.conn = await Deno.startTls(client.conn as Deno.TcpConn, { hostname: "localhost", caCerts });
  await client.say("noop\r\nquit\r\n");
  assertEquals(await client.hearAll(), "secured TLSv1.3\r\nsaid noop\r\nbye\r\n");
  assertEquals(sessions[0]?.engine.inputs.at(-1), "receive noop\r\nquit\r\n");
  client.close();
  await stop();
});

Deno.test("Server carries 200 TLS sessions at once", async () => {
  const { server, port, stop } = serveTls({ limits: { connectionsPerAddress: 0 } });
  const clients = await Promise.all(Array.from({ length: 200 }, async (_, index) => {
    const client = await ToyClient.connect(port);
    await client.hear("hello\r\n");
    await client.startTls(authority.certPem);
    await client.say(`ask number ${index}\r\n`);
    assertEquals(await client.hear("\n"), `answer NUMBER ${index}\r\n`);
    return client;
  }));
  assertEquals(server.status().sessions.filter(({ tls }) => tls !== undefined).length, 200);
  await Promise.all(clients.map(async (client) => {
    await client.say("quit\r\n");
    assertEquals(await client.hearAll(), "bye\r\n");
    client.close();
  }));
  await idle(server);
  await stop();
});

Deno.test("TLS sessions carry much both ways, octet by octet", async () => {
  const { server, sessions, port, stop } = serveTls({}, () => new BigService());
  const client = await ToyClient.connect(port);
  await client.startTls(authority.certPem);
  const line = `body ${"y".repeat(60_000)}\r\n`;
  const saying = (async () => {
    for (let count = 0; count < 50; count++) await client.say(line);
    await client.say("exact 150\r\nquit\r\n");
  })();
  const text = await client.hearAll();
  await saying;
  assertEquals((sessions[0]?.service as BigService).octets, 50 * 60_000);
  assertEquals(text.length, "took\r\n".length * 50 + 150 * 32_000 + "streamed\r\nbye\r\n".length);
  client.close();
  await idle(server);
  await stop();
});

Deno.test("TLS sessions answer a client that has ended its side (RFC 8446 §6.1)", async () => {
  const { server, port, stop } = serveTls();
  const client = await ToyClient.connect(port);
  await client.startTls(authority.certPem);
  await client.say("ask x\r\n");
  await client.conn.closeWrite();
  assertEquals(await client.hearAll(), "answer X\r\n");
  client.close();
  await idle(server);
  await stop();
});

Deno.test("Garbage instead of a ClientHello ends only its own connection", async () => {
  for (const listener of [toyListener, implicit]) {
    const { server, records, port, stop } = serveTls({ listeners: [listener] });
    const client = await ToyClient.connect(port);
    if (listener.mode === "plain") {
      await client.say("starttls\r\n");
      await client.hear("go ahead\r\n");
    }
    await client.say("GET / HTTP/1.0\r\n\r\n");
    const rest = await client.hearAll().catch(() => "reset");
    // A fatal alert, or a reset.
    assert(rest === "reset" || rest.startsWith("\x15\x03"), JSON.stringify(rest));
    await idle(server);
    assertMatch(records[0]!.text, /^TLS handshake with 127\.0\.0\.1 failed: /);
    client.close();
    await stop();
  }
});

Deno.test("A handshake that is never finished ends at its limit", async () => {
  for (const octets of [[], [22], [22, 3, 1, 0, 200, 1, 0, 0, 196]]) {
    const { server, records, port, stop } = serveTls({ listeners: [implicit], limits: { handshakeMs: 60 } });
    const client = await ToyClient.connect(port);
    await writeAll(client.conn, Uint8Array.from(octets));
    await client.hearAll().catch(() => {});
    await idle(server);
    assertEquals(server.status().failedHandshakes, 1);
    assertEquals(records[0]?.text, "TLS handshake with 127.0.0.1 failed: not finished within 0.06 s");
    client.close();
    await stop();
  }
});

Deno.test("A client that goes away in the handshake or in the session leaves nothing behind", async () => {
  const { server, sessions, port, stop } = serveTls({ listeners: [toyListener, implicit] });
  const early = await ToyClient.connect(server.status().listeners[1]!.port);
  await writeAll(early.conn, Uint8Array.of(22, 3, 1));
  early.close();
  const late = await ToyClient.connect(port);
  await late.startTls(authority.certPem);
  late.close();
  await idle(server);
  assertEquals(sessions[0]?.engine.inputs.at(-1), "ended");
  assertEquals(server.status().failedHandshakes, 1);
  await stop();
});

Deno.test("setCertificate() is used by new handshakes while running sessions go on", async () => {
  const { server, port, stop } = serveTls();
  const old = await ToyClient.connect(port);
  await old.startTls(authority.certPem);
  const other = await createAuthority({ name: "Other authority", ...now });
  const renewed = await issueCertificate(other, { names, ...now });
  server.setCertificate(renewed.certPem, renewed.keyPem);
  const young = await ToyClient.connect(port);
  await young.startTls(other.certPem);
  const wrong = await ToyClient.connect(port);
  await assertRejects(() => wrong.startTls(authority.certPem));
  wrong.close();
  for (const client of [old, young]) {
    await client.say("quit\r\n");
    assertEquals(await client.hearAll(), "bye\r\n");
    client.close();
  }
  await idle(server);
  await stop();
});

Deno.test("setCertificate() refuses what is no pair and keeps the old one", async () => {
  const { server, port, stop } = serveTls();
  const other = await issueCertificate(authority, { names, ...now });
  assertThrows(() => server.setCertificate(certificate.certPem, other.keyPem));
  assertThrows(() => server.setCertificate("nonsense", certificate.keyPem));
  assertThrows(() => server.setCertificate(certificate.certPem, "nonsense"));
  const client = await ToyClient.connect(port);
  await client.startTls(authority.certPem);
  client.close();
  await idle(server);
  await stop();
});

Deno.test("drain() says goodbye inside TLS and drops handshakes that hang", async () => {
  const { server, ports } = serveTls({ listeners: [toyListener, implicit] });
  const client = await ToyClient.connect(ports[0]!);
  await client.startTls(authority.certPem);
  const hanging = await ToyClient.connect(ports[1]!);
  await eventually(() => server.status().connections === 2);
  const drained = server.drain(60_000);
  assertEquals(await client.hearAll(), "bye stopping\r\n");
  client.close();
  await drained;
  assertEquals(server.status().connections, 0);
  assertEquals(await hanging.hearAll().catch(() => ""), "");
  hanging.close();
});

Deno.test("Without a certificate TLS listeners close and STARTTLS ends the session", async () => {
  const { server, records, ports, stop } = serveToy({ listeners: [toyListener, implicit] });
  const first = await ToyClient.connect(ports[1]!);
  assertEquals(await first.hearAll().catch(() => ""), "");
  const second = await ToyClient.connect(ports[0]!);
  await second.say("starttls\r\n");
  assertEquals(await second.hearAll(), "hello\r\ngo ahead\r\n");
  assertEquals(records[0]?.text, "no certificate: connection from 127.0.0.1 closed");
  first.close();
  second.close();
  await idle(server);
  await stop();
});

Deno.test({
  name: "Server drops a client that does not take its replies inside TLS",
  // Up to Deno 2.4 a write ends only when the peer has gone, a moment after the test.
  sanitizeOps: false,
  fn: async () => {
    const { server, port, stop } = serveTls({ limits: { writeMs: 100 } }, () => new BigService());
    const slow = await ToyClient.connect(port);
    await slow.startTls(authority.certPem);
    await slow.say("exact 2000\r\n");
    await idle(server);
    slow.close();
    await stop();
  },
});

/** Runs `openssl s_client` with `input`; what it said, with the peer's text. */
async function sClient(port: number, input: string, ...options: readonly string[]): Promise<string> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/ca.pem`, authority.certPem);
    const args = [
      "s_client",
      "-connect",
      `127.0.0.1:${port}`,
      "-CAfile",
      `${dir}/ca.pem`,
      "-servername",
      "localhost",
    ];
    const command = new Deno.Command("openssl", {
      args: [...args, "-verify_return_error", "-verify_hostname", "localhost", "-ign_eof", ...options],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    });
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    await writer.write(utf8Bytes(input));
    await writer.close();
    return utf8Text((await child.output()).stdout);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const hasOpenssl = (await Deno.permissions.query({ name: "run" })).state === "granted" &&
  await new Deno.Command("openssl", { args: ["version"] }).output().then(() => true, () => false);

for (
  const [option, protocol, cipher] of [
    ["-tls1_2", "TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"],
    ["-tls1_3", "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"],
  ] as const
) {
  Deno.test({
    name: `openssl s_client and the server agree on ${protocol} and ${cipher}`,
    ignore: !hasOpenssl,
    fn: async () => {
      const { server, sessions, port, stop } = serveTls({ listeners: [implicit] });
      const choice = protocol === "TLSv1.2" ? ["-cipher", cipher] : ["-ciphersuites", cipher];
      const heard = await sClient(port, "ask x\r\nquit\r\n", option, ...choice);
      assertMatch(heard, /Verify return code: 0 \(ok\)/);
      assertMatch(heard, new RegExp(`${protocol}, Cipher is ${cipher}`));
      assertMatch(heard, /hello\r\n[^]*answer X\r\nbye\r\n/);
      const { tls } = sessions[0]!.peer;
      assertEquals([tls?.protocol, tls?.cipher], [protocol, cipher]);
      await idle(server);
      await stop();
    },
  });
}

Deno.test({
  name: "A client that knows only versions older than TLS 1.2 is refused (RFC 8996 §2)",
  ignore: !hasOpenssl,
  fn: async () => {
    const { server, port, stop } = serveTls({ listeners: [implicit] });
    await sClient(port, "", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
    await idle(server);
    assertEquals([server.status().failedHandshakes, server.status().sessions.length], [1, 0]);
    await stop();
  },
});
