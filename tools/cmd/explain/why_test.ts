import { assertEquals, assertMatch } from "@std/assert";

import { formatSyslogTime } from "../../kit/base/log.ts";

import type { DecisionRecord, KeptRecord } from "../../../mta/reception/decision_record.ts";

import { findRecords, formatRecords } from "./why.ts";

const timeMs = Date.UTC(2026, 10, 25, 1, 11, 53);

function decided(instance: string, recipient: string, minutes = 0): DecisionRecord {
  return {
    kind: "decision",
    timeMs: timeMs + minutes * 60_000,
    stage: "RCPT",
    instance,
    client: { name: "c.test", address: `192.0.2.${instance}` },
    helo: "c.test",
    tls: false,
    sender: "a@c.test",
    recipient,
    decision: {
      verdict: { kind: "permit", reason: { rule: "end of lists" } },
      actions: {},
      lines: [],
      warnings: [],
      trail: [{ list: "relay", rule: "permit_mynetworks", depth: 0, outcome: undefined, looked: [] }],
    },
  };
}

const records: readonly KeptRecord[] = [
  decided("1", "old@ref.test"),
  { kind: "queued", timeMs, instance: "1", id: "4C2F1A0B3D" },
  decided("2", "u2@ref.test", 2),
  decided("2", "u1@ref.test", 1),
  { kind: "queued", timeMs, instance: "2", id: "4C2F1A0B3D" },
  decided("3", "u1@ref.test", 3),
];

const instances = (what: string, time?: string) =>
  findRecords(records, { what, time }).map((group) => group.map(({ recipient }) => recipient).join(" "));

Deno.test("findRecords() finds a message by its id, the last of that name", () => {
  assertEquals(instances("4C2F1A0B3D"), ["u1@ref.test u2@ref.test"]);
});

Deno.test("findRecords() finds clients and addresses, also at a time", () => {
  assertEquals(instances("192.0.2.3"), ["u1@ref.test"]);
  assertEquals(instances("<U1@ref.test>"), ["u1@ref.test", "u1@ref.test"]);
  assertEquals(instances("a@c.test").length, 3);
  assertEquals(instances("c.test", formatSyslogTime(timeMs + 180_000)), ["u1@ref.test"]);
  assertEquals(instances("nobody@ref.test"), []);
  assertEquals(instances(""), []);
});

Deno.test("formatRecords() tells a transaction as explain tells a session", () => {
  const text = formatRecords(findRecords(records, { what: "4C2F1A0B3D" }), () => "4C2F1A0B3D");
  assertMatch(
    text,
    /^Nov \d\d \d\d:\d\d:53 4C2F1A0B3D client c\.test\[192\.0\.2\.2\] helo c\.test from <a@c\.test>\nRCPT {2}<u1@ref\.test>: permitted\n {2}relay\n {4}permit_mynetworks {2}-\nRCPT {2}<u2@/,
  );
});
