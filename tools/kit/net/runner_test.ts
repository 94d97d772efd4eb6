import { assert, assertEquals } from "@std/assert";

import { utf8Bytes } from "../base/bytes.ts";
import { ManualClock } from "../base/clock.ts";
import { createLog, type LogRecord } from "../base/log.ts";

import { MemoryPeer } from "./memory_connection.ts";
import { runSession } from "./runner.ts";
import type { RunningSession, SessionLimits } from "./session.ts";
import { Ticker } from "./ticker.ts";
import type { TlsAcceptor } from "./tls_acceptor.ts";
import { ToyEngine, ToyService } from "./toy_engine.ts";

/** A session of the toy protocol with everything around it under the test's hand. */
class Bed {
  readonly clock = new ManualClock();
  readonly peer = new MemoryPeer();
  readonly engine: ToyEngine;
  readonly service: ToyService;
  readonly session: RunningSession;
  readonly records: LogRecord[] = [];

  constructor(
    options: {
      readonly service?: ToyService;
      readonly engine?: ToyEngine;
      readonly limits?: Partial<SessionLimits>;
    } = {},
  ) {
    this.engine = options.engine ?? new ToyEngine();
    this.service = options.service ?? new ToyService();
    const noAcceptor: TlsAcceptor = { accept: () => Promise.reject(new Error("unused")), retire: () => {} };
    this.session = runSession(this.peer.connection(), this.engine, this.service, {
      clock: this.clock,
      log: createLog((record) => this.records.push(record), { now: () => this.clock.now(), part: "toy" }),
      ticker: new Ticker(this.clock),
      tls: () => noAcceptor,
      limits: options.limits,
    });
  }

  /** Lets everything happen that can happen now. */
  async settle(): Promise<this> {
    for (let turn = 0; turn < 60; turn++) await Promise.resolve();
    return this;
  }

  async say(text: string): Promise<this> {
    this.peer.send(text);
    return await this.settle();
  }

  get written(): string[] {
    return this.peer.writes.map((bytes) => new TextDecoder().decode(bytes));
  }
}

/** Questions that are answered when the test says so. */
class SlowService extends ToyService {
  answer: (text: string) => void = () => {};
  fail: (problem: Error) => void = () => {};

  override ask(question: string): Promise<string> {
    this.questions.push(question);
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
    });
  }
}

class SourceService extends ToyService {
  constructor(readonly chunks: readonly (string | Error)[]) {
    super();
  }

  override async *source(): AsyncIterable<Uint8Array> {
    for (const chunk of this.chunks) {
      await Promise.resolve();
      if (chunk instanceof Error) throw chunk;
      yield utf8Bytes(chunk);
    }
  }
}

Deno.test("runSession() greets before any input", async () => {
  const bed = await new Bed().settle();
  assertEquals(bed.written, ["hello\r\n"]);
  assertEquals(bed.engine.inputs, []);
});

Deno.test("runSession() writes the replies to one chunk of pipelined commands at once (RFC 2920 §3.1)", async () => {
  const bed = await new Bed().settle();
  await bed.say("a\r\nb\r\nc\r\n");
  assertEquals(bed.written.slice(1), ["said a\r\nsaid b\r\nsaid c\r\n"]);
});

Deno.test("runSession() writes the replies to pipelined commands at once across questions (RFC 2920 §3.1)", async () => {
  const bed = await new Bed().settle();
  await bed.say("a\r\nask b\r\nask c\r\nd\r\n");
  assertEquals(bed.written.slice(1), ["said a\r\nanswer B\r\nanswer C\r\nsaid d\r\n"]);
  assertEquals(bed.service.questions, ["b", "c"]);
});

Deno.test("runSession() sends a reply that a slow question holds back after a moment", async () => {
  const bed = await new Bed({ service: new SlowService() }).settle();
  await bed.say("a\r\nask b\r\n");
  assertEquals(bed.written.length, 1);
  bed.clock.advance(100);
  await bed.settle();
  assertEquals(bed.written.slice(1), ["said a\r\n"]);
});

