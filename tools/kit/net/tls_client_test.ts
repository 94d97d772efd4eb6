import { assertEquals, assertMatch, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../base/bytes.ts";
import { realClock } from "../base/clock.ts";
import { realRandom } from "../base/random.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { dial } from "./dial.ts";
import { hasNodeTls, type TlsPeer } from "./node_tls.ts";
import { createTlsClient } from "./tls_client.ts";

const nowMs = Date.now();
const authority = await createAuthority({ name: "client test authority", nowMs, random: realRandom });
const leaf = await issueCertificate(authority, { names: ["mx.test"], nowMs, random: realRandom });

/** A client's connection, its handshake done, against what `serve` makes of the other end. */
async function connect(
  listener: Deno.Listener,
  serve: (conn: Deno.Conn) => Promise<void>,
  options: { readonly caPem?: string; readonly limitMs?: number } = {},
) {
  const peers: TlsPeer[] = [];
  const serving = listener.accept().then(serve);
  const { port } = listener.addr as Deno.NetAddr;
  const connection = await dial({ address: "127.0.0.1", port }, { clock: realClock, limitMs: 5000 });
  const tls = createTlsClient({
    clock: realClock,
    serverName: "mx.test",
    hostname: "mx.test",
    caPem: options.caPem,
    minVersion: "TLSv1.2",
    onPeer: (peer) => peers.push(peer),
  });
  const upgraded = connection.upgrade(tls, { limitMs: options.limitMs ?? 5000 });
  return { connection, upgraded, peers, serving };
}

function listenTls(): Deno.TlsListener {
  return Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: leaf.certPem, key: leaf.keyPem });
}

async function echo(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(100_000);
  try {
    for (let octets = await conn.read(buffer); octets !== null; octets = await conn.read(buffer)) {
      const bytes = buffer.slice(0, octets);
      for (let written = 0; written < bytes.length;) written += await conn.write(bytes.subarray(written));
    }
  } catch {
    // The client is gone.
  }
  conn.close();
}

if (hasNodeTls) {
  Deno.test("a certificate is shown with what is found of it, whoever has signed it (RFC 7435 §3)", async () => {
    for (const caPem of [undefined, authority.certPem]) {
      using listener = listenTls();
      const { connection, upgraded, peers, serving } = await connect(
        listener,
        echo,
        caPem === undefined ? {} : { caPem },
      );
      const info = await upgraded;
      assertMatch(info.protocol, /^TLSv1\.[23]$/);
      assertEquals(peers.map(({ isTrusted, chain }) => [isTrusted, chain.length > 0]), [[
        caPem !== undefined,
        true,
      ]]);
      const text = "much to say ".repeat(20_000);
      const sending = connection.write(utf8Bytes(text));
      let heard = "";
      while (heard.length < text.length) heard += utf8Text((await connection.read())!);
      await sending;
      assertEquals(heard, text);
      await connection.close();
      await serving;
    }
  });
}

Deno.test("a handshake that breaks off, is refused or takes too long is an error and nothing more (RFC 8446 §6)", async () => {
  const ways: readonly ((conn: Deno.Conn) => Promise<void>)[] = [
    (conn) => Promise.resolve(conn.close()),
    async (conn) => {
      await conn.read(new Uint8Array(10));
      await conn.write(utf8Bytes("500 what?\r\n500 what?\r\n"));
      conn.close();
    },
    async (conn) => {
      await conn.read(new Uint8Array(1000));
      conn.close();
    },
  ];
  for (const way of ways) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { connection, upgraded, serving } = await connect(listener, way);
    await assertRejects(() => upgraded, Error);
    connection.abort();
    await serving;
  }
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let silent: Deno.Conn | undefined;
  const { connection, upgraded, serving } = await connect(listener, (conn) => {
    silent = conn;
    return Promise.resolve();
  }, { limitMs: 50 });
  await assertRejects(() => upgraded, Error, "not finished within 0.05 s");
  await serving;
  connection.abort();
  silent?.close();
});

if (hasNodeTls) {
  Deno.test("a connection that is reset inside TLS fails its reader and its writer (RFC 9293 §3.10.7)", async () => {
    using listener = listenTls();
    const { connection, upgraded, serving } = await connect(listener, async (conn) => {
      await conn.read(new Uint8Array(10));
      conn.close();
    });
    await upgraded;
    await connection.write(utf8Bytes("x"));
    await serving;
    const end = await connection.read().then(
      (bytes) => bytes === undefined ? "ended" : "octets",
      () => "broken",
    );
    assertMatch(end, /^(?:ended|broken)$/);
    connection.abort();
    await assertRejects(() => connection.write(utf8Bytes("y".repeat(100))));
  });
}
