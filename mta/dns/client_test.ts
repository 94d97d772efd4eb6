import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { DnsClient, type DnsExchange } from "./client.ts";
import { decodeMessage } from "./message.ts";
import type { RecordType } from "./record.ts";
import { defaultDnsSettings, type DnsSettings } from "./resolv_conf.ts";
import { encodeReply, type ScriptedRecord, type ScriptedReply } from "./testing_dns.ts";

interface Asked {
  readonly server: string;
  readonly protocol: "udp" | "tcp";
  readonly name: string;
  readonly type: RecordType;
  readonly edns: boolean;
}

/** What a fake server does: answers, keeps silent, is not there, or sends these octets made of the query. */
type Deed = ScriptedReply | "silence" | "refusal" | ((query: Uint8Array) => readonly Uint8Array[]);

function world(script: (asked: Asked) => Deed, settings: Partial<DnsSettings> = {}) {
  const asked: Asked[] = [];
  const exchange: DnsExchange = async ({ address }, query, { protocol, isAnswer }) => {
    await Promise.resolve();
    const { question } = decodeMessage(query)!;
    const one: Asked = {
      server: address,
      protocol,
      name: question!.name,
      type: question!.type!,
      edns: query[11] === 1,
    };
    asked.push(one);
    const deed = script(one);
    if (deed === "silence") return undefined;
    if (deed === "refusal") throw new Error("connection refused");
    const replies = typeof deed === "function" ? deed(query) : [encodeReply(query, deed)];
    return replies.find(isAnswer);
  };
  const clock = new ManualClock();
  const client = new DnsClient({
    settings: { ...defaultDnsSettings, ...settings },
    exchange,
    clock,
    random: new SeededRandom(3),
  });
  const say = () =>
    asked.splice(0).map(({ server, protocol, type, name }) => `${server} ${protocol} ${type} ${name}`);
  return { client, clock, asked, say };
}

function address(name: string, ip: string, ttlSeconds = 300): ScriptedRecord {
  return { name, ttlSeconds, record: { type: "A", address: ip } };
}

const answered: ScriptedReply = { answers: [address("a.test", "192.0.2.1")] };
const two = [{ address: "one", port: 53 }, { address: "two", port: 53 }];

Deno.test("DnsClient asks once for what is being asked, and not again while the answer holds (RFC 1035 §7.4)", async () => {
  const { client, clock, say } = world(() => answered);
  const both = await Promise.all([client.query("a.test", "A"), client.query("A.Test.", "A")]);
  assertEquals(both[0], {
    kind: "found",
    records: [{ type: "A", address: "192.0.2.1" }],
    ttlSeconds: 300,
    authenticated: false,
  });
  assertEquals(both[1], both[0]);
  clock.advance(100_000);
  const later = await client.query("a.test", "A");
  assertEquals(later.kind === "found" && later.ttlSeconds, 200);
  assertEquals(say(), ["127.0.0.1 udp A a.test"]);
  clock.advance(200_000);
  await client.query("a.test", "A");
  assertEquals(say(), ["127.0.0.1 udp A a.test"]);
});

Deno.test("DnsClient goes to the next server when one is silent, not there, unwilling or broken (RFC 1035 §7.2)", async () => {
  const bad: readonly Deed[] = [
    "silence",
    "refusal",
    { rcode: 2 },
    { rcode: 5 },
    (query) => [Uint8Array.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 9, ...query.subarray(8)])],
  ];
  for (const deed of bad) {
    const { client, say } = world(({ server }) => server === "one" ? deed : answered, { servers: two });
    assertEquals((await client.query("a.test", "A")).kind, "found");
    assertEquals(say(), ["one udp A a.test", "two udp A a.test"]);
  }
});

Deno.test("DnsClient says `failed` when no server has an answer in all attempts, and does not ask again at once (RFC 9520 §3.2)", async () => {
  const { client, clock, say } = world(() => "silence", { servers: two, attempts: 2 });
  const text =
    "Host or domain name not found. Name service error for name=a.test type=MX: Host not found, try again";
  assertEquals(await client.query("a.test", "MX"), { kind: "failed", text });
  assertEquals(say(), ["one udp MX a.test", "two udp MX a.test", "one udp MX a.test", "two udp MX a.test"]);
  await client.query("a.test", "MX");
  assertEquals(say(), []);
  clock.advance(5000);
  await client.query("a.test", "MX");
  assertEquals(say().length, 4);
});

Deno.test("DnsClient begins with another server each time where it is told to (resolv.conf(5) rotate)", async () => {
  const { client, say } = world(() => ({ answers: [] }), { servers: two, rotate: true });
  for (const name of ["a.test", "b.test", "c.test"]) await client.query(name, "A");
  assertEquals(say(), ["one udp A a.test", "two udp A b.test", "one udp A c.test"]);
});

