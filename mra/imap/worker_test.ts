import { assert, assertEquals, assertStringIncludes } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";
import { connectRpc } from "../../tools/kit/rpc/rpc.ts";

import type { ReaderApi, StoreApi } from "../../store/api.ts";

import { type StartedWorker, withReaderWorker } from "../testing_worker.ts";

import { defaultImapSettings, type ImapSettings } from "./settings.ts";
import { FakeStore } from "./testing/fake_store.ts";

const names = ["localhost", "127.0.0.1"];
const now = { nowMs: realClock.now(), random: realRandom };

function withWorker(
  fake: FakeStore,
  run: (started: StartedWorker<ImapSettings>) => Promise<void>,
): Promise<void> {
  return withReaderWorker({
    url: import.meta.resolve("./worker.ts"),
    settings: { ...defaultImapSettings, startTls: true },
    connectionsPerAddress: 2,
    login: (request) => fake.login.call("login", request),
    serveStore: (port) => serveStore(fake, port),
  }, run);
}

function serveStore(fake: FakeStore, port: MessagePort): void {
  const reader = connectRpc<ReaderApi, StoreApi>(
    port,
    fake.handlers((params) => reader.tell("changed", params)),
  );
  port.start();
}

/** A connection that is read up to some text. */
class Line {
  #text = "";

  constructor(readonly conn: Deno.Conn) {}

  static async open(port: number): Promise<Line> {
    return new Line(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  async say(text: string): Promise<void> {
    await this.conn.write(latin1Bytes(text));
  }

  async hear(end: string): Promise<string> {
    const buffer = new Uint8Array(65536);
    while (!this.#text.includes(end)) {
      const count = await this.conn.read(buffer);
      if (count === null) throw new Error(`closed before ${end}: ${this.#text}`);
      this.#text += latin1Text(buffer.subarray(0, count));
    }
    const at = this.#text.indexOf(end) + end.length;
    const heard = this.#text.slice(0, at);
    this.#text = this.#text.slice(at);
    return heard;
  }
}

Deno.test("the imap worker serves sessions with the right to the network only, and IDLE hears the store (RFC 2177)", async () => {
  const fake = new FakeStore();
  await withWorker(fake, async ({ worker, port, log }) => {
    const actor = await Line.open(port);
    const watcher = await Line.open(port);
    const third = await Line.open(port);
    assertEquals(await third.hear("\r\n"), "* BYE [UNAVAILABLE] Too many connections.\r\n");
    third.conn.close();
    // Without a certificate there is nothing to begin TLS with.
    assert(!(await watcher.hear("ready.\r\n")).includes("STARTTLS"));
    await watcher.say("a LOGIN u1 pw1\r\nb SELECT INBOX\r\nc IDLE\r\n");
    await watcher.hear("+ idling\r\n");
    const message = `Subject: large\r\n\r\n${"0123456789abcde\n".repeat(40_000)}`.replaceAll("\n", "\r\n");
    await actor.say(`a LOGIN u1 pw1\r\nb APPEND INBOX {${message.length}+}\r\n`);
    await actor.say(message);
    await actor.say("\r\n");
    await actor.hear("b OK [APPENDUID 1000 1] Append completed.\r\n");
    assertStringIncludes(await watcher.hear("RECENT\r\n"), "* 1 EXISTS\r\n");
    await watcher.say("DONE\r\nd FETCH 1 BODY.PEEK[]\r\n");
    await watcher.hear("c OK Idle completed.\r\n");
    assertStringIncludes(await watcher.hear("d OK Fetch completed.\r\n"), message);
    await watcher.say("e LOGOUT\r\n");
    await watcher.hear("e OK Logout completed.\r\n");
    assertEquals((await worker.call("status", null)).accepted, 3);
    assert(
      log.some((record) => record.text.startsWith("imap(u1)<") && record.text.includes("Logged out in=")),
    );
    watcher.conn.close();
    actor.conn.close();
  });
});

Deno.test("the imap worker ends sessions of a store that was restarted, and serves new ones by the new one", async () => {
  const fake = new FakeStore();
  await withWorker(fake, async ({ worker, port }) => {
    const idling = await Line.open(port);
    await idling.say("a LOGIN u1 pw1\r\nb SELECT INBOX\r\nc IDLE\r\n");
    await idling.hear("+ idling\r\n");
    const again = new MessageChannel();
    serveStore(fake, again.port1);
    await worker.call("setStore", { store: again.port2 }, [again.port2]);
    assertStringIncludes(
      await idling.hear("log for more information.\r\n"),
      "* BYE Internal error occurred.",
    );
    idling.conn.close();
    await worker.call("reconfigure", { settings: { ...defaultImapSettings, greeting: "hello" } });
    const anew = await Line.open(port);
    await anew.hear("] hello\r\n");
    await anew.say("a LOGIN u1 pw1\r\nb SELECT INBOX\r\n");
    await anew.hear("b OK [READ-WRITE] Select completed.\r\n");
    const drained = worker.call("drain", { limitMs: 1000 });
    await anew.hear("* BYE Server shutting down.\r\n");
    await drained;
    anew.conn.close();
    again.port1.close();
  });
});

Deno.test("STARTTLS begins TLS with the certificate of the moment; what came before it is dropped (RFC 3501 §6.2.1)", async () => {
  const authority = await createAuthority({ name: "Test authority", ...now });
  const certificate = await issueCertificate(authority, { names, ...now });
  const fake = new FakeStore();
  await withWorker(fake, async ({ worker, port, log }) => {
    await worker.call("setCertificate", certificate);
    const plain = await Deno.connect({ hostname: "127.0.0.1", port });
    const line = new Line(plain);
    assertStringIncludes(await line.hear("ready.\r\n"), " STARTTLS ");
    await line.say("a STARTTLS\r\n");
    await line.hear("a OK Begin TLS negotiation now.\r\n");
    const secured = new Line(
      await Deno.startTls(plain, { hostname: "localhost", caCerts: [authority.certPem] }),
    );
    await secured.say("b CAPABILITY\r\nc LOGIN u1 pw1\r\nd LOGOUT\r\n");
    assert(!(await secured.hear("b OK Capability completed.\r\n")).includes("STARTTLS"));
    await secured.hear("d OK Logout completed.\r\n");
    secured.conn.close();
    assert(fake.logins[0]!.tls !== undefined);
    assert(log.some(({ text }) => text.startsWith("imap-login: Login: ") && text.includes(", TLS, ")));
  });
});