Deno.test("runSession() reads nothing and tells nothing while a question is open", async () => {
  const service = new SlowService();
  const bed = await new Bed({ service }).settle();
  await bed.say("ask a\r\n");
  service.notify("new mail");
  await bed.say("b\r\n");
  await bed.say("c\r\n");
  assertEquals(bed.peer.unread, 2);
  assertEquals(bed.engine.inputs, ["receive ask a\r\n"]);
  assertEquals(bed.session.status().state, "asking");
  service.answer("yes");
  await bed.settle();
  assertEquals(bed.engine.inputs.slice(1), [
    "answer yes",
    "notify new mail",
    "receive b\r\n",
    "receive c\r\n",
  ]);
});

Deno.test("runSession() gives notices while it waits for the peer", async () => {
  const bed = await new Bed().settle();
  bed.service.notify("one");
  await bed.settle();
  bed.service.notify("two");
  await bed.settle();
  assertEquals(bed.written.slice(1), ["notice one\r\n", "notice two\r\n"]);
});

Deno.test("runSession() notices after the answer that the peer went away meanwhile", async () => {
  const service = new SlowService();
  const bed = await new Bed({ service }).settle();
  await bed.say("ask a\r\n");
  bed.peer.end();
  await bed.settle();
  assertEquals(service.closes, 0);
  service.answer("yes");
  await bed.settle();
  assertEquals(bed.engine.inputs.slice(1), ["answer yes", "ended"]);
  assertEquals(bed.peer.text, "hello\r\nanswer yes\r\n");
  assertEquals(service.closes, 1);
  await bed.session.done;
});

Deno.test("runSession() answers a peer that has ended its side but still listens", async () => {
  const bed = await new Bed().settle();
  bed.peer.send("a\r\nask b\r\n");
  bed.peer.end();
  await bed.session.done;
  assertEquals(bed.peer.text, "hello\r\nsaid a\r\nanswer B\r\n");
  assertEquals(bed.peer.closed, "closed");
});

Deno.test("runSession() gives `ended` when the connection is reset", async () => {
  const bed = await new Bed().settle();
  bed.peer.reset();
  await bed.session.done;
  assertEquals(bed.engine.inputs, ["ended"]);
  assertEquals(bed.peer.closed, "aborted");
  assertEquals(bed.service.closes, 1);
});

Deno.test("runSession() asks nothing more for a peer that takes no replies any more", async () => {
  const bed = await new Bed({ limits: { maxPendingOctets: 10 } }).settle();
  bed.peer.send("big 100\nask a\r\n");
  bed.peer.reset();
  await bed.session.done;
  assertEquals(bed.service.questions, []);
  assertEquals(bed.engine.inputs.at(-1), "ended");
});

Deno.test("runSession() gives `expired` once when no octet came for so long", async () => {
  const bed = await new Bed().settle();
  await bed.say("deadline 5000\r\n");
  bed.clock.advance(4000);
  await bed.settle();
  await bed.say("a\r\n");
  bed.clock.advance(4000);
  await bed.settle();
  assertEquals(bed.engine.inputs.includes("expired"), false);
  bed.clock.advance(2000);
  await bed.session.done;
  assertEquals(bed.engine.inputs.filter((input) => input === "expired").length, 1);
  assertEquals(bed.peer.text.endsWith("expired\r\n"), true);
});

Deno.test("runSession() does not count a question against the peer's patience, nor a notice for it", async () => {
  const service = new SlowService();
  const bed = await new Bed({ service }).settle();
  await bed.say("deadline 5000\nask a\r\n");
  bed.clock.advance(60_000);
  await bed.settle();
  service.answer("late");
  await bed.settle();
  bed.clock.advance(3000);
  service.notify("news");
  await bed.settle();
  assertEquals(bed.engine.inputs.includes("expired"), false);
  bed.clock.advance(3000);
  await bed.session.done;
  assertEquals(bed.engine.inputs.at(-1), "expired");
});

