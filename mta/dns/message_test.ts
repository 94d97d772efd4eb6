import { assertEquals } from "@std/assert";

import { concatBytes, latin1Bytes } from "../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { decodeMessage, encodeQuery } from "./message.ts";
import type { DnsRecord } from "./record.ts";
import { encodeReply, queryBytes, type ScriptedRecord } from "./testing_dns.ts";

const records: readonly DnsRecord[] = [
  { type: "A", address: "192.0.2.1" },
  { type: "AAAA", address: "2001:db8::1" },
  { type: "MX", preference: 10, exchange: "mx.a.test" },
  { type: "MX", preference: 0, exchange: "." },
  { type: "NS", name: "ns.a.test" },
  { type: "PTR", name: "host.a.test" },
  { type: "CNAME", name: "b.test" },
  { type: "TXT", text: `v=spf1 ${"x".repeat(600)}\xff` },
  { type: "TXT", text: "" },
  { type: "TLSA", usage: 3, selector: 1, matching: 1, data: latin1Bytes("hash") },
  { type: "SOA", name: "ns.a.test", minimumSeconds: 600 },
];

function scripted(record: DnsRecord): ScriptedRecord {
  return { name: "a.test", record, ttlSeconds: 70_000 };
}

Deno.test("encodeQuery() asks for recursion and validation, with and without EDNS (RFC 1035 §4.1, RFC 6891 §6.1)", () => {
  const text = (bytes: Uint8Array) =>
    Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
  assertEquals(
    text(encodeQuery("a.test", "MX", { id: 0x1234, edns: false })!),
    "12340120000100000000000001610474657374" + "00000f0001",
  );
  assertEquals(
    text(encodeQuery("a.test", "A", { id: 1, edns: true })!),
    "00010120000100000000000101610474657374" + "0000010001" + "0000" + "2904d0000000000000",
  );
  assertEquals(encodeQuery("a..test", "A", { id: 1, edns: true }), undefined);
});

Deno.test("decodeMessage() reads every type of record (RFC 1035 §3.3, RFC 3596 §2.2, RFC 6698 §2.1)", () => {
  const bytes = encodeReply(queryBytes("A.test", "MX", 513), {
    answers: records.map(scripted),
    authority: [scripted({ type: "NS", name: "ns.a.test" })],
    authenticated: true,
    rcode: 3,
  });
  assertEquals(decodeMessage(bytes), {
    id: 513,
    isResponse: true,
    isTruncated: false,
    authenticated: true,
    rcode: 3,
    question: { name: "a.test", type: "MX" },
    answers: records.map((record) => ({ name: "a.test", ttlSeconds: 70_000, record })),
    authority: [{ name: "a.test", ttlSeconds: 70_000, record: { type: "NS", name: "ns.a.test" } }],
  });
});

Deno.test("decodeMessage() reads compressed names in records (RFC 1035 §4.1.4)", () => {
  const bytes = concatBytes([
    latin1Bytes("\0\x07\x81\x80\0\x01\0\x01\0\0\0\0\x01a\x04test\0\0\x0f\0\x01"),
    latin1Bytes("\xc0\x0c\0\x0f\0\x01\0\0\0\x05\0\x07\0\x0a\x02mx\xc0\x0c"),
  ]);
  assertEquals(decodeMessage(bytes)?.answers, [
    { name: "a.test", ttlSeconds: 5, record: { type: "MX", preference: 10, exchange: "mx.a.test" } },
  ]);
});

Deno.test("decodeMessage() passes over other types and classes, and takes a negative lifetime for none (RFC 2181 §8)", () => {
  const head = "\0\x07\x81\x80\0\x01\0\x03\0\0\0\0\x01a\x04test\0\0\x01\0\x01";
  const answers = [
    "\xc0\x0c\0\x63\0\x01\0\0\0\x05\0\x02ab",
    "\xc0\x0c\0\x01\0\x03\0\0\0\x05\0\x01a",
    "\xc0\x0c\0\x01\0\x01\x80\0\0\x05\0\x04\x7f\0\0\x02",
  ];
  assertEquals(decodeMessage(latin1Bytes(head + answers.join("")))?.answers, [
    { name: "a.test", ttlSeconds: 0, record: { type: "A", address: "127.0.0.2" } },
  ]);
});

Deno.test("decodeMessage() takes no malformed record for a good one", () => {
  const head = "\0\x07\x81\x80\0\0\0\x01\0\0\0\0";
  const rows: readonly string[] = [
    "\0\0\x01\0\x01\0\0\0\x05\0\x03abc",
    "\0\0\x01\0\x01\0\0\0\x05\0\x05abcde",
    "\0\0\x1c\0\x01\0\0\0\x05\0\x04abcd",
    "\0\0\x01\0\x01\0\0\0\x05\0\x04abc",
    "\0\0\x0f\0\x01\0\0\0\x05\0\x02\0\x05",
    "\0\0\x0f\0\x01\0\0\0\x05\0\x04\0\x05\0x",
    "\0\0\x0c\0\x01\0\0\0\x05\0\x03\x05ab",
    "\0\0\x10\0\x01\0\0\0\x05\0\x02\x05a",
    "\0\0\x34\0\x01\0\0\0\x05\0\x02\x03\x01",
    "\0\0\x06\0\x01\0\0\0\x05\0\x03\0\0\x01",
    "\0\0\x01\0",
    "",
  ];
  for (const row of rows) {
    assertEquals(decodeMessage(latin1Bytes(head + row)), undefined, JSON.stringify(row));
  }
});

Deno.test("decodeMessage() refuses another opcode, several questions, less than a head; reads a truncated head", () => {
  const query = queryBytes("a.test", "A");
  assertEquals(decodeMessage(query)?.isResponse, false);
  assertEquals(decodeMessage(query.subarray(0, 11)), undefined);
  assertEquals(decodeMessage(Uint8Array.from(query, (octet, at) => at === 2 ? 0x28 : octet)), undefined);
  assertEquals(decodeMessage(Uint8Array.from(query, (octet, at) => at === 5 ? 2 : octet)), undefined);
  const cut = encodeReply(query, { truncated: true, answers: [scripted(records[0]!)] }).subarray(0, 30);
  assertEquals(decodeMessage(cut)?.isTruncated, true);
  assertEquals(decodeMessage(cut)?.answers, []);
});

Deno.test("decodeMessage() neither throws nor hangs on damaged messages (seed 2)", () => {
  const random = new SeededRandom(2);
  const good = encodeReply(queryBytes("a.test", "MX"), {
    answers: records.map(scripted),
    authority: records.map(scripted),
  });
  for (let round = 0; round < 4000; round++) {
    const bytes = good.slice(0, random.below(4) === 0 ? random.below(good.length) : good.length);
    for (let change = random.below(6); change >= 0 && bytes.length > 0; change--) {
      bytes[random.below(bytes.length)] = random.below(3) === 0 ? 0xc0 : random.below(256);
    }
    decodeMessage(bytes);
    decodeMessage(random.bytes(random.below(80)));
  }
});
