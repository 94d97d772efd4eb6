import { assertEquals, assertMatch } from "@std/assert";

import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { createLog, silentLog } from "../../tools/kit/base/log.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import { FileSpool } from "../../store/spool/file_spool.ts";
import type { QueueId } from "../../store/spool/spool.ts";
import { openTables } from "../../store/table/tables.ts";

import { defaultAddressSettings } from "../address/default_settings.ts";
import type { AddressSettings } from "../address/settings.ts";
import { type CleanupSettings, defaultCleanupSettings } from "../cleanup/settings.ts";
import { Pickup } from "./pickup.ts";
import { defaultReportSettings, returnMessage } from "./send_report.ts";

interface World {
  readonly disk: SimDisk;
  readonly spool: FileSpool;
  readonly pickup: Pickup;
  readonly lines: readonly string[];
  /** As `send` does. */
  drop(text: string, to: readonly string[]): Promise<QueueId>;
  /** `QUEUE SENDER: RECIPIENTS` and the content. */
  states(): Promise<readonly string[]>;
  contentOf(id: QueueId): Promise<string>;
}

async function openWorld(
  changes: Partial<CleanupSettings> = {},
  addressChanges: Partial<AddressSettings> = {},
  disk = new SimDisk(),
): Promise<World> {
  const clock = new ManualClock(Date.UTC(2025, 10, 25, 1, 11, 53));
  const lines: string[] = [];
  const log = createLog((record) => lines.push(`${record.part}: ${record.text}`), {
    now: () => clock.now(),
    part: "qmgr",
  });
  const options = { disk, directory: "/q", clock, log };
  const spool = await FileSpool.open(options);
  const addresses = defaultAddressSettings("mx.ref.test", { myorigin: "ref.test", ...addressChanges });
  const pickup = new Pickup({
    spool,
    settings: () => defaultCleanupSettings(addresses, changes),
    world: {
      tables: openTables({ disk, clock, log }),
      users: { find: () => Promise.resolve(undefined) },
    },
    clock,
    log,
    hostname: "mx.ref.test",
    zone: () => ({ minutes: 0, name: "UTC" }),
    bounce: (message, outcome) =>
      returnMessage(message, outcome, { spool, clock, log, reports: defaultReportSettings("mx.ref.test") }),
  });
  const contentOf = async (id: QueueId) => utf8Text(concatBytes(await Array.fromAsync(spool.content(id))));
  return {
    disk,
    spool,
    pickup,
    lines,
    drop: async (text, to) => {
      const entry = await (await FileSpool.visit(options)).begin();
      await entry.write(utf8Bytes(text));
      await entry.commit({
        sender: "joe",
        recipients: to.map((address) => ({ address, original: address })),
        arrivedMs: clock.now(),
        attributes: { rewrite_context: "local", uid: "1000" },
        smtpUtf8: false,
        body: "7BIT",
      });
      return entry.id;
    },
    states: async () => {
      const states: string[] = [];
      for await (const { queue, envelope } of spool.scan()) {
        states.push(`${queue} <${envelope.sender}>: ${envelope.recipients.map(({ address }) => address)}`);
      }
      return states;
    },
    contentOf,
  };
}

Deno.test("what a program leaves gets whole addresses in envelope and header, and is logged (pickup(8))", async () => {
  const world = await openWorld();
  const id = await world.drop("Message-Id: <1@x.test>\nFrom: Joe <joe>\nTo: ann, b@far.test\n\nTo: ann\n", [
    "ann",
    "b@far.test",
  ]);
  assertEquals(await world.pickup.collect(), [{ id, place: "incoming" }]);
  assertEquals(await world.states(), ["incoming <joe@ref.test>: ann@ref.test,b@far.test"]);
  assertEquals(
    await world.contentOf(id),
    "Message-Id: <1@x.test>\nFrom: Joe <joe@ref.test>\nTo: ann@ref.test, b@far.test\n" +
      "Date: Tue, 25 Nov 2025 01:11:53 +0000 (UTC)\n\nTo: ann\n",
  );
  assertEquals(world.lines, [`pickup: ${id}: uid=1000 from=<joe>`, `cleanup: ${id}: message-id=<1@x.test>`]);
  const found = await world.spool.find(id);
  assertEquals(found?.envelope.attributes, { rewrite_context: "local" });
  assertEquals(found?.envelope.recipients[0]?.original, "ann");
  assertEquals(await world.pickup.collect(), []);
});

