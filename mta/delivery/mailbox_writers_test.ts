import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";

import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import { Dotlocks } from "../../store/mailbox/dotlock.ts";
import { lockInOrder } from "../../store/mailbox/mailbox_locks.ts";

import { dotlocks } from "./dotlock.ts";
import type { MailCopy } from "./mail_copy.ts";
import { deliveryHeader, readDeliveredTo } from "./mail_copy.ts";
import { MaildirWriter } from "./maildir_writer.ts";
import { MboxWriter } from "./mbox_writer.ts";

function copyOf(...chunks: string[]): MailCopy {
  return {
    sender: "s@remote.test",
    prefix: utf8Bytes("Delivered-To: u1@ref.test\n"),
    content: async function* () {
      for (const chunk of chunks) yield utf8Bytes(chunk);
    },
  };
}

function setUp(limit = 0) {
  const maxOctets = () => limit;
  const clock = new ManualClock();
  const disk = new SimDisk({ now: () => clock.now() });
  const maildir = new MaildirWriter({
    disk,
    clock,
    random: new SeededRandom(1),
    hostname: "mx.ref.test",
    maxOctets,
  });
  const process = { id: 1, host: "mx", isGone: () => Promise.resolve(false) };
  const locks = dotlocks(
    new Dotlocks({ disk, clock, random: new SeededRandom(2), log: silentLog, process }),
  );
  const mbox = new MboxWriter({ disk, clock, locks, maxOctets });
  return { clock, disk, maildir, mbox };
}

const owner = { user: "u1" };

async function text(disk: SimDisk, path: string): Promise<string> {
  return utf8Text(await disk.readFile(path));
}

async function names(disk: SimDisk, path: string): Promise<string[]> {
  return (await disk.list(path)).map(({ name }) => name);
}

Deno.test("a maildir is made on demand and gets the message under a name that tells its sizes", async () => {
  const { disk, maildir } = setUp();
  await maildir.deliver("/home/u1/Maildir/", copyOf("Subject: x\n\n", "body\n"), owner);
  assertEquals((await names(disk, "/home/u1/Maildir")).sort(), ["cur", "new", "tmp"]);
  const [name] = await names(disk, "/home/u1/Maildir/new");
  assertMatch(name!, /^1767225600\.V1I[0-9a-f]+M0\.mx\.ref\.test,S=43,W=47$/);
  assertEquals(
    await text(disk, `/home/u1/Maildir/new/${name}`),
    "Delivered-To: u1@ref.test\nSubject: x\n\nbody\n",
  );
  assertEquals(await names(disk, "/home/u1/Maildir/tmp"), []);
  assertEquals((await disk.stat("/home/u1/Maildir/new"))?.mode, 0o700);
  assertEquals((await disk.stat(`/home/u1/Maildir/new/${name}`))?.mode, 0o600);
});

Deno.test("many may make a maildir and deliver into it at the same time", async () => {
  const { disk, maildir } = setUp();
  await Promise.all(Array.from({ length: 50 }, async (_, delay) => {
    for (let turn = 0; turn < delay; turn++) await null;
    await maildir.deliver("/home/u1/Maildir", copyOf("x\n"), owner);
  }));
  assertEquals((await names(disk, "/home/u1/Maildir/new")).length, 50);
});

Deno.test("what a maildir writer has delivered survives a power cut", async () => {
  const { disk, maildir } = setUp();
  await Promise.all(
    Array.from({ length: 5 }, () => maildir.deliver("/m", copyOf("x\n".repeat(50_000)), owner)),
  );
  for (let seed = 0; seed < 20; seed++) {
    const after = disk.crash(seed);
    const found = await names(after, "/m/new");
    assertEquals(found.length, 5);
    for (const name of found) assertEquals((await after.stat(`/m/new/${name}`))?.octets, 100_026);
  }
});