Deno.test("runSession() holds back input and effects during a pause", async () => {
  const bed = await new Bed().settle();
  await bed.say("pause 1000\r\n");
  await bed.say("a\r\n");
  assertEquals(bed.written.slice(1), ["before\r\n"]);
  assertEquals(bed.session.status().state, "paused");
  bed.clock.advance(1000);
  await bed.settle();
  assertEquals(bed.written.slice(2), ["after\r\n", "said a\r\n"]);
});

Deno.test("runSession() drops plain text behind STARTTLS and gives `secured` (RFC 3207 §4.2)", async () => {
  const bed = await new Bed().settle();
  await bed.say("starttls\r\nevil\r\n");
  assertEquals(bed.peer.upgrades, 1);
  assertEquals(bed.written.slice(1), ["go ahead\r\n", "secured TLSv1.3\r\n"]);
  assertEquals(bed.engine.inputs, ["receive starttls\r\nevil\r\n", "secured"]);
  assertEquals(bed.session.status().tls?.protocol, "TLSv1.3");
});

Deno.test("runSession() gives `ended` after a failed handshake", async () => {
  const bed = await new Bed().settle();
  bed.peer.refusesTls = true;
  bed.peer.send("starttls\r\n");
  await bed.session.done;
  assertEquals(bed.engine.inputs.at(-1), "ended");
  assertEquals(bed.records[0]?.text, "TLS handshake with 192.0.2.1 failed: no shared cipher");
});

Deno.test("runSession() streams with dots stuffed and a final dot (RFC 5321 §4.5.2)", async () => {
  const bed = await new Bed({ service: new SourceService(["one\r\n", ".two\r\n", "."]) }).settle();
  await bed.say("stream x\r\na\r\n");
  assertEquals(bed.peer.text, "hello\r\none\r\n..two\r\n..\r\n.\r\nstreamed\r\nsaid a\r\n");
});

Deno.test("runSession() streams a literal octet by octet (RFC 3501 §4.3)", async () => {
  const bed = await new Bed({ service: new SourceService([".one\n", "."]) }).settle();
  await bed.say("exact x\r\n");
  assertEquals(bed.peer.text, "hello\r\n.one\n.streamed\r\n");
});

Deno.test("runSession() closes without a word when what it streams cannot be read", async () => {
  const service = new SourceService(["one\r\n", new Error("bad sector")]);
  const bed = await new Bed({ service, limits: { maxPendingOctets: 1 } }).settle();
  bed.peer.send("stream x\r\n");
  await bed.session.done;
  assertEquals(bed.peer.text, "hello\r\none\r\n");
  assertEquals(bed.engine.inputs.at(-1), "ended");
  assertEquals(bed.records[0]?.text, "cannot read what was to be sent: bad sector");
});

Deno.test("runSession() holds the peer back while the sink takes the message's octets", async () => {
  let release = () => {};
  const service = new ToyService();
  service.body = () => new Promise((resolve) => release = resolve);
  const bed = await new Bed({ service }).settle();
  await bed.say("body x\r\n");
  await bed.say("a\r\n");
  assertEquals([bed.peer.text, bed.peer.unread], ["hello\r\n", 1]);
  release();
  await bed.settle();
  assertEquals(bed.peer.text, "hello\r\ntook\r\nsaid a\r\n");
});

Deno.test("runSession() writes at the latest when the replies held back reach the limit", async () => {
  const bed = await new Bed({ limits: { maxPendingOctets: 100 } }).settle();
  await bed.say("big 99\nbig 99\nbig 99\n");
  assertEquals(bed.peer.writes.map((bytes) => bytes.length), [7, 198, 99]);
});

Deno.test("runSession() drops a peer that takes no octets within the limit", async () => {
  const bed = await new Bed({ limits: { writeMs: 5000 } }).settle();
  bed.peer.stalled = true;
  await bed.say("a\r\n");
  assertEquals(bed.session.status().state, "writing");
  bed.clock.advance(7000);
  await bed.session.done;
  assertEquals(bed.engine.inputs.at(-1), "ended");
  assertEquals(bed.peer.closed, "aborted");
});

