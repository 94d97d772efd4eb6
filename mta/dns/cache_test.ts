import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";

import { DnsCache } from "./cache.ts";
import type { DnsAnswer } from "./record.ts";

const found: DnsAnswer = {
  kind: "found",
  records: [{ type: "A", address: "192.0.2.1" }],
  ttlSeconds: 100,
  authenticated: false,
};
const absent: DnsAnswer = { kind: "notFound", text: "no" };
const failed: DnsAnswer = { kind: "failed", text: "later" };

Deno.test("DnsCache gives what it holds with the lifetime that is left, and nothing after it (RFC 1035 §3.2.1)", () => {
  const clock = new ManualClock();
  const cache = new DnsCache(clock);
  cache.put("a", found, { keepSeconds: 100, octets: 50 });
  clock.advance(40_500);
  assertEquals(cache.get("a"), { ...found, ttlSeconds: 60 });
  clock.advance(59_500);
  assertEquals([cache.get("a"), cache.size], [undefined, 0]);
});

Deno.test("DnsCache keeps nothing with no lifetime, failures five seconds, the rest not for ever (RFC 9520 §3.2, RFC 2308 §5)", () => {
  const clock = new ManualClock();
  const cache = new DnsCache(clock);
  cache.put("a", found, { keepSeconds: 0, octets: 50 });
  assertEquals(cache.get("a"), undefined);
  cache.put("failed", failed, { keepSeconds: 0, octets: 0 });
  cache.put("absent", absent, { keepSeconds: 1e9, octets: 50 });
  cache.put("found", found, { keepSeconds: 1e9, octets: 50 });
  clock.advance(4999);
  assertEquals(cache.get("failed"), failed);
  clock.advance(1);
  assertEquals(cache.get("failed"), undefined);
  clock.advance(10_800_000);
  assertEquals([cache.get("absent"), cache.get("found")?.kind], [undefined, "found"]);
  clock.advance(86_400_000);
  assertEquals(cache.get("found"), undefined);
});

Deno.test("DnsCache is bounded in number and in octets: what was not used for longest goes", () => {
  const cache = new DnsCache(new ManualClock(), { maxEntries: 3, maxOctets: 10_000 });
  const put = (key: string, octets: number) => cache.put(key, absent, { keepSeconds: 60, octets });
  for (const key of ["a", "b", "c"]) put(key, 10);
  cache.get("a");
  put("d", 10);
  assertEquals(["a", "b", "c", "d"].filter((key) => cache.get(key) !== undefined), ["a", "c", "d"]);
  put("e", 9000);
  put("f", 9000);
  assertEquals(["a", "d", "e", "f"].filter((key) => cache.get(key) !== undefined), ["f"]);
  put("f", 9000);
  put("g", 1_000_000);
  assertEquals(cache.size, 0);
  put("h", 10);
  assertEquals(cache.size, 1);
  cache.clear();
  assertEquals(cache.size, 0);
});
