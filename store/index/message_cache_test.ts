import { assertEquals } from "@std/assert";

import { parseEnvelope } from "../../tools/kit/mail/envelope.ts";
import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { MemoryMessageCache } from "./message_cache.ts";

const envelope = parseEnvelope(utf8Bytes("Subject: x\r\n\r\n"));

Deno.test("the cache adds to what it knows and drops the least lately used when it is full", () => {
  const cache = new MemoryMessageCache(100);
  cache.put(1, { envelope }, 40);
  cache.put(2, { envelope }, 40);
  assertEquals(cache.get(1)?.envelope?.subject, "x");
  cache.put(3, { envelope }, 40);
  assertEquals([1, 2, 3].map((uid) => cache.get(uid) !== undefined), [true, false, true]);
  cache.put(4, { envelope }, 101);
  assertEquals(cache.get(4), undefined);
  cache.put(1, {}, 70);
  assertEquals(cache.get(1), undefined);
  cache.forget(3);
  assertEquals(cache.get(3), undefined);
});
