import { assert, assertEquals } from "@std/assert";

import { latin1Bytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import { type Caller, connectRpc } from "../../tools/kit/rpc/rpc.ts";

import { FileSpool } from "../../store/spool/file_spool.ts";
import type { QueueEnvelope } from "../../store/spool/spool.ts";

import type { SessionFacts, SmtpAnswer, SmtpQuestion, Transaction } from "../smtp/question.ts";
import type { ReceptionApi } from "./api.ts";
import type { ReceptionOptions } from "./reception_options.ts";
import { ReceptionService } from "./service.ts";
import { openTestWorld, type TestWorld } from "./testing_world.ts";

const facts: SessionFacts = {
  role: "smtp",
  service: "smtp",
  peer: { address: "192.0.2.1", port: 40_000, localAddress: "192.0.2.25", localPort: 25 },
  clientName: "client.test",
  helo: "c.test",
  protocol: "ESMTP",
  tls: undefined,
  login: undefined,
};

interface Session {
  readonly world: TestWorld;
  readonly service: ReceptionService;
  readonly calls: readonly string[];
  ask(question: SmtpQuestion): Promise<string>;
  send(content: Uint8Array, transaction?: Partial<Transaction>): Promise<string>;
}

/** A service and a desk, joined by a message channel as worker and keeper are. */
async function withSession(
  run: (session: Session) => Promise<void>,
  options: {
    readonly facts?: Partial<SessionFacts>;
    readonly direct?: ReceptionOptions["direct"];
  } = {},
): Promise<void> {
  const world = await openTestWorld({ direct: options.direct });
  const desk = world.reception.openDesk();
  const { port1, port2 } = new MessageChannel();
  connectRpc<Record<never, never>, ReceptionApi>(port1, desk.handlers);
  const direct = connectRpc<ReceptionApi>(port2, {});
  const calls: string[] = [];
  const keeper: Caller<ReceptionApi> = {
    call: (method, params, transfer) => {
      calls.push(method);
      return direct.call(method, params, transfer);
    },
    tell: (method, params, transfer) => {
      calls.push(method);
      direct.tell(method, params, transfer);
    },
  };
  const service = new ReceptionService(keeper);
  const mine = { ...facts, ...options.facts };
  const ask = async (question: SmtpQuestion) => show(await service.ask(question));
  await ask({ kind: "connect", facts: mine });
  calls.length = 0;
  const send = async (content: Uint8Array, changes: Partial<Transaction> = {}) => {
    const transaction: Transaction = {
      sender: "a@remote.test",
      parameters: { smtpUtf8: false },
      recipients: [{ address: "u1@ref.test", parameters: {} }],
      octets: content.length,
      has8Bit: false,
      messageId: "<1@remote.test>",
      ...changes,
    };
    const { sender, parameters, recipients } = transaction;
    await ask({ kind: "mail", facts: mine, sender, parameters });
    for (const [accepted, recipient] of recipients.entries()) {
      const answer = await ask({ kind: "rcpt", facts: mine, sender, parameters, recipient, accepted });
      if (answer !== "proceed") return answer;
    }
    await ask({ kind: "data", facts: mine, sender, parameters, recipients });
    for (let at = 0; at < content.length; at += 60_000) await service.body(content.slice(at, at + 60_000));
    return await ask({ kind: "commit", facts: mine, transaction });
  };
  try {
    await run({ world, service, calls, ask, send });
  } finally {
    service.closed();
    port1.close();
    port2.close();
  }
}

function show(answer: SmtpAnswer): string {
  if (answer.kind === "reply") {
    return `${answer.reply.code} ${answer.reply.status} ${answer.reply.lines.join("|")}`;
  }
  return answer.kind === "queued" ? "queued" : answer.kind;
}

Deno.test("a small message is one request and is queued with Received: above it (RFC 5321 §4.4)", () =>
  withSession(async ({ world, calls, send }) => {
    const content = utf8Bytes("Message-ID: <1@remote.test>\n\nhello\n");
    assertEquals(await send(content), "queued");
    assertEquals(calls, ["rcpt", "commit"]);
    const id = world.queued[0]!;
    const { message, content: stored } = await world.find(id);
    assertEquals(
      stored,
      `Received: from c.test (client.test [192.0.2.1])\n\tby mx.ref.test (Postfix) with ESMTP id ${id}\n` +
        "\tfor <u1@ref.test>; Tue, 25 Nov 2025 01:11:53 +0000 (UTC)\nMessage-ID: <1@remote.test>\n\nhello\n",
    );
    assertEquals(message.queue, "incoming");
    assertEquals(message.envelope.sender, "a@remote.test");
    assertEquals(message.envelope.recipients, [{
      address: "u1@ref.test",
      original: "u1@ref.test",
      dsnOriginal: "rfc822;u1@ref.test",
      notify: undefined,
    }]);
    assertEquals(message.envelope.attributes.client_address, "192.0.2.1");
    assertEquals(message.envelope.attributes.protocol_name, "ESMTP");
    assertEquals(world.log, [
      `smtpd: ${id}: client=client.test[192.0.2.1]`,
      `cleanup: ${id}: message-id=<1@remote.test>`,
    ]);
  }));

Deno.test("a large message is written in acknowledged pieces (RFC 5321 §4.5.3.1.7)", () =>
  withSession(async ({ world, calls, send }) => {
    const content = latin1Bytes("0123456789abcde\n".repeat(100_000));
    assertEquals(await send(content), "queued");
    assertEquals(calls[1], "openMessage");
    assertEquals(calls.at(-1), "commitMessage");
    assert(calls.filter((call) => call === "writeMessage").length >= 5);
    const { content: stored } = await world.find(world.queued[0]!);
    assert(stored.endsWith("0123456789abcde\n".repeat(100_000)));
    assert(stored.startsWith("Received: from c.test (client.test [192.0.2.1])\n"));
  }));

Deno.test("250 is not said of a message that could not be written (RFC 5321 §6.1)", () =>
  withSession(async ({ world, send }) => {
    world.disk.capacityOctets = 100;
    assertEquals(await send(utf8Bytes("x\n".repeat(1000))), "452 4.3.1 Insufficient system storage");
    assertEquals(await send(utf8Bytes("x\n".repeat(400_000))), "452 4.3.1 Insufficient system storage");
    world.disk.capacityOctets = Infinity;
    world.disk.fault = () => "other";
    assertEquals(await send(utf8Bytes("x\n")), "451 4.3.0 Error: queue file write error");
    world.disk.fault = undefined;
    assertEquals(world.queued, []);
    for await (const message of world.spool.scan()) throw new Error(`left behind: ${message.id}`);
    assertEquals(await send(utf8Bytes("x\n")), "queued");
  }));

Deno.test("whichever disk operation fails: queued means in the queue, refused means not (RFC 5321 §6.1)", async () => {
  for (const content of [utf8Bytes("Subject: x\n\nhi\n"), utf8Bytes("x\n".repeat(300_000))]) {
    let refusals = 0;
    for (let failing = 1; failing <= 30; failing++) {
      await withSession(async ({ world, send }) => {
        let count = 0;
        world.disk.fault = () => ++count === failing ? "other" : undefined;
        const answer = await send(content);
        world.disk.fault = undefined;
        const found: string[] = [];
        for await (const { id } of world.spool.scan()) found.push(id);
        if (answer === "queued") assertEquals(found, world.queued, `operation ${failing}`);
        else {
          assertEquals(answer, "451 4.3.0 Error: queue file write error");
          assertEquals(found, [], `operation ${failing}`);
          assertEquals(world.queued, []);
          refusals++;
        }
      });
    }
    assert(refusals >= 4, `only ${refusals} operations could fail`);
  }
});

Deno.test("what was answered as queued is there after a power cut (RFC 5321 §6.1)", () =>
  withSession(async ({ world, send }) => {
    assertEquals(await send(utf8Bytes("Subject: x\n\nhi\n")), "queued");
    for (let seed = 1; seed <= 10; seed++) {
      const disk = world.disk.crash(seed);
      const clock = new ManualClock();
      const spool = await FileSpool.open({ disk, directory: "/q", clock, log: silentLog });
      assertEquals((await spool.find(world.queued[0]!))?.envelope.sender, "a@remote.test", `seed ${seed}`);
    }
  }));

Deno.test("a large message that is given up leaves nothing behind", () =>
  withSession(async ({ world, service, ask }) => {
    const recipients = [{ address: "u1@ref.test", parameters: {} }];
    const mail = { facts, sender: "a@remote.test", parameters: { smtpUtf8: false } };
    await ask({ kind: "mail", ...mail });
    await ask({ kind: "rcpt", ...mail, recipient: recipients[0]!, accepted: 0 });
    await ask({ kind: "data", ...mail, recipients });
    for (let piece = 0; piece < 10; piece++) await service.body(new Uint8Array(100_000));
    service.discard();
    // Requests come behind the abandoned message, and their answers behind its removal.
    for (const _ of "12") {
      await ask({ kind: "verify", facts, sender: undefined, address: "u1@ref.test", smtpUtf8: false });
    }
    const names = await world.disk.list("/q/incoming");
    assertEquals(names, []);
  }));

Deno.test("policy is asked with the keeper's own knowledge of who logged in (RFC 4954 §4)", () =>
  withSession(async ({ world, ask }) => {
    const submission: SessionFacts = { ...facts, role: "submission", service: "submission" };
    const rcpt = (facts: SessionFacts) =>
      ask({
        kind: "rcpt",
        facts,
        sender: "u1@ref.test",
        parameters: { smtpUtf8: false },
        recipient: { address: "x@elsewhere.test", parameters: {} },
        accepted: 0,
      });
    const login = (user: string, password: string) =>
      ask({ kind: "login", facts: submission, mechanism: "PLAIN", user, password });
    const refused = "554 5.7.1 <x@elsewhere.test>: Recipient address rejected: Access denied";
    // A worker that lies about a login gets nowhere.
    assertEquals(await rcpt({ ...submission, login: { user: "u1", mechanism: "PLAIN" } }), refused);
    assertEquals(await login("u1", "wrong"), "loginRefused");
    assertEquals(await rcpt(submission), refused);
    assertEquals(await login("u1", "pw1"), "loggedIn");
    assertEquals(await rcpt(submission), "proceed");
    world.brokenUsers = true;
    assertEquals(await login("u1", "pw1"), "loginUnavailable");
  }, { facts: { role: "submission", service: "submission" } }));

Deno.test("recipients are judged, and a lookup that fails is for now (RFC 5321 §4.2.2)", () =>
  withSession(async ({ world, ask }) => {
    const rcpt = (address: string) =>
      ask({
        kind: "rcpt",
        facts,
        sender: "a@remote.test",
        parameters: { smtpUtf8: false },
        recipient: { address, parameters: {} },
        accepted: 0,
      });
    const unknown = "Recipient address rejected: User unknown in local recipient table";
    assertEquals(await rcpt("u1@ref.test"), "proceed");
    assertEquals(await rcpt("team@REF.test"), "proceed");
    assertEquals(await rcpt('"odd user"@ref.test'), `550 5.1.1 <odd user@ref.test>: ${unknown}`);
    assertEquals(await rcpt("x@elsewhere.test"), "454 4.7.1 <x@elsewhere.test>: Relay access denied");
    world.brokenUsers = true;
    assertEquals(await rcpt("u1@ref.test"), "451 4.3.0 <u1@ref.test>: Temporary lookup failure");
  }));

Deno.test("addresses without a domain get myorigin, equal recipients are one (postconf(5) append_at_myorigin)", () =>
  withSession(async ({ world, send }) => {
    const recipients = ["u1", "U1", "postmaster", "u2@ref.test", "U2@REF.test"].map((address) => ({
      address,
      parameters: {},
    }));
    assertEquals(await send(utf8Bytes("\nx\n"), { sender: "a", recipients }), "queued");
    const { message, content } = await world.find(world.queued[0]!);
    assertEquals(message.envelope.sender, "a@ref.test");
    assertEquals(message.envelope.recipients.map(({ address }) => address), [
      "u1@ref.test",
      "postmaster@ref.test",
      "u2@ref.test",
    ]);
    assert(!content.includes("for <"));
  }));

Deno.test("mail from this machine gets the fields it lacks, other mail stays as it came (RFC 6409 §8)", async () => {
  const peer = { ...facts.peer, address: "127.0.0.1" };
  await withSession(async ({ world, send }) => {
    assertEquals(await send(utf8Bytes("Subject: x\n\nhi\n"), { messageId: undefined }), "queued");
    const id = world.queued[0]!;
    const { content, message } = await world.find(id);
    assertEquals(content.split("\n").slice(3), [
      "Subject: x",
      `Message-Id: <20251125011153.${id}@mx.ref.test>`,
      "Date: Tue, 25 Nov 2025 01:11:53 +0000 (UTC)",
      "From: a@remote.test",
      "",
      "hi",
      "",
    ]);
    assertEquals(message.envelope.attributes.rewrite_context, "local");
    assert(world.log.includes(`cleanup: ${id}: message-id=<20251125011153.${id}@mx.ref.test>`));
    const full = "date: x\nFROM : y@y.test\nMessage-ID: <1@remote.test>\n\nhi\n";
    await send(utf8Bytes(full));
    assert(
      (await world.find(world.queued[1]!)).content.endsWith(`(UTC)\n${full.replace("FROM :", "FROM:")}`),
    );
    const large = `Subject: x\n\n${"x".repeat(70)}\n`.padEnd(600_000, "y\n");
    await send(utf8Bytes(large));
    assert((await world.find(world.queued[2]!)).content.includes("\nFrom: a@remote.test\n\nxxx"));
  }, { facts: { peer } });
  await withSession(async ({ world, send }) => {
    await send(utf8Bytes("Subject: x\n\nhi\n"));
    assert((await world.find(world.queued[0]!)).content.endsWith("(UTC)\nSubject: x\n\nhi\n"));
  });
});

Deno.test("a desk that is reset forgets sessions and open messages, and knows none that it has not opened", async () => {
  const world = await openTestWorld();
  const desk = world.reception.openDesk();
  const { port1, port2 } = new MessageChannel();
  connectRpc<Record<never, never>, ReceptionApi>(port1, desk.handlers);
  const keeper = connectRpc<ReceptionApi>(port2, {});
  const misbehaving = "451 4.3.0 Error: internal protocol error";
  try {
    const { session, answer } = await keeper.call("connect", { facts });
    assertEquals(show(answer), "proceed");
    const speaker = { session, facts };
    const said = { mechanism: "PLAIN", user: "u1", password: "pw1" };
    assertEquals(show(await keeper.call("login", { ...speaker, ...said })), "loggedIn");
    const start = { number: 1, sender: "a@b.test", parameters: { smtpUtf8: false } };
    const recipient = { address: "u1@ref.test", parameters: {} };
    assertEquals(show(await keeper.call("rcpt", { ...speaker, start, recipient })), "proceed");
    const { message } = await keeper.call("openMessage", {
      ...speaker,
      number: 1,
      bytes: new Uint8Array(10),
    });
    const transaction: Transaction = {
      sender: "a@b.test",
      parameters: { smtpUtf8: false },
      recipients: [recipient],
      octets: 0,
      has8Bit: false,
    };
    // Nor does it take a message for others than those it has accepted.
    const elsewhere = { ...transaction, recipients: [{ address: "x@elsewhere.test", parameters: {} }] };
    const content = new Uint8Array(1);
    const forged = await keeper.call("commit", { ...speaker, number: 1, transaction: elsewhere, content });
    assertEquals(show(forged), misbehaving);
    desk.reset();
    assertEquals(show(await keeper.call("rcpt", { ...speaker, start, recipient })), misbehaving);
    const committed = await keeper.call("commitMessage", { ...speaker, number: 1, transaction, message });
    assertEquals(show(committed), misbehaving);
    assertEquals(world.queued, []);
  } finally {
    port1.close();
    port2.close();
  }
});

Deno.test("a message that can be delivered at once never comes into the queue, others do (RFC 5321 §6.1)", async () => {
  const taken: string[] = [];
  const direct = {
    deliver: (id: string, { recipients }: QueueEnvelope, content: Uint8Array, onDelivered: () => void) => {
      if (recipients[0]!.address !== "u1@ref.test") return Promise.resolve(false);
      onDelivered();
      taken.push(`${id} ${utf8Text(content).split("\n").slice(3).join("|")}`);
      return Promise.resolve(true);
    },
  };
  await withSession(async ({ world, send }) => {
    const content = "Message-ID: <1@remote.test>\n\nhello\n";
    assertEquals(await send(utf8Bytes(content)), "queued");
    assertEquals(taken.map((line) => line.replace(/^\w+ /, "")), ["Message-ID: <1@remote.test>||hello|"]);
    assertEquals(world.queued, []);
    assertEquals(await world.disk.list("/q/incoming"), []);
    const id = taken[0]!.split(" ")[0]!;
    assertEquals(world.log, [
      `smtpd: ${id}: client=client.test[192.0.2.1]`,
      `cleanup: ${id}: message-id=<1@remote.test>`,
    ]);
    const recipients = [{ address: "u2@ref.test", parameters: {} }];
    assertEquals(await send(utf8Bytes(content), { recipients }), "queued");
    const stored = (await world.find(world.queued[0]!)).content;
    assert(stored.endsWith(content) && stored.startsWith("Received: "));
    // More than one piece goes into the queue's file as it comes.
    const large = utf8Bytes("x\n".repeat(300_000));
    assertEquals(await send(large), "queued");
    assertEquals([taken.length, world.queued.length], [1, 2]);
  }, { direct });
});