Deno.test("checks of the content work on what programs leave (header_checks(5))", async () => {
  const checks =
    "inline:{{Subject: hold=HOLD},{Subject: gone=DISCARD},{Subject: bcc=BCC c@far.test},{Subject: to=REDIRECT x},{Subject: no=REJECT 5.7.2 Not this},{Subject: filter=FILTER f:},{Subject: later=REJECT 4.7.2 Later},{Subject: redirect=REDIRECT r@far.test}}";
  const rows: readonly (readonly [subject: string, state: string])[] = [
    ["hold", "hold <joe@ref.test>: ann@ref.test"],
    ["gone", ""],
    ["bcc", "incoming <joe@ref.test>: ann@ref.test,c@far.test"],
    ["redirect", "incoming <joe@ref.test>: r@far.test"],
    ["filter", "incoming <joe@ref.test>: ann@ref.test"],
    ["no", "incoming <>: joe@ref.test"],
    ["later", "maildrop <joe>: ann"],
  ];
  for (const [subject, state] of rows) {
    const world = await openWorld({ headerChecks: [checks] });
    const id = await world.drop(`Subject: ${subject}\n\nx\n`, ["ann"]);
    const picked = await world.pickup.collect();
    assertEquals((await world.states()).join(), state, subject);
    if (subject === "filter") assertEquals((await world.spool.find(id))?.envelope.filter, "f:");
    if (subject === "no") {
      assertMatch(await world.contentOf(picked[0]!.id), /^ {4}.*Not this|<ann>: .*Not this/m);
    }
  }
});

Deno.test("a table that cannot be asked leaves the message where it is, to be tried again (cleanup(8))", async () => {
  const disk = new SimDisk();
  await disk.mkdir("/t", { mode: 0o700, parents: true });
  const world = await openWorld({}, { virtualAliasMaps: ["texthash:/t/virtual"] }, disk);
  const id = await world.drop("Subject: x\n\nx\n", ["ann"]);
  assertEquals(await world.pickup.collect(), []);
  assertEquals(await world.states(), ["maildrop <joe>: ann"]);
  assertMatch(world.lines.join("\n"), /map lookup problem.*message not accepted, try again later/);
  const file = await disk.open("/t/virtual", { write: true, create: "always" });
  await file.write(utf8Bytes("ann@ref.test bob, eve@far.test\n"), 0);
  await file.close();
  assertEquals(await world.pickup.collect(), [{ id, place: "incoming" }]);
  assertEquals(await world.states(), ["incoming <joe@ref.test>: bob@ref.test,eve@far.test"]);
});

Deno.test("however a power cut falls, the message is there once, and whole", async () => {
  for (let at = 0; at < 40; at++) {
    const world = await openWorld();
    await world.drop("Subject: x\n\nx\n", ["ann"]);
    let steps = 0;
    let after: SimDisk | undefined;
    world.disk.fault = () => {
      if (steps++ === at) after = world.disk.crash(at);
      return undefined;
    };
    await world.pickup.collect();
    if (after === undefined) return;
    const again = await openWorld({}, {}, after);
    await again.pickup.collect();
    assertEquals(await again.states(), ["incoming <joe@ref.test>: ann@ref.test"], `cut before step ${at}`);
  }
});

Deno.test("a report goes where its sender's address leads (virtual(5))", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const spool = await FileSpool.open({ disk, directory: "/q", clock, log: silentLog });
  const entry = await spool.begin();
  await entry.write(utf8Bytes("Subject: x\n\nx\n"));
  await entry.commit({
    sender: "team@ref.test",
    recipients: [{ address: "nobody@ref.test", original: "nobody@ref.test" }],
    arrivedMs: 0,
    attributes: {},
    smtpUtf8: false,
    body: "7BIT",
  });
  const message = await spool.find(entry.id);
  const [id] = await returnMessage(message!, { kind: "failed", status: "5.1.1", text: "no" }, {
    spool,
    clock,
    log: silentLog,
    reports: defaultReportSettings("mx.ref.test"),
    cleanEnvelope: (envelope) =>
      Promise.resolve({ ...envelope, recipients: [{ address: "u1@ref.test", original: "team@ref.test" }] }),
  });
  assertEquals((await spool.find(id!))?.envelope.recipients.map(({ address }) => address), ["u1@ref.test"]);
});

Deno.test("a message that is given back gets its addresses rewritten again, without those that are done (postsuper(1) -r)", async () => {
  const addressChanges = { virtualAliasMaps: ["inline:{ann@ref.test=new@far.test}"] };
  const world = await openWorld({}, addressChanges);
  const entry = await world.spool.begin();
  await entry.write(utf8Bytes("From: <x@y.test>\nTo: ann\n\nbody\n"));
  const [done, waits] = ["joe@ref.test", "ann@ref.test"].map((address) => ({ address, original: address }));
  await entry.commit({
    sender: "x@y.test",
    recipients: [done!, waits!],
    arrivedMs: Date.UTC(2025, 10, 25),
    attributes: { rewrite_context: "remote" },
    smtpUtf8: false,
    body: "7BIT",
    ready: "incoming",
  });
  await world.spool.record(entry.id, new Map([[0, { kind: "delivered", status: "2.0.0", text: "sent" }]]));
  await world.spool.requeue(entry.id);
  assertEquals(await world.states(), ["maildrop <x@y.test>: joe@ref.test,ann@ref.test"]);
  assertEquals(await world.pickup.collect(), [{ id: entry.id, place: "incoming" }]);
  assertEquals(await world.states(), ["incoming <x@y.test>: new@far.test"]);
  assertEquals(await world.contentOf(entry.id), "From: <x@y.test>\nTo: ann\n\nbody\n");
  assertEquals((await world.spool.find(entry.id))?.marks, undefined);
});
