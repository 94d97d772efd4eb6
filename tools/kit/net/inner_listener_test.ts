import { assertEquals, assertRejects } from "@std/assert";

import { realClock } from "../base/clock.ts";
import { realRandom } from "../base/random.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { InnerListener } from "./inner_listener.ts";

const now = { nowMs: realClock.now(), random: realRandom };
const authority = await createAuthority({ name: "Test authority", ...now });
const { certPem, keyPem } = await issueCertificate(authority, { names: ["localhost"], ...now });

function listen(): InnerListener {
  const socket = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: certPem, key: keyPem });
  return new InnerListener(socket, realClock);
}

Deno.test("InnerListener finds the accepted end of each of its own connections", async () => {
  const listener = listen();
  const pairs = await Promise.all(Array.from({ length: 50 }, () => listener.connect()));
  for (const { outer, inner } of pairs) {
    assertEquals(inner.remoteAddr.port, outer.localAddr.port);
    outer.close();
    inner.close();
  }
  listener.close();
});

Deno.test("InnerListener closes the connections of strangers, also among its own", async () => {
  const listener = listen();
  const strangers = Array.from({ length: 20 }, async () => {
    const caCerts = [authority.certPem];
    try {
      const conn = await Deno.connectTls({ hostname: "localhost", port: listener.port, caCerts });
      const octets = await conn.read(new Uint8Array(10)).catch(() => null);
      conn.close();
      return octets;
    } catch {
      return null;
    }
  });
  const pairs = await Promise.all(Array.from({ length: 20 }, () => listener.connect()));
  assertEquals(await Promise.all(strangers), Array(20).fill(null));
  for (const { outer, inner } of pairs) {
    assertEquals(inner.remoteAddr.port, outer.localAddr.port);
    outer.close();
    inner.close();
  }
  listener.close();
  await assertRejects(() => listener.connect());
});