Deno.test("DnsClient asks over TCP when the answer does not fit (RFC 7766 §5)", async () => {
  const { client, say } = world(({ protocol }) => protocol === "udp" ? { truncated: true } : answered);
  assertEquals((await client.query("a.test", "A")).kind, "found");
  assertEquals(say(), ["127.0.0.1 udp A a.test", "127.0.0.1 tcp A a.test"]);
  const { client: cut } = world(() => ({ truncated: true }), { attempts: 1 });
  assertEquals((await cut.query("a.test", "A")).kind, "failed");
});

Deno.test("DnsClient asks without EDNS a server that does not know it (RFC 6891 §7)", async () => {
  for (const rcode of [1, 4]) {
    const { client, asked } = world(({ edns }) => edns ? { rcode } : answered);
    assertEquals((await client.query("a.test", "A")).kind, "found");
    assertEquals(asked.map(({ edns }) => edns), [true, false]);
  }
  const bare = world(({ edns }) =>
    edns
      ? (query) => [Uint8Array.from([...query.subarray(0, 2), 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0])]
      : answered
  );
  assertEquals((await bare.client.query("a.test", "A")).kind, "found");
});

Deno.test("DnsClient believes no message with another id or another question (RFC 5452 §9.1)", async () => {
  const forged: ScriptedReply = { answers: [address("a.test", "203.0.113.66")] };
  const changed = (query: Uint8Array, at: number) => {
    const reply = encodeReply(query, forged).slice();
    reply[at]! ^= 1;
    return reply;
  };
  const { client } = world(() => (query) => [
    changed(query, 0),
    changed(query, 1),
    changed(query, 13),
    changed(query, 20),
    changed(query, 22),
    changed(query, 5),
    query,
    encodeReply(query, forged).subarray(0, 11),
    encodeReply(query, answered),
  ]);
  const answer = await client.query("a.test", "A");
  assertEquals(answer.kind === "found" && answer.records, [{ type: "A", address: "192.0.2.1" }]);
});

Deno.test("DnsClient draws a new id for every query", async () => {
  const ids = new Set<number>();
  const { client } = world(() => (query) => {
    ids.add(query[0]! << 8 | query[1]!);
    return [encodeReply(query, {})];
  });
  for (let count = 0; count < 50; count++) await client.query(`a${count}.test`, "A");
  assertEquals(ids.size, 50);
});

Deno.test("DnsClient follows an alias that the server did not follow, so far and no farther (RFC 1034 §5.2.2)", async () => {
  const alias = (name: string, target: string): ScriptedRecord => ({
    name,
    ttlSeconds: 20,
    record: { type: "CNAME", name: target },
  });
  const { client, say } = world(({ name }) =>
    name === "a.test"
      ? { answers: [alias("a.test", "b.test")], authenticated: true }
      : { answers: [address("b.test", "192.0.2.2")] }
  );
  assertEquals(await client.query("a.test", "A"), {
    kind: "found",
    records: [{ type: "A", address: "192.0.2.2" }],
    ttlSeconds: 20,
    authenticated: false,
  });
  assertEquals(say(), ["127.0.0.1 udp A a.test", "127.0.0.1 udp A b.test"]);
  const { client: endless, asked } = world(({ name }) => ({ answers: [alias(name, `x.${name}`)] }));
  assertEquals((await endless.query("a.test", "A")).kind, "failed");
  assertEquals(asked.length, 9);
});

Deno.test("DnsClient reports that the server has validated it (RFC 6840 §5.8)", async () => {
  const { client } = world(() => ({ ...answered, authenticated: true }));
  const answer = await client.query("a.test", "A");
  assertEquals(answer.kind === "found" && answer.authenticated, true);
});

Deno.test("DnsClient asks nobody for what is no name", async () => {
  const { client, asked } = world(() => answered);
  for (const name of ["", "a..test", `${"x".repeat(64)}.test`]) {
    assertEquals(await client.query(name, "A"), {
      kind: "notFound",
      text: `Name service error for ${name}: invalid host or domain name`,
    });
  }
  assertEquals(asked.length, 0);
});

Deno.test("DnsClient has an answer whatever a server sends after a right head (seed 5)", async () => {
  const noise = new SeededRandom(5);
  const { client } = world(() => (query) => {
    const reply = encodeReply(query, {
      answers: [address("a.test", "192.0.2.1"), {
        name: "a.test",
        record: { type: "MX", preference: 1, exchange: "mx.a.test" },
      }],
    }).slice();
    for (let change = noise.below(8); change > 0; change--) {
      reply[2 + noise.below(reply.length - 2)] = noise.below(256);
    }
    reply[2]! |= 0x80;
    return [noise.below(4) === 0 ? reply.subarray(0, noise.below(reply.length)) : reply];
  }, { attempts: 1 });
  const kinds = new Set<string>();
  for (let round = 0; round < 500; round++) {
    const { kind } = await client.query("a.test", round % 2 === 0 ? "A" : "MX");
    kinds.add(kind);
    await client.query(`b${round}.test`, "TXT");
  }
  assertEquals([...kinds].every((kind) => ["found", "failed", "noData", "notFound"].includes(kind)), true);
});