Deno.test("runSession() reads nothing more from a peer that does not take its replies", async () => {
  const bed = await new Bed().settle();
  bed.peer.stalled = true;
  await bed.say("a\r\n");
  await bed.say("b\r\n");
  assertEquals(bed.peer.unread, 1);
  bed.peer.resume();
  await bed.settle();
  assertEquals(bed.peer.text, "hello\r\nsaid a\r\nsaid b\r\n");
});

Deno.test("runSession() gives an engine whose service failed one `shutdown`, then closes", async () => {
  const service = new SlowService();
  const bed = await new Bed({ service }).settle();
  await bed.say("ask a\r\n");
  service.fail(new Error("keeper gone"));
  await bed.session.done;
  assertEquals(bed.engine.inputs.slice(1), ["shutdown failure"]);
  assertEquals(bed.peer.text, "hello\r\nbye failure\r\n");
  assertEquals(bed.records[0]?.text, "session failed: keeper gone");
  assertEquals(service.closes, 1);
});

Deno.test("runSession() ends the session of an engine that throws", async () => {
  const bed = await new Bed().settle();
  bed.peer.send("throw\r\n");
  await bed.session.done;
  assertEquals(bed.peer.text, "hello\r\nbye failure\r\n");
  assertEquals(bed.peer.closed, "closed");
});

Deno.test("runSession() ends even when an engine throws at `shutdown`", async () => {
  const engine = new ToyEngine();
  engine.step = () => {
    throw new Error("broken for good");
  };
  const bed = await new Bed({ engine }).settle();
  bed.peer.send("a\r\n");
  await bed.session.done;
  assertEquals(bed.records.length, 2);
  assertEquals([bed.peer.closed, bed.service.closes], ["closed", 1]);
});

Deno.test("shutdown() says goodbye to an idle session and cuts a pause short", async () => {
  for (const command of ["a\r\n", "pause 100000\r\n"]) {
    const bed = await new Bed().settle();
    await bed.say(command);
    bed.session.shutdown();
    await bed.session.done;
    assertEquals(bed.peer.text.endsWith("bye stopping\r\n"), true);
  }
});

Deno.test("shutdown() lets an open question be answered and takes the place of the next", async () => {
  const service = new SlowService();
  const bed = await new Bed({ service }).settle();
  await bed.say("ask a\r\nask b\r\n");
  bed.session.shutdown();
  await bed.settle();
  assertEquals(bed.peer.closed, undefined);
  service.answer("done");
  await bed.session.done;
  assertEquals(service.questions, ["a"]);
  assertEquals(bed.peer.text, "hello\r\nanswer done\r\nbye stopping\r\n");
});

Deno.test("abort() ends a session whose question is never answered", async () => {
  const service = new SlowService();
  const bed = await new Bed({ service }).settle();
  await bed.say("ask a\r\n");
  bed.session.abort();
  await bed.session.done;
  assertEquals(bed.engine.inputs.at(-1), "ended");
  assertEquals([bed.peer.closed, service.closes], ["aborted", 1]);
  service.answer("too late");
  await bed.settle();
  assertEquals(bed.engine.inputs.at(-1), "ended");
});

Deno.test("runSession() gives nothing after `close`", async () => {
  const bed = await new Bed().settle();
  bed.peer.send("quit\r\na\r\n");
  await bed.session.done;
  bed.service.notify("late");
  await bed.settle();
  assertEquals(bed.engine.inputs, ["receive quit\r\na\r\n"]);
  assertEquals(bed.session.status().state, "closed");
});

Deno.test("status() counts octets both ways", async () => {
  const bed = await new Bed().settle();
  await bed.say("abc\r\n");
  const { octetsIn, octetsOut, state } = bed.session.status();
  assertEquals([octetsIn, octetsOut, state], [5, 17, "waiting"]);
  assert(bed.session.status().startedMs > 0);
});
