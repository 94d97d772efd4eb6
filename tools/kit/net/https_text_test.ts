import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";

import { ManualClock, realClock } from "../base/clock.ts";
import { realRandom } from "../base/random.ts";
import { createAuthority, issueCertificate } from "./certificate.ts";
import { fetchHttpsText } from "./https_text.ts";

async function withServer(
  handler: (path: string) => Response | Promise<Response>,
  run: (base: string) => Promise<void>,
  tls: { readonly cert: string; readonly key: string } | undefined = undefined,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls },
    (request) => handler(new URL(request.url).pathname),
  );
  try {
    await run(`${tls === undefined ? "http" : "https"}://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

const options = { clock: realClock, limitMs: 60_000, maxOctets: 100 };
const plain = { headers: { "content-type": "text/plain; charset=utf-8" } };

Deno.test("fetchHttpsText() takes a text, and nothing else (RFC 8461 §3.3)", async () => {
  const answers: Readonly<Record<string, () => Response>> = {
    "/ok": () => new Response("version: STSv1\r\n", plain),
    "/moved": () => new Response(null, { status: 302, headers: { location: "/ok" } }),
    "/missing": () => new Response("no", { ...plain, status: 404 }),
    "/html": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    "/long": () => new Response("x".repeat(101), plain),
    "/octets": () => new Response(Uint8Array.of(0xff), plain),
  };
  await withServer((path) => answers[path]!(), async (base) => {
    assertEquals(await fetchHttpsText(`${base}/ok`, options), "version: STSv1\r\n");
    for (
      const [path, why] of [
        ["/moved", "the server answers 302"],
        ["/missing", "the server answers 404"],
        ["/html", "it is text/html"],
        ["/long", "it is longer than 100 octets"],
        ["/octets", "it is not UTF-8"],
      ]
    ) {
      const thrown = await assertRejects(() => fetchHttpsText(`${base}${path}`, options), Error);
      assertEquals(thrown.message, why);
    }
  });
});

Deno.test("fetchHttpsText() does not wait for ever", async () => {
  const clock = new ManualClock(0);
  const asked = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Response>();
  await withServer(() => {
    asked.resolve();
    return end.promise;
  }, async (base) => {
    const failing = assertRejects(() => fetchHttpsText(`${base}/slow`, { ...options, clock }), Error);
    await asked.promise;
    clock.advance(60_000);
    assertEquals((await failing).message, "no answer within 60 s");
    end.resolve(new Response());
  });
});

Deno.test("fetchHttpsText() refuses a server that nobody vouches for (RFC 8461 §3.3)", async () => {
  const made = { nowMs: Date.now(), random: realRandom };
  const authority = await createAuthority({ ...made, name: "x" });
  const { certPem, keyPem } = await issueCertificate(authority, { ...made, names: ["127.0.0.1"] });
  await withServer(() => new Response("x", plain), async (base) => {
    const thrown = await assertRejects(() => fetchHttpsText(`${base}/`, options), Error);
    assertStringIncludes(thrown.message, "UnknownIssuer");
  }, { cert: certPem, key: keyPem });
});
