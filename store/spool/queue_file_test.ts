import { assertEquals } from "@std/assert";

import { concatBytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";

import {
  formatEnvelope,
  formatHeader,
  formatJournalLine,
  formatMark,
  formatWhole,
  headerOctets,
  parseEnvelope,
  parseHeader,
  parseJournal,
} from "./queue_file.ts";
import { formatQueueId, isQueueId, QueueIdSource } from "./queue_id.ts";
import type { DeliveryOutcome, QueueEnvelope } from "./spool.ts";

const envelope: QueueEnvelope = {
  sender: "",
  recipients: [{ address: "u1@ref.test", original: "U1@ref.test", notify: ["NEVER"] }, {
    address: "ü@ref.test",
    original: "ü@ref.test",
  }],
  arrivedMs: 1_750_000_000_000,
  attributes: { client_name: "x\ny" },
  smtpUtf8: true,
  body: "8BITMIME",
};

Deno.test("a header says how long content and envelope are", () => {
  const bytes = formatHeader({ contentOctets: 4096, envelopeOctets: 300 });
  assertEquals(bytes.length, headerOctets);
  assertEquals(parseHeader(bytes), { contentOctets: 4096, envelopeOctets: 300 });
});

Deno.test("what is no header, or an unfinished one, is none", () => {
  for (
    const text of ["", "mailsrv-queue 1 ", "mailsrv-queue 2 000000000000001 0000000001\n", "\0".repeat(43)]
  ) {
    assertEquals(parseHeader(utf8Bytes(text)), undefined, text);
  }
  assertEquals(parseHeader(formatHeader({ contentOctets: 0, envelopeOctets: 0 })), undefined);
});

Deno.test("an envelope comes back as it went", () => {
  assertEquals(parseEnvelope(formatEnvelope(envelope)), envelope);
});

Deno.test("a small message's file is whole blocks, and reads as what it was made of", () => {
  for (const octets of [0, 1, 3000, 4096, 4097, 60_000]) {
    const content = new Uint8Array(octets).fill(97);
    const { bytes, content: inside } = formatWhole(
      [content.subarray(0, octets >> 1), content.subarray(octets >> 1)],
      formatEnvelope(envelope),
    );
    const { contentOctets, envelopeOctets } = parseHeader(bytes)!;
    assertEquals([bytes.length % 4096, contentOctets], [0, octets]);
    assertEquals(bytes.length, headerOctets + contentOctets + envelopeOctets);
    assertEquals(inside, content);
    assertEquals(bytes.slice(headerOctets, headerOctets + octets), content);
    assertEquals(parseEnvelope(bytes.subarray(headerOctets + octets)), envelope);
    assertEquals(bytes.at(-1), 10);
  }
});

Deno.test("what is no envelope is none", () => {
  for (const text of ["", "null", "[]", "{}", '{"sender":"a","recipients":[{"address":1}]}', '{"sender":']) {
    assertEquals(parseEnvelope(utf8Bytes(text)), undefined, text);
  }
});

const sent: DeliveryOutcome = { kind: "delivered", status: "2.0.0", text: "delivered to maildir" };
const later: DeliveryOutcome = { kind: "deferred", status: "4.2.0", text: 'cannot update "x"\n' };

Deno.test("a journal gives the last outcome of each recipient", () => {
  const bytes = concatBytes([
    formatJournalLine(new Map([[0, later], [1, later]]), 1),
    formatJournalLine(new Map([[0, sent]]), 2),
  ]);
  assertEquals(parseJournal(bytes, 3), {
    outcomes: [sent, later, undefined],
    attempts: 1,
    deferredMs: 1,
    marks: [],
    octets: bytes.length,
  });
});

Deno.test("a journal keeps marks between outcomes, and does not take them for attempts", () => {
  const bytes = concatBytes([
    formatMark("warned", 1),
    formatJournalLine(new Map([[0, later]]), 2),
    formatMark("expired", 3),
    formatMark("expired", 4),
  ]);
  const { marks, attempts, octets, outcomes } = parseJournal(bytes, 1);
  assertEquals([marks, attempts, octets, outcomes], [["warned", "expired"], 1, bytes.length, [later]]);
});

Deno.test("a journal keeps who said what to a delivery, and what kind of success it was (RFC 3464 §2.3.5, §2.3.6)", () => {
  const relayed: DeliveryOutcome = {
    ...sent,
    kind: "delivered",
    how: "relayed",
    remote: { host: "mx.b.test" },
  };
  const refused: DeliveryOutcome = {
    ...later,
    remote: { host: "mx.b.test" },
    diagnostic: { type: "smtp", text: "450 4.2.0 later" },
  };
  const bytes = formatJournalLine(new Map<number, DeliveryOutcome>([[0, relayed], [1, refused]]), 1);
  assertEquals(parseJournal(bytes, 2).outcomes, [relayed, refused]);
  const odd = utf8Bytes('{"at":1,"outcomes":{"0":["delivered","2.0.0","",{"how":"eaten","remote":7}]}}\n');
  assertEquals(parseJournal(odd, 1).outcomes, [{ kind: "delivered", status: "2.0.0", text: "" }]);
});

Deno.test("a journal cut anywhere is read up to its last whole line", () => {
  const first = formatJournalLine(new Map([[0, later]]), 1);
  const second = formatJournalLine(new Map([[0, sent]]), 2);
  const whole = concatBytes([first, second]);
  for (let cut = first.length; cut < whole.length; cut++) {
    const { outcomes, octets } = parseJournal(whole.subarray(0, cut), 1);
    assertEquals([outcomes, octets], [[later], first.length]);
  }
});

Deno.test("a journal is read up to the first line that makes no sense", () => {
  const first = formatJournalLine(new Map([[0, later]]), 1);
  const bad = [
    "\0\0\0\n",
    "{}\n",
    '{"outcomes":{"7":["delivered","2.0.0",""]}}\n',
    '{"outcomes":{"0":["lost","",""]}}\n',
  ];
  for (const line of bad) {
    const bytes = concatBytes([first, utf8Bytes(line), formatJournalLine(new Map([[0, sent]]), 2)]);
    assertEquals(parseJournal(bytes, 1).octets, first.length, line);
  }
});

Deno.test("queue ids have the shape of Postfix's short ones and do not repeat", () => {
  assertEquals(formatQueueId(1_764_033_113_312_082), "4C31250259");
  const source = new QueueIdSource(new ManualClock());
  const ids = Array.from({ length: 1000 }, () => source.next());
  assertEquals(new Set(ids).size, 1000);
  assertEquals(ids.every(isQueueId), true);
  for (const text of ["", "ALL", "4c31235659", "4C31235659.tmp", "../4C31235659"]) {
    assertEquals(isQueueId(text), false);
  }
});
