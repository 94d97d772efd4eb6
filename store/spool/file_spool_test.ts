import { assert, assertEquals, assertRejects } from "@std/assert";

import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock, realClock } from "../../tools/kit/base/clock.ts";
import { PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { silentLog } from "../../tools/kit/base/log.ts";

import type { Disk } from "../file/disk.ts";
import { realDisk } from "../file/real_disk.ts";
import { SimDisk } from "../file/sim_disk.ts";
import { FileSpool } from "./file_spool.ts";
import type { DeliveryOutcome, QueueEnvelope, QueueId, Spool } from "./spool.ts";

const envelope: QueueEnvelope = {
  sender: "s@remote.test",
  recipients: [{ address: "u1@ref.test", original: "u1@ref.test" }, {
    address: "u2@ref.test",
    original: "u2@ref.test",
  }],
  arrivedMs: 1_767_225_600_000,
  attributes: { client_name: "c.test" },
  smtpUtf8: false,
  body: "7BIT",
};
const sent: DeliveryOutcome = { kind: "delivered", status: "2.0.0", text: "delivered to maildir" };
const later: DeliveryOutcome = { kind: "deferred", status: "4.2.0", text: "try again" };

function options(disk: Disk, clock = new ManualClock(), log: Log = silentLog) {
  return { disk, directory: "/q", clock, log };
}

async function put(spool: Spool, text: string): Promise<QueueId> {
  const entry = await spool.begin();
  await entry.write(utf8Bytes(text));
  await entry.commit(envelope);
  return entry.id;
}

async function contentOf(spool: Spool, id: QueueId): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of spool.content(id)) chunks.push(chunk);
  return utf8Text(concatBytes(chunks));
}

