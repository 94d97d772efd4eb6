import { assert, assertEquals, assertMatch } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";
import { WorkerHost } from "../../tools/kit/rpc/worker_host.ts";

import type { SmtpRole } from "../smtp/question.ts";
import { type SmtpServerSettings, smtpServerSettings } from "../smtp/settings.ts";
import type { ReceptionApi, SmtpListener, SmtpWorkerApi } from "./api.ts";
import { openTestWorld, type TestWorld } from "./testing_world.ts";

const now = { nowMs: realClock.now(), random: realRandom };
const authority = await createAuthority({ name: "Test authority", ...now });
const certificate = await issueCertificate(authority, { names: ["localhost", "127.0.0.1"], ...now });

function listener(
  name: string,
  role: SmtpRole,
  settings: Partial<SmtpServerSettings>,
  mode: SmtpListener["mode"] = "plain",
): SmtpListener {
  return {
    name,
    role,
    mode,
    hostname: "127.0.0.1",
    port: 0,
    reusePort: false,
    settings: smtpServerSettings("mx.ref.test", { hasCertificate: true, ...settings }),
  };
}

interface Keeper {
  readonly world: TestWorld;
  readonly worker: WorkerHost<SmtpWorkerApi, ReceptionApi>;
  port(name: string): number;
}

async function withWorker(run: (keeper: Keeper) => Promise<void>): Promise<void> {
  const world = await openTestWorld();
  const desk = world.reception.openDesk();
  const ports = new Map<string, number>();
  const worker = new WorkerHost<SmtpWorkerApi, ReceptionApi>({
    name: "smtp-in 1",
    url: new URL("./worker.ts", import.meta.url),
    rights: { net: ["127.0.0.1:0", "127.0.0.1"] },
    handlers: desk.handlers,
    onStart: async (worker) => {
      desk.reset();
      const bound = await worker.call("start", {
        listeners: [
          listener("smtp", "smtp", {}),
          listener("submission", "submission", { saslAuth: true, tlsLevel: "encrypt" }),
          listener("submissions", "submission", { saslAuth: true, tlsLevel: "encrypt" }, "tls"),
          listener("lmtp", "lmtp", {}),
        ],
        certificate,
        limits: { connectionsPerAddress: 5 },
      });
      for (const { name, port } of bound) ports.set(name, port);
    },
    clock: realClock,
    log: silentLog,
  });
  await worker.start();
  try {
    await run({ world, worker, port: (name) => ports.get(name)! });
  } finally {
    worker.stop();
  }
}

