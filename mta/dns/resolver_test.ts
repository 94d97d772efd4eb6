import { assertEquals } from "@std/assert";

import { ManualClock, realClock } from "../../tools/kit/base/clock.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { defaultDnsSettings, type DnsServer } from "./resolv_conf.ts";
import { DnsResolver } from "./resolver.ts";
import { encodeReply, type Script, startTestingDns, zoneScript } from "./testing_dns.ts";

const random = new SeededRandom(4);

function resolverOf(server: DnsServer, clock = realClock): DnsResolver {
  return new DnsResolver({ ...defaultDnsSettings, servers: [server], attempts: 1 }, { clock, random });
}

Deno.test("DnsResolver asks a server over UDP and follows its aliases (RFC 1035 §4.2.1)", async () => {
  await using dns = await startTestingDns(zoneScript([
    { name: "a.test", record: { type: "MX", preference: 10, exchange: "mx.a.test" } },
    { name: "mx.a.test", record: { type: "CNAME", name: "host.test" } },
    { name: "host.test", record: { type: "AAAA", address: "2001:db8::25" } },
  ]));
  const resolver = resolverOf(dns.server);
  const mx = await resolver.query("a.test", "MX");
  assertEquals(mx.kind === "found" && mx.records, [{ type: "MX", preference: 10, exchange: "mx.a.test" }]);
  const address = await resolver.query("mx.a.test", "AAAA");
  assertEquals(address.kind === "found" && address.records, [{ type: "AAAA", address: "2001:db8::25" }]);
  assertEquals((await resolver.query("a.test", "A")).kind, "noData");
  assertEquals((await resolver.query("b.test", "A")).kind, "notFound");
  assertEquals(dns.asked, [
    "udp MX a.test",
    "udp AAAA mx.a.test",
    "udp AAAA host.test",
    "udp A a.test",
    "udp A b.test",
  ]);
});

Deno.test("DnsResolver takes a large answer over TCP (RFC 7766 §8)", async () => {
  const text = "x".repeat(20_000);
  const script: Script = ({ name, protocol }) =>
    protocol === "udp" ? { truncated: true } : { answers: [{ name, record: { type: "TXT", text } }] };
  await using dns = await startTestingDns(script);
  const answer = await resolverOf(dns.server).query("big.test", "TXT");
  assertEquals(answer.kind === "found" && answer.records, [{ type: "TXT", text }]);
  assertEquals(dns.asked, ["udp TXT big.test", "tcp TXT big.test"]);
});

Deno.test("DnsResolver passes over datagrams that are no answers, and over those of strangers (RFC 5452 §9)", async () => {
  await using stranger = await startTestingDns(() => undefined);
  const script: Script = ({ name, bytes }) => [
    new Uint8Array(0),
    Uint8Array.of(1, 2, 3),
    new Uint8Array(3000),
    bytes,
    encodeReply(bytes, { answers: [{ name, record: { type: "A", address: "192.0.2.1" } }] }),
  ];
  await using dns = await startTestingDns(script);
  const answer = await resolverOf(dns.server).query("a.test", "A");
  assertEquals(answer.kind === "found" && answer.records, [{ type: "A", address: "192.0.2.1" }]);
  assertEquals(stranger.asked.length, 0);
});

Deno.test("DnsResolver gives up a server that is silent, over UDP and over TCP", async () => {
  for (const protocol of ["udp", "tcp"] as const) {
    const clock = new ManualClock();
    let heard = () => {};
    const asked = new Promise<void>((resolve) => heard = resolve);
    const script: Script = (query) => {
      if (query.protocol !== protocol) return { truncated: true };
      heard();
      return undefined;
    };
    await using dns = await startTestingDns(script);
    const asking = resolverOf(dns.server, clock).query("a.test", "A");
    await asked;
    clock.advance(4999);
    assertEquals(clock.nextDue() !== undefined, true);
    clock.advance(1);
    assertEquals((await asking).kind, "failed");
    assertEquals(clock.nextDue(), undefined);
  }
});

Deno.test("DnsResolver takes a server that is not there for one without an answer", async () => {
  const server = await (async () => {
    await using gone = await startTestingDns(() => undefined);
    return gone.server;
  })();
  const clock = new ManualClock();
  const asking = resolverOf(server, clock).query("a.test", "A");
  clock.advance(5000);
  assertEquals((await asking).kind, "failed");
});

Deno.test("DnsResolver asks many questions at the same time", async () => {
  await using dns = await startTestingDns(({ name }) => ({
    answers: [{ name, record: { type: "TXT", text: name } }],
  }));
  const resolver = resolverOf(dns.server);
  const names = Array.from({ length: 100 }, (_, index) => `n${index}.test`);
  const answers = await Promise.all(names.map((name) => resolver.query(name, "TXT")));
  assertEquals(
    answers.map((answer) =>
      answer.kind === "found" && answer.records[0]?.type === "TXT" && answer.records[0].text
    ),
    names,
  );
});
