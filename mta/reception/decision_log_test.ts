import { assert, assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { createLog } from "../../tools/kit/base/log.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";

import type { PolicyFacts } from "../policy/facts.ts";
import type { Decision } from "../policy/verdict.ts";
import { DecisionLog, readDecisions } from "./decision_log.ts";
import { parseKeptRecord } from "./decision_record.ts";

const facts: PolicyFacts = {
  role: "smtp",
  client: {
    name: "c.test",
    nameStatus: "ok",
    reverseName: "c.test",
    reverseStatus: "ok",
    address: "192.0.2.1",
    port: 4000,
  },
  server: { address: "192.0.2.25", port: 25 },
  helo: "c.test",
  protocol: "ESMTP",
  tls: undefined,
  login: undefined,
  sender: "a@c.test",
  recipient: "u1@ref.test",
  recipientCount: 0,
  size: undefined,
  queueId: undefined,
  instance: "i1",
  pipelined: false,
  etrnDomain: undefined,
};

const permitted: Decision = {
  verdict: { kind: "permit", reason: { rule: "end of lists" } },
  actions: {},
  lines: [],
  warnings: [],
  trail: [{ list: "relay", rule: "permit_mynetworks", depth: 0, outcome: undefined, looked: [] }],
};
const rejected: Decision = {
  ...permitted,
  verdict: {
    kind: "reject",
    refusal: { code: 554, status: "5.7.1", text: "<u1@ref.test>: Recipient address rejected: Access denied" },
    reason: { rule: "reject" },
  },
};

function open(maxOctets: number) {
  const warnings: string[] = [];
  const clock = new ManualClock();
  const disk = new SimDisk();
  const log = createLog(({ text }) => warnings.push(text), { now: () => clock.now(), part: "smtpd" });
  const decisions = new DecisionLog({ disk, clock, log, directory: "/d/decisions", maxOctets });
  const read = async () => await Array.fromAsync(readDecisions(disk, "/d/decisions"));
  return { decisions, disk, clock, warnings, read };
}

Deno.test("DecisionLog keeps decisions and the messages that came of them, written a moment later", async () => {
  const { decisions, clock, read } = open(1 << 20);
  decisions.add("CONNECT", { ...facts, instance: "i0" }, { ...permitted, trail: [] });
  decisions.add("RCPT", facts, permitted);
  decisions.queued("4C2F1A0B3D", "i1");
  decisions.add("RCPT", { ...facts, instance: "i2" }, rejected);
  assertEquals(await read(), []);
  clock.advance(250);
  await decisions.flush();
  const records = await read();
  assertEquals(records.map(({ kind, instance }) => `${kind} ${instance}`), [
    "decision i1",
    "queued i1",
    "decision i2",
  ]);
  const [first] = records;
  assert(first?.kind === "decision");
  assertEquals(first.decision, JSON.parse(JSON.stringify(permitted)));
  assertEquals(first.client, { name: "c.test", address: "192.0.2.1" });
});

Deno.test("DecisionLog never takes more room than it may, and refusals push out nothing else", async () => {
  const maxOctets = 40_000;
  const { decisions, disk, read } = open(maxOctets);
  decisions.add("RCPT", { ...facts, instance: "first" }, permitted);
  for (let round = 0; round < 100; round++) {
    for (let one = 0; one < 5; one++) decisions.add("RCPT", { ...facts, instance: `${round}` }, rejected);
    await decisions.flush();
  }
  const files = await disk.list("/d/decisions");
  let octets = 0;
  for (const { name } of files) octets += (await disk.stat(`/d/decisions/${name}`))?.octets ?? 0;
  assertEquals(files.map(({ name }) => name).sort(), ["accepted", "refused", "refused.old"]);
  assert(octets <= maxOctets, `${octets}`);
  const records = await read();
  assertEquals(records[0]?.instance, "first");
  assertEquals(records.at(-1)?.instance, "99");
});

Deno.test("DecisionLog loses records rather than mail when the disk refuses them, and says so once", async () => {
  const { decisions, disk, warnings, read } = open(1 << 20);
  await disk.mkdir("/d", { parents: true });
  await (await disk.open("/d/decisions", { write: true, create: "always" })).close();
  for (let round = 0; round < 3; round++) {
    decisions.add("RCPT", facts, permitted);
    await decisions.flush();
  }
  assertEquals(warnings.length, 1);
  await disk.unlink("/d/decisions");
  assertEquals(await read(), []);
});

Deno.test("readDecisions() leaves out what a crash has torn", async () => {
  const { decisions, disk, read } = open(1 << 20);
  decisions.add("RCPT", facts, permitted);
  await decisions.flush();
  const file = await disk.open("/d/decisions/accepted", { write: true, append: true });
  await file.write(utf8Bytes(`{"kind":"decision","timeMs":1,"inst`));
  await file.close();
  assertEquals((await read()).length, 1);
  for (const line of ["null", "[]", `{"kind":"queued","timeMs":1,"instance":"x"}`, `{"kind":"decision"}`]) {
    assertEquals(parseKeptRecord(line), undefined);
  }
});

Deno.test("a DecisionLog of no size keeps nothing", async () => {
  const { decisions, disk } = open(0);
  decisions.add("RCPT", facts, permitted);
  await decisions.flush();
  assertEquals(await disk.stat("/d/decisions"), undefined);
});