Deno.test("a maildir that cannot be written to is 4.2.0, a full disk 4.3.1, and nothing is left", async () => {
  const { disk, maildir } = setUp();
  await maildir.deliver("/m", copyOf("x\n"), owner);
  await disk.chmod("/m/tmp", 0o500);
  const denied = await assertRejects(() => maildir.deliver("/m", copyOf("x\n"), owner), TempFailure);
  assertEquals(denied.status, "4.2.0");
  assertMatch(
    denied.text,
    /^cannot update mailbox \/m for user u1\. cannot open \/m\/tmp\/.*: Permission denied$/,
  );
  await disk.chmod("/m/tmp", 0o700);
  disk.capacityOctets = 50;
  const full = await assertRejects(() => maildir.deliver("/m", copyOf("x\n"), owner), TempFailure);
  assertEquals(full.status, "4.3.1");
  assertEquals([(await names(disk, "/m/tmp")).length, (await names(disk, "/m/new")).length], [0, 1]);
});

Deno.test("a maildir whose names cannot be made durable does not have the message", async () => {
  const { disk, maildir } = setUp();
  await maildir.deliver("/m", copyOf("x\n"), owner);
  disk.fault = ({ action }) => action === "sync directory" ? "other" : undefined;
  await assertRejects(() => maildir.deliver("/m", copyOf("y\n"), owner), TempFailure);
  assertEquals((await names(disk, "/m/new")).length, 1);
});

Deno.test("a maildir that belongs to another, or is a link, is not written to", async () => {
  const { disk, maildir } = setUp();
  await maildir.deliver("/m", copyOf("x\n"), { user: "u1", uid: 1001, gid: 1001 });
  assertEquals((await disk.stat("/m/new"))?.uid, 1001);
  const other = { user: "u2", uid: 1002, gid: 1002 };
  const refused = await assertRejects(() => maildir.deliver("/m", copyOf("x\n"), other), TempFailure);
  assertEquals(
    refused.text,
    "cannot update mailbox /m for user u2. destination /m is not owned by recipient",
  );
  disk.symlink("/m", "/l");
  await assertRejects(() => maildir.deliver("/l", copyOf("x\n"), other), TempFailure, "is not a directory");
});

