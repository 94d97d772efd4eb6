import { assertEquals, assertGreater } from "@std/assert";

import type { LedgerRow } from "./ledger.ts";
import { Ledger } from "./ledger.ts";

function rowOf(ledger: Ledger<LedgerRow>, uid: number): LedgerRow {
  const row = {
    uid,
    flags: [] as readonly string[],
    modSeq: ledger.nextModSeq(),
    fresh: false,
    octets: undefined,
    receivedMs: undefined,
  };
  ledger.add(row);
  return row;
}

const stateOf = (row: LedgerRow) => ({ uid: row.uid, flags: row.flags, recent: false, modSeq: row.modSeq });

Deno.test("rows are in order of UID, in whatever order they came", () => {
  const ledger = new Ledger(1);
  for (const uid of [5, 2, 9]) rowOf(ledger, uid);
  assertEquals(ledger.rows.map((row) => row.uid), [2, 5, 9]);
  rowOf(ledger, 10);
  rowOf(ledger, 7);
  ledger.remove([2, 99]);
  assertEquals(ledger.rows.map((row) => row.uid), [5, 7, 9, 10]);
});

Deno.test("each cursor is told what it does not know, summed up, once", () => {
  const ledger = new Ledger(1);
  const old = rowOf(ledger, 1);
  const gone = rowOf(ledger, 2);
  const early = ledger.open();
  const passing = rowOf(ledger, 3);
  const late = ledger.open();
  ledger.setFlags(old, ["\\Seen"], ledger.nextModSeq());
  ledger.setFlags(gone, ["\\Deleted"], ledger.nextModSeq());
  ledger.setFlags(old, ["\\Seen"], ledger.nextModSeq());
  ledger.remove([2]);
  ledger.remove([passing.uid]);
  const added = rowOf(ledger, 4);
  ledger.setFlags(added, ["Work"], ledger.nextModSeq());
  const forEarly = ledger.changes(early, stateOf);
  assertEquals(forEarly.appeared.map((row) => [row.uid, row.flags]), [[4, ["Work"]]]);
  assertEquals(forEarly.flags.map((row) => row.uid), [1]);
  assertEquals(forEarly.vanished, [2]);
  assertEquals(ledger.changes(late, stateOf).vanished, [2, 3]);
  assertEquals(ledger.hasNews(early), false);
  assertEquals(ledger.changes(early, stateOf), { appeared: [], flags: [], vanished: [] });
});

Deno.test("modification sequences grow with every change (RFC 7162 §3.1.1)", () => {
  const ledger = new Ledger(1000);
  const row = rowOf(ledger, 1);
  const before = ledger.highestModSeq;
  ledger.setFlags(row, ["\\Seen"], ledger.nextModSeq());
  assertGreater(row.modSeq, before);
  assertEquals(ledger.highestModSeq, row.modSeq);
});

Deno.test("a listener hears of changes while somebody holds a cursor", () => {
  const ledger = new Ledger(1);
  let heard = 0;
  const stop = ledger.listen(() => heard++);
  rowOf(ledger, 1);
  const cursor = ledger.open();
  rowOf(ledger, 2);
  assertEquals(heard, 1);
  stop();
  rowOf(ledger, 3);
  assertEquals(heard, 1);
  ledger.close(cursor);
});

Deno.test("a session that never looks does not let the events grow without bound", () => {
  const ledger = new Ledger(1);
  const rows = [rowOf(ledger, 1), rowOf(ledger, 2)];
  const idle = ledger.open();
  for (let round = 0; round < 30_000; round++) {
    ledger.setFlags(rows[round % 2]!, [`k${round}`], ledger.nextModSeq());
    if (round === 15_000) ledger.remove([9]);
  }
  const late = ledger.open();
  ledger.setFlags(rows[0]!, [], ledger.nextModSeq());
  assertEquals(ledger.changes(late, stateOf).flags.map((row) => row.uid), [1]);
  assertEquals(ledger.changes(idle, stateOf).flags.map((row) => [row.uid, row.flags]), [[1, []], [2, [
    "k29999",
  ]]]);
});