class Client {
  #conn: Deno.Conn;
  #heard = "";

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<Client> {
    return new Client(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  static async connectTls(port: number): Promise<Client> {
    return new Client(await Deno.connectTls({ hostname: "localhost", port, caCerts: [authority.certPem] }));
  }

  async startTls(): Promise<void> {
    if (!("setKeepAlive" in this.#conn)) throw new Error("no TCP connection");
    const tcp: Deno.TcpConn = this.#conn as Deno.TcpConn;
    this.#conn = await Deno.startTls(tcp, { hostname: "localhost", caCerts: [authority.certPem] });
  }

  /** Sends lines and gives the last line of the reply, `(closed)` at the end. */
  async say(...lines: readonly string[]): Promise<string> {
    const bytes = utf8Bytes(lines.map((line) => `${line}\r\n`).join(""));
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    return await this.hear();
  }

  async hear(): Promise<string> {
    for (;;) {
      const found = /^(?:\d{3}-[^\r]*\r\n)*(\d{3} [^\r]*)\r\n/.exec(this.#heard);
      if (found !== null) {
        this.#heard = this.#heard.slice(found[0].length);
        return found[1]!;
      }
      const buffer = new Uint8Array(65536);
      const length = await this.#conn.read(buffer);
      if (length === null) return "(closed)";
      this.#heard += utf8Text(buffer.subarray(0, length));
    }
  }

  close(): void {
    this.#conn.close();
  }
}

const okQueued = /^250 2\.0\.0 Ok: queued as [0-9A-Za-z]+$/;

Deno.test("a worker with no right but the network takes mail into the keeper's queue (RFC 5321 §4.1.1.4)", () =>
  withWorker(async ({ world, worker, port }) => {
    const client = await Client.connect(port("smtp"));
    assertEquals(await client.hear(), "220 mx.ref.test ESMTP Postfix");
    assertEquals(await client.say("EHLO c.test"), "250 CHUNKING");
    assertEquals(
      await client.say("MAIL FROM:<a@remote.test>", "RCPT TO:<u1@ref.test>", "DATA"),
      "250 2.1.0 Ok",
    );
    assertEquals(await client.hear(), "250 2.1.5 Ok");
    assertEquals(await client.hear(), "354 End data with <CR><LF>.<CR><LF>");
    assertMatch(await client.say("Subject: x", "", "..hello", "."), okQueued);
    const { content } = await world.find(world.queued[0]!);
    assertMatch(content, /^Received: from c\.test \(localhost \[127\.0\.0\.1\]\)\n\tby mx\.ref\.test /);
    assertMatch(content, /\nSubject: x\n[^]*\n\n\.hello\n$/);
    const large = `${"0123456789".repeat(7)}\r\n`.repeat(20_000) + ".";
    await client.say("MAIL FROM:<a@remote.test>");
    await client.say("RCPT TO:<u1@ref.test>");
    await client.say("DATA");
    assertMatch(await client.say(large), okQueued);
    assert((await world.find(world.queued[1]!)).content.length > 1_400_000);
    assertEquals(await client.say("QUIT"), "221 2.0.0 Bye");
    client.close();
    await worker.call("drain", { limitMs: 1000 });
    assert(world.log.includes("smtpd: connect from localhost[127.0.0.1]"));
    assert(
      world.log.includes(
        "smtpd: disconnect from localhost[127.0.0.1] ehlo=1 mail=2 rcpt=2 data=2 quit=1 commands=8",
      ),
      world.log.join("\n"),
    );
    // The line that tells of the client stands before what became of the message.
    assertEquals(world.log[0], "smtpd: connect from localhost[127.0.0.1]");
  }));

Deno.test("submission asks for TLS and a login, and trusts no plain text sent ahead (RFC 3207 §4.2, RFC 6409 §4.3)", () =>
  withWorker(async ({ world, port }) => {
    const client = await Client.connect(port("submission"));
    await client.hear();
    await client.say("EHLO c.test");
    assertEquals(
      await client.say("MAIL FROM:<u1@ref.test>"),
      "530 5.7.0 Must issue a STARTTLS command first",
    );
    assertEquals(await client.say("STARTTLS now"), "501 5.5.4 Syntax: STARTTLS");
    assertEquals(
      await client.say("STARTTLS", "RSET", "MAIL FROM:<a@remote.test>"),
      "220 2.0.0 Ready to start TLS",
    );
    await client.startTls();
    assertEquals(await client.say("NOOP"), "250 2.0.0 Ok");
    await client.say("EHLO c.test");
    assertEquals(await client.say("MAIL FROM:<u1@ref.test>"), "530 5.7.0 Authentication required");
    assertEquals(
      await client.say("AUTH PLAIN AHUxAHB3MQ=="),
      "235 2.7.0 Authentication successful",
    );
    await client.say("MAIL FROM:<u1@ref.test> SIZE=38677 AUTH=<>");
    assertEquals(await client.say("RCPT TO:<x@elsewhere.test>"), "250 2.1.5 Ok");
    await client.say("DATA");
    assertMatch(await client.say("Subject: x", "", "."), okQueued);
    client.close();
    const { content, message } = await world.find(world.queued[0]!);
    assertMatch(content, /\n\t\(using TLSv1\.3 with cipher TLS_[A-Z0-9_]+ \((\d+)\/\1 bits\)\)\n/);
    assertMatch(content, /\n\tby mx\.ref\.test \(Postfix\) with ESMTPSA id /);
    assertEquals(message.envelope.attributes.sasl_username, "u1");
  }));

Deno.test("implicit TLS and LMTP are served beside, and one address has its limit (RFC 8314 §3.3, RFC 2033 §4)", () =>
  withWorker(async ({ world, port }) => {
    const secure = await Client.connectTls(port("submissions"));
    assertEquals(await secure.hear(), "220 mx.ref.test ESMTP Postfix");
    await secure.say("EHLO c.test");
    assertEquals(await secure.say("AUTH LOGIN", "dTE=", "cHcx"), "334 VXNlcm5hbWU6");
    assertEquals(await secure.hear(), "334 UGFzc3dvcmQ6");
    assertEquals(await secure.hear(), "235 2.7.0 Authentication successful");
    const lmtp = await Client.connect(port("lmtp"));
    await lmtp.hear();
    await lmtp.say("LHLO c.test");
    await lmtp.say("MAIL FROM:<>");
    assertEquals(await lmtp.say("RCPT TO:<u1@ref.test>"), "250 2.1.5 Ok");
    assertMatch(await lmtp.say("RCPT TO:<nosuch@ref.test>"), /^550 5\.1\.1 /);
    assertEquals(await lmtp.say("RCPT TO:<u2@ref.test>"), "250 2.1.5 Ok");
    await lmtp.say("DATA");
    assertMatch(await lmtp.say("Subject: x", "", "."), /^250 2\.0\.0 <u1@ref\.test> Ok: queued as /);
    assertMatch(await lmtp.hear(), /^250 2\.0\.0 <u2@ref\.test> Ok: queued as /);
    assertEquals(world.queued.length, 1);
    const others = await Promise.all([1, 2, 3, 4].map(() => Client.connect(port("smtp"))));
    const greetings = await Promise.all(others.map((client) => client.hear()));
    assertEquals(greetings.sort().slice(2), [
      "220 mx.ref.test ESMTP Postfix",
      "421 4.7.0 mx.ref.test Error: too many connections from 127.0.0.1",
    ]);
    for (const client of [secure, lmtp, ...others]) client.close();
  }));