const fromLine = /^From s@remote\.test {2}[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\n/gm;

Deno.test("an mbox gets the message with its From line, its length, and an empty line behind it", async () => {
  const { disk, mbox } = setUp();
  await mbox.deliver("/var/mail/u1", copyOf("Subject: x\n\nFrom y\n"), owner);
  await mbox.deliver("/var/mail/u1", copyOf("Subject: z\n\nno end"), owner);
  const mail = await text(disk, "/var/mail/u1");
  assertEquals(mail.match(fromLine)?.length, 2);
  assertEquals(
    mail.replace(fromLine, "FROM\n"),
    "FROM\nDelivered-To: u1@ref.test\nSubject: x\nContent-Length: 7\n\nFrom y\n\n" +
      "FROM\nDelivered-To: u1@ref.test\nSubject: z\nContent-Length: 7\n\nno end\n\n",
  );
  assertEquals((await disk.stat("/var/mail/u1"))?.mode, 0o600);
  assertEquals(await names(disk, "/var/mail"), ["u1"]);
});

Deno.test("an mbox that another program left without an empty line gets one", async () => {
  const { disk, mbox } = setUp();
  for (
    const [start, before] of [["From x\n\nhalf", "From x\n\nhalf\n\n"], [
      "From x\n\nhalf\n",
      "From x\n\nhalf\n\n",
    ]]
  ) {
    const file = await disk.open("/m", { write: true, create: "ifMissing", truncate: true });
    await file.write(utf8Bytes(start!), 0);
    await file.close();
    await mbox.deliver("/m", copyOf("x\n"), owner);
    assert((await text(disk, "/m")).startsWith(`${before}From s@remote.test  `), before);
  }
});

Deno.test("an mbox that cannot take all of a message keeps none of it", async () => {
  const { disk, mbox } = setUp();
  await mbox.deliver("/m", copyOf("x\n"), owner);
  const before = await text(disk, "/m");
  disk.capacityOctets = 100_000;
  const many = Array.from({ length: 50 }, () => "0123456789abcde\n".repeat(500));
  const full = await assertRejects(() => mbox.deliver("/m", copyOf(...many), owner), TempFailure);
  assertEquals(full.status, "4.3.1");
  assertEquals(full.text, "cannot update mailbox /m for user u1. cannot write /m: No space left on device");
  assertEquals(await text(disk, "/m"), before);
  disk.fault = ({ action }) => action === "sync" ? "other" : undefined;
  await assertRejects(() => mbox.deliver("/m", copyOf("x\n"), owner), TempFailure);
  disk.fault = undefined;
  assertEquals(await text(disk, "/m"), before);
  assertEquals(await names(disk, "/"), ["m"]);
});

Deno.test("what would make a mailbox larger than mailbox_size_limit fails for good (5.2.2)", async () => {
  const { disk, mbox, maildir } = setUp(1000);
  await mbox.deliver("/m", copyOf("Subject: x\n\n", "x\n".repeat(300)), owner);
  const before = await text(disk, "/m");
  for (const writer of [mbox, maildir]) {
    const path = writer === mbox ? "/m" : "/d";
    const body = "x\n".repeat(writer === mbox ? 200 : 600);
    const failure = await assertRejects(() => writer.deliver(path, copyOf(body), owner), PermFailure);
    assertEquals(failure.status, "5.2.2");
    assertEquals(
      failure.text,
      `cannot update mailbox ${path} for user u1. error writing message: File too large`,
    );
  }
  assertEquals(await text(disk, "/m"), before);
  assertEquals([await names(disk, "/d/tmp"), await names(disk, "/d/new")], [[], []]);
  await maildir.deliver("/d", copyOf("x\n".repeat(400)), owner);
  await mbox.deliver("/m", copyOf("Subject: small\n"), owner);
});

Deno.test("an mbox keeps the text of mail, and nothing that a sender may not say (reports R77)", async () => {
  const { disk, mbox } = setUp();
  const fields = "X-IMAPbase: 1 2\nSTATUS: RO\nx-status : D\nX-Keywords:\n $Junk\nX-UID: 9\nX-IMAP: 1 2\n" +
    "Content-Length: 1\n";
  const separator = "From z@remote.test  Tue Nov 25 01:11:53 2025";
  const body = `From now on all is well\n\nFrom here too\n${separator}\n\n${separator}\n>From a\n`;
  await mbox.deliver("/m", copyOf(`Subject: a\n${fields}To: b\n\n${body}`), owner);
  const want = body.replace(`\n\n${separator}`, `\n\n>${separator}`);
  assertEquals(
    (await text(disk, "/m")).replace(fromLine, ""),
    `Delivered-To: u1@ref.test\nSubject: a\nTo: b\nContent-Length: ${want.length}\n\n${want}\n`,
  );
});

Deno.test("a large message is copied as it is, in pieces", async () => {
  const { disk, mbox } = setUp();
  const lines = Array.from({ length: 40 }, (_, index) => `${index} `.repeat(20_000) + "\nFrom y\n\n");
  await mbox.deliver("/m", copyOf("Subject: a\n\n", ...lines), owner);
  const mail = await text(disk, "/m");
  assert(mail.endsWith(`\nContent-Length: ${lines.join("").length}\n\n${lines.join("")}\n`));
});

Deno.test("an mbox that is a link, a directory or another's is refused", async () => {
  const { disk, mbox } = setUp();
  await disk.mkdir("/d");
  disk.symlink("/etc", "/l");
  for (const path of ["/d", "/l"]) {
    const refused = await assertRejects(() => mbox.deliver(path, copyOf("x\n"), owner), PermFailure);
    assertEquals(refused.status, "5.2.0");
    assertMatch(refused.text, /destination \/. is not a regular file$/);
  }
  await mbox.deliver("/m", copyOf("x\n"), { user: "u1", uid: 1001, gid: 1001 });
  const other = { user: "u2", uid: 1002 };
  await assertRejects(
    () => mbox.deliver("/m", copyOf("x\n"), other),
    TempFailure,
    "is not owned by recipient",
  );
});

Deno.test("deliveries to one mbox take turns", async () => {
  const { disk, mbox } = setUp();
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => mbox.deliver("/m", copyOf(`Subject: ${index}\n\nx\n`), owner)),
  );
  const parts = (await text(disk, "/m")).split(fromLine).slice(1);
  assertEquals(
    parts,
    Array.from(
      { length: 20 },
      (_, index) => `Delivered-To: u1@ref.test\nSubject: ${index}\nContent-Length: 2\n\nx\n\n`,
    ),
  );
});