/** Lets what was begun come to its end. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await null;
}

async function namesIn(disk: Disk, place: string): Promise<string[]> {
  return (await disk.list(`/q/${place}`)).map(({ name }) => name);
}

async function states(spool: Spool): Promise<string[]> {
  const found: string[] = [];
  for await (const { id, queue } of spool.scan()) found.push(`${queue} ${id}`);
  return found;
}

Deno.test("a committed message is found with all it came with", async () => {
  const spool = await FileSpool.open(options(new SimDisk()));
  const id = await put(spool, "Subject: x\n\nbody\n");
  const message = await spool.find(id);
  assertEquals(message, {
    id,
    queue: "incoming",
    envelope,
    octets: 17,
    outcomes: [undefined, undefined],
    nextAttemptMs: 0,
    attempts: 0,
  });
  assertEquals(await contentOf(spool, id), "Subject: x\n\nbody\n");
});

Deno.test("content of any size and any cut comes back, also after a restart", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  for (const octets of [0, 1, 65_535, 65_536, 200_000]) {
    const spool = await FileSpool.open(options(disk, clock));
    const text = "0123456789abcde\n".repeat(octets / 16 + 1).slice(0, octets);
    const entry = await spool.begin();
    for (let start = 0; start < octets; start += 9_999) {
      await entry.write(utf8Bytes(text.slice(start, start + 9_999)));
    }
    await entry.commit(envelope);
    assert(await contentOf(spool, entry.id) === text, `${octets}`);
    const again = await FileSpool.open(options(disk, clock));
    assertEquals((await again.find(entry.id))?.octets, octets);
    assert(await contentOf(again, entry.id) === text, `${octets}`);
  }
});

Deno.test("a writer may use its buffer again", async () => {
  const spool = await FileSpool.open(options(new SimDisk()));
  const entry = await spool.begin();
  const buffer = utf8Bytes("one\n");
  await entry.write(buffer);
  buffer.set(utf8Bytes("two\n"));
  await entry.write(buffer);
  await entry.commit(envelope);
  assertEquals(await contentOf(spool, entry.id), "one\ntwo\n");
});

Deno.test("an aborted message leaves nothing", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  const entry = await spool.begin();
  await entry.write(new Uint8Array(100_000));
  await entry.abort();
  await entry.abort();
  assertEquals(await states(spool), []);
  assertEquals(await disk.list("/q/incoming"), []);
});

Deno.test("a message moves through the queues", async () => {
  const clock = new ManualClock();
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk, clock));
  const id = await put(spool, "x\n");
  await spool.activate(id);
  assertEquals(await states(spool), [`active ${id}`]);
  await spool.defer(id, clock.now() + 300_000);
  assertEquals(await states(spool), [`deferred ${id}`]);
  assertEquals((await spool.find(id))?.nextAttemptMs, clock.now() + 300_000);
  await spool.hold(id);
  assertEquals(await states(spool), [`hold ${id}`]);
  await spool.release(id);
  assertEquals((await spool.find(id))?.nextAttemptMs, clock.now());
  assertEquals(await contentOf(spool, id), "x\n");
  await spool.remove(id);
  assertEquals(await states(spool), []);
  assertEquals(await spool.find(id), undefined);
  await assertRejects(() => spool.activate(id), TempFailure, `${id} is not in the queue`);
});

Deno.test("what is finished is gone at once, and durably a tenth of a second later", async () => {
  const clock = new ManualClock();
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk, clock));
  const id = await put(spool, "x\n");
  await spool.finish(id);
  assertEquals(await states(spool), []);
  assertEquals(await namesIn(disk, "incoming"), []);
  const back = async (seed: number) => await states(await FileSpool.open(options(disk.crash(seed), clock)));
  const before = new Set<string>();
  for (let seed = 1; seed <= 50; seed++) before.add((await back(seed)).join());
  assertEquals(before, new Set(["", `incoming ${id}`]));
  clock.advance(100);
  await turns();
  for (let seed = 1; seed <= 50; seed++) assertEquals(await back(seed), []);
});

Deno.test("the file of a finished message is written over, and nothing of it is left", async () => {
  const clock = new ManualClock();
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk, clock));
  let inode: number | undefined;
  for (const octets of [9000, 3, 0, 4000, 70_000, 60_000, 8]) {
    const text = "abcdefg\n".repeat(octets / 8 + 1).slice(0, octets);
    const id = await put(spool, text);
    const now = (await disk.stat(`/q/incoming/${id}`))!.inode;
    assertEquals(now, inode ?? now);
    inode = now;
    assertEquals(await contentOf(spool, id), text);
    const again = await FileSpool.open(options(disk.crash(), clock));
    assertEquals((await again.find(id))?.outcomes, [undefined, undefined]);
    assert(await contentOf(again, id) === text);
    await spool.record(id, new Map<number, DeliveryOutcome>([[0, sent], [1, later]]));
    await spool.finish(id);
    clock.advance(100);
    await turns();
  }
});

Deno.test("a file is not written over while a power cut could bring its message back", async () => {
  const clock = new ManualClock();
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk, clock));
  const first = await put(spool, "first\n");
  await spool.finish(first);
  disk.fault = ({ action }) => action === "sync directory" ? "other" : undefined;
  clock.advance(100);
  await turns();
  disk.fault = undefined;
  await put(spool, "second\n");
  assertEquals(await namesIn(disk, "spare"), [first]);
  await spool.finish(await put(spool, "third\n"));
  clock.advance(100);
  await turns();
  await put(spool, "fourth\n");
  await put(spool, "fifth\n");
  assertEquals(await namesIn(disk, "spare"), []);
});

Deno.test("large files are not kept, nor more than some, and none over a stop", async () => {
  const clock = new ManualClock();
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk, clock));
  await spool.finish(await put(spool, "x".repeat(200_000)));
  assertEquals(await namesIn(disk, "spare"), []);
  for (let count = 0; count < 300; count++) await spool.finish(await put(spool, "x\n"));
  assertEquals((await namesIn(disk, "spare")).length, 200);
  await spool.settle();
  assertEquals(await namesIn(disk, "spare"), []);
  assertEquals(await namesIn(disk.crash(), "incoming"), []);
  assertEquals(clock.nextDue(), undefined);
});

Deno.test("a spare file that somebody took away is not missed", async () => {
  const clock = new ManualClock();
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk, clock));
  const first = await put(spool, "first\n");
  await spool.finish(first);
  clock.advance(100);
  await turns();
  await disk.unlink(`/q/spare/${first}`);
  assertEquals(await contentOf(spool, await put(spool, "second\n")), "second\n");
});

Deno.test("outcomes are kept over a restart", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  const id = await put(spool, "x\n");
  await spool.activate(id);
  await spool.record(id, new Map([[0, later], [1, later]]));
  await spool.record(id, new Map([[1, sent]]));
  const again = await FileSpool.open(options(disk.crash()));
  const message = await again.find(id);
  assertEquals([message?.queue, message?.outcomes, message?.attempts], ["incoming", [later, sent], 1]);
  assertEquals((await spool.find(id))?.outcomes, [later, sent]);
});

Deno.test("a torn journal line is as if it had never been written, and is written over", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const id = await put(await FileSpool.open(options(disk, clock)), "x\n");
  const file = await disk.open(`/q/incoming/${id}`, { append: true });
  await file.write(
    utf8Bytes('{"at":1,"outcomes":{"0":["delivered","2.0.0","a very long text indeed, torn he'),
  );
  await file.close();
  const spool = await FileSpool.open(options(disk, clock));
  assertEquals((await spool.find(id))?.outcomes, [undefined, undefined]);
  await spool.record(id, new Map([[1, sent]]));
  const again = await FileSpool.open(options(disk, clock));
  assertEquals((await again.find(id))?.outcomes, [undefined, sent]);
});

Deno.test("a start takes back what was active and clears what was never finished", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const spool = await FileSpool.open(options(disk, clock));
  const id = await put(spool, "x\n");
  await spool.activate(id);
  await (await spool.begin()).write(utf8Bytes("half"));
  const again = await FileSpool.open(options(disk, clock));
  assertEquals(await states(again), [`incoming ${id}`]);
  assertEquals((await disk.list("/q/incoming")).length, 1);
});

Deno.test("what is not readable is kept in corrupt, with a log line", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const lines: string[] = [];
  const log: Log = { write: (level, text) => lines.push(`${level}: ${text}`), part: () => log };
  const spool = await FileSpool.open(options(disk, clock, log));
  const cut = await put(spool, "x\n");
  const file = await disk.open(`/q/incoming/${cut}`, { write: true });
  await file.truncate(60);
  await file.close();
  const foreign = await disk.open("/q/deferred/4C31235659", { write: true, create: "always" });
  await foreign.write(utf8Bytes("hello"));
  await foreign.close();
  await (await disk.open("/q/hold/README", { write: true, create: "always" })).close();
  const again = await FileSpool.open(options(disk, clock, log));
  assertEquals(await states(again), []);
  assertEquals((await disk.list("/q/corrupt")).map(({ name }) => name).sort(), [cut, "4C31235659"].sort());
  assertEquals(lines, [
    "warning: /q/hold/README is not a queue file; it is left as it is",
    `warning: /q/incoming/${cut}: shorter than its header says; saved as /q/corrupt/${cut}`,
    "warning: /q/deferred/4C31235659: not a queue file, or never finished; saved as /q/corrupt/4C31235659",
  ]);
});

Deno.test("another process leaves mail in maildrop, and the server collects it", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const visitor = await FileSpool.visit(options(disk, clock));
  const dropped = await put(visitor, "from send\n");
  assertEquals(await states(visitor), [`maildrop ${dropped}`]);
  const server = await FileSpool.open(options(disk, clock));
  assertEquals(await states(server), [`maildrop ${dropped}`]);
  const [collected] = await server.collect();
  assertEquals(await states(server), [`incoming ${collected}`]);
  assertEquals(await contentOf(server, collected!), "from send\n");
  assertEquals(await server.collect(), []);
});

Deno.test("a message of maildrop is written anew in one step, and taken then", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const visitor = await FileSpool.visit(options(disk, clock));
  const id = await put(visitor, "as handed in\n");
  const server = await FileSpool.open(options(disk, clock));
  assertEquals(await server.dropped(), [id]);
  const given = await server.rewrite(id);
  await given.write(utf8Bytes("half"));
  await given.abort();
  assertEquals(await contentOf(server, id), "as handed in\n");
  await server.rewrite(id);
  const entry = await server.rewrite(id);
  await entry.write(utf8Bytes("as it is to be\n"));
  assertEquals(await namesIn(disk, "maildrop"), [id, `${id}.tmp`]);
  await entry.commit({ ...envelope, sender: "whole@ref.test" });
  assertEquals(await namesIn(disk, "maildrop"), [id]);
  await server.take(id);
  assertEquals(await states(server), [`incoming ${id}`]);
  assertEquals(await contentOf(server, id), "as it is to be\n");
  assertEquals((await server.find(id))?.envelope.sender, "whole@ref.test");
  assertEquals(await server.dropped(), []);
});

Deno.test("a message can be accepted into hold, and is there after a power cut", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  const entry = await spool.begin();
  await entry.write(utf8Bytes("wait\n"));
  await entry.commit({ ...envelope, filter: "smtp:[127.0.0.1]" }, { hold: true });
  assertEquals(await states(spool), [`hold ${entry.id}`]);
  const again = await FileSpool.open(options(disk.crash(1)));
  assertEquals(await states(again), [`hold ${entry.id}`]);
  assertEquals((await again.find(entry.id))?.envelope.filter, "smtp:[127.0.0.1]");
  await again.release(entry.id);
  assertEquals(await states(again), [`deferred ${entry.id}`]);
});

Deno.test("a collected message whose id is taken gets another", async () => {
  const disk = new SimDisk();
  const server = await FileSpool.open(options(disk, new ManualClock()));
  const id = await put(server, "first\n");
  const visitor = await FileSpool.visit(options(disk, new ManualClock()));
  assertEquals(await put(visitor, "second\n"), id);
  const [collected] = await server.collect();
  assert(collected !== id);
  assertEquals(await contentOf(server, id), "first\n");
  assertEquals(await contentOf(server, collected!), "second\n");
});

Deno.test("a visitor lists, holds and removes while no server runs", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const server = await FileSpool.open(options(disk, clock));
  const one = await put(server, "1\n");
  const two = await put(server, "2\n");
  await server.defer(two, clock.now());
  const visitor = await FileSpool.visit(options(disk, clock));
  await visitor.hold(one);
  assertEquals(await states(visitor), [`deferred ${two}`, `hold ${one}`]);
  await visitor.remove(two);
  assertEquals(await states(visitor), [`hold ${one}`]);
});

Deno.test("a full disk is 4.3.1 and leaves nothing behind", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  disk.capacityOctets = 1000;
  const small = await spool.begin();
  await small.write(new Uint8Array(2000));
  const failure = await assertRejects(() => small.commit(envelope), TempFailure);
  assertEquals([failure.status, failure.text], ["4.3.1", "Insufficient system storage"]);
  const large = await spool.begin();
  await assertRejects(() => large.write(new Uint8Array(100_000)), TempFailure);
  await large.abort();
  assertEquals(await disk.list("/q/incoming"), []);
  assertEquals(await states(spool), []);
});

Deno.test("a directory that cannot be written to is 4.3.0", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  await disk.chmod("/q/incoming", 0o500);
  const failure = await assertRejects(() => spool.begin(), TempFailure);
  assertEquals([failure.status, failure.text], ["4.3.0", "Error: queue file write error"]);
});

Deno.test("a sync that fails takes the message back", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  for (const failing of ["sync", "sync directory", "rename"]) {
    disk.fault = ({ action }) => action === failing ? "other" : undefined;
    const entry = await spool.begin();
    await assertRejects(() => entry.commit(envelope), TempFailure);
    disk.fault = undefined;
    assertEquals(await disk.list("/q/incoming"), [], failing);
  }
});

Deno.test("a journal line that did not fit is cut off before the next", async () => {
  const disk = new SimDisk();
  const clock = new ManualClock();
  const spool = await FileSpool.open(options(disk, clock));
  const id = await put(spool, "x\n");
  const { octets } = (await disk.stat(`/q/incoming/${id}`))!;
  disk.capacityOctets = octets + 20;
  await assertRejects(() => spool.record(id, new Map([[0, sent]])), TempFailure);
  disk.capacityOctets = Infinity;
  await spool.record(id, new Map([[1, later]]));
  assertEquals((await (await FileSpool.open(options(disk, clock))).find(id))?.outcomes, [undefined, later]);
});

Deno.test("commits in flight share the syncs of their directory", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  disk.log.length = 0;
  await Promise.all(Array.from({ length: 50 }, () => put(spool, "x\n")));
  const syncs = disk.log.filter((line) => line.endsWith("sync directory /q/incoming")).length;
  assert(syncs <= 3, `${syncs} directory syncs`);
});

Deno.test("files are 0600 and directories 0700 on a real disk", async () => {
  const root = await Deno.makeTempDir({ prefix: "mailsrv-spool-" });
  try {
    const spool = await FileSpool.open({
      ...options(realDisk),
      directory: `${root}/queue`,
      clock: realClock,
    });
    const id = await put(spool, "x\n");
    assertEquals((await realDisk.stat(`${root}/queue/incoming/${id}`))?.mode, 0o600);
    assertEquals((await realDisk.stat(`${root}/queue/incoming`))?.mode, 0o700);
    assertEquals(await contentOf(spool, id), "x\n");
    await spool.remove(id);
    assertEquals(await states(spool), []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a failure that is not the disk's comes out as itself", async () => {
  const disk = new SimDisk();
  const spool = await FileSpool.open(options(disk));
  disk.fault = () => {
    throw new PermFailure("5.0.0", "no");
  };
  await assertRejects(() => spool.begin(), PermFailure);
});
