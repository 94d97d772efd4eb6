import { assertEquals } from "@std/assert";

import { interpretMessage } from "./answer.ts";
import { decodeMessage } from "./message.ts";
import type { RecordType } from "./record.ts";
import { encodeReply, queryBytes, type ScriptedRecord, type ScriptedReply } from "./testing_dns.ts";

function interpret(type: RecordType, reply: ScriptedReply) {
  return interpretMessage(
    { name: "a.test", type },
    decodeMessage(encodeReply(queryBytes("a.test", type), reply))!,
  );
}

const soa: ScriptedRecord = {
  name: "test",
  ttlSeconds: 900,
  record: { type: "SOA", name: "ns.test", minimumSeconds: 60 },
};

function alias(name: string, target: string, ttlSeconds = 300): ScriptedRecord {
  return { name, ttlSeconds, record: { type: "CNAME", name: target } };
}

function address(name: string, ttlSeconds = 300): ScriptedRecord {
  return { name, ttlSeconds, record: { type: "A", address: "192.0.2.1" } };
}

const nameError = "Host or domain name not found. Name service error for name=a.test type=A: ";

Deno.test("interpretMessage() follows aliases; the shortest lifetime holds (RFC 1034 §3.6.2)", () => {
  const answers = [
    alias("b.test", "c.test", 20),
    address("c.test"),
    alias("a.test", "b.test"),
    address("d.test", 1),
  ];
  assertEquals(interpret("A", { answers, authenticated: true }), {
    answer: {
      kind: "found",
      records: [{ type: "A", address: "192.0.2.1" }],
      ttlSeconds: 20,
      authenticated: true,
    },
    keepSeconds: 20,
  });
});

Deno.test("interpretMessage() tells no such name from no such record, and keeps both by the SOA (RFC 2308 §2, §5)", () => {
  assertEquals(interpret("A", { rcode: 3, authority: [soa] }), {
    answer: { kind: "notFound", text: `${nameError}Host not found` },
    keepSeconds: 60,
  });
  assertEquals(interpret("A", { authority: [soa] }), {
    answer: { kind: "noData", text: `${nameError}Host found but no data record of requested type` },
    keepSeconds: 60,
  });
  assertEquals(interpret("A", {}), {
    answer: { kind: "noData", text: `${nameError}Host found but no data record of requested type` },
    keepSeconds: 0,
  });
});

Deno.test("interpretMessage() of an alias to nothing says what the target says, and keeps it as long as the alias", () => {
  const answers = [alias("a.test", "b.test", 30)];
  const gone = interpret("A", { answers, rcode: 3, authority: [soa] });
  assertEquals("answer" in gone && [gone.answer.kind, gone.keepSeconds], ["notFound", 30]);
  const bare = interpret("A", { answers, authority: [soa] });
  assertEquals("answer" in bare && bare.answer.kind, "noData");
  assertEquals(interpret("A", { answers }), { target: "b.test", ttlSeconds: 30 });
  const itself = interpret("CNAME", { answers });
  assertEquals("answer" in itself && itself.answer.kind, "found");
});

Deno.test("interpretMessage() ends in a ring of aliases", () => {
  const ring = interpret("A", { answers: [alias("a.test", "b.test"), alias("b.test", "a.test")] });
  assertEquals("answer" in ring && ring.answer, {
    kind: "failed",
    text: "Name service error for name=a.test type=A: Malformed or unexpected name server reply",
  });
});

Deno.test("interpretMessage() leaves out mail servers that are no hosts; the null MX stays (RFC 7505 §3)", () => {
  const mx = (exchange: string): ScriptedRecord => ({
    name: "a.test",
    record: { type: "MX", preference: 0, exchange },
  });
  const some = interpret("MX", { answers: [mx("192.0.2.1"), mx("mx.test"), mx("a\\032b.test")] });
  assertEquals("answer" in some && some.answer.kind === "found" && some.answer.records.length, 1);
  const none = interpret("MX", { answers: [mx("192.0.2.1")] });
  assertEquals("answer" in none && none.answer.kind, "failed");
  const null_ = interpret("MX", { answers: [mx(".")] });
  assertEquals("answer" in null_ && null_.answer.kind, "found");
});