Deno.test("a lock file that stays taken puts the delivery off in Postfix's words", async () => {
  const { mbox, disk, clock } = setUp();
  await mbox.deliver("/m", copyOf("x\n"), owner);
  await (await disk.open("/m.lock", { write: true, create: "always" })).close();
  const waiting = assertRejects(() => mbox.deliver("/m", copyOf("x\n"), owner), TempFailure);
  const started = clock.now();
  for (let settled = false; !settled;) {
    waiting.finally(() => settled = true);
    for (let turn = 0; turn < 50; turn++) await null;
    clock.advance(100);
  }
  const { status, text } = await waiting;
  assertEquals(status, "4.2.0");
  assertEquals(
    text,
    "cannot update mailbox /m for user u1. unable to create lock file /m.lock: File exists",
  );
  assert(Math.abs(clock.now() - started - 20_000) < 1000);
});

Deno.test("locks are taken in order and given back in the opposite one", async () => {
  const events: string[] = [];
  const kind = (name: string, fails = false) => ({
    lock: () => {
      if (fails) return Promise.reject(new TempFailure("4.2.0", "held"));
      events.push(`+${name}`);
      return Promise.resolve(() => Promise.resolve(void events.push(`-${name}`)));
    },
  });
  await (await lockInOrder([kind("fcntl"), kind("dotlock")]).lock("/m"))();
  assertEquals(events.splice(0), ["+fcntl", "+dotlock", "-dotlock", "-fcntl"]);
  await assertRejects(() => lockInOrder([kind("fcntl"), kind("dotlock", true)]).lock("/m"), TempFailure);
  assertEquals(events, ["+fcntl", "-fcntl"]);
});

Deno.test("deliveryHeader() names the original recipient where it was kept (enable_original_recipient)", () => {
  const header = (address: string, original: string) =>
    utf8Text(deliveryHeader("s@x.test", { address, original }));
  assertEquals(header("a@b.test", ""), "Return-Path: <s@x.test>\nDelivered-To: a@b.test\n");
  assertEquals(
    header("a@b.test", "c@b.test"),
    "Return-Path: <s@x.test>\nX-Original-To: c@b.test\nDelivered-To: a@b.test\n",
  );
});

Deno.test("readDeliveredTo() looks at the header only, without regard to case", async () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ["Delivered-To: u1@ref.test\n\nx\n", true],
    ["Subject: x\ndelivered-to:  U1@REF.test \n\nx\n", true],
    ["Delivered-To:\n u1@ref.test\n\n", true],
    ["Subject: x\n\nDelivered-To: u1@ref.test\n", false],
    ["\nDelivered-To: u1@ref.test\n", false],
    ["X-Delivered-To: u1@ref.test\nDelivered-To: u2@ref.test\n\n", false],
    ["", false],
  ];
  for (const [message, want] of rows) {
    for (const size of [1, 7, 1000]) {
      const content = async function* () {
        const bytes = utf8Bytes(message);
        for (let start = 0; start < bytes.length; start += size) {
          yield concatBytes([bytes.subarray(start, start + size)]);
        }
      };
      assertEquals((await readDeliveredTo(content()))("u1@ref.test"), want, `${message} by ${size}`);
    }
  }
});
