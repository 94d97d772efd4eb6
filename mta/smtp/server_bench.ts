/** Messages a second through the engine, in memory: `deno bench mta/smtp/server_bench.ts`. */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Effect } from "../../tools/kit/wire/engine.ts";

import { DataDecoder } from "./data_decoder.ts";
import type { SmtpAnswer, SmtpQuestion } from "./question.ts";
import { SmtpServer } from "./server.ts";
import { smtpServerSettings } from "./settings.ts";

const peer = { address: "192.0.2.1", port: 40_000, localAddress: "192.0.2.25", localPort: 25 };
const settings = smtpServerSettings("mx.ref.test");

const header = "Received: from x by y\r\nFrom: <a@remote.test>\r\nTo: <u1@ref.test>\r\nSubject: bench\r\n" +
  "Message-ID: <1@remote.test>\r\nDate: Tue, 25 Nov 2025 01:11:53 +0000\r\n\r\n";
const line = `${"x".repeat(70)}\r\n`;
const small = utf8Bytes(header + line.repeat(Math.ceil((4096 - header.length) / line.length)));
const envelope = utf8Bytes("MAIL FROM:<a@remote.test>\r\nRCPT TO:<u1@ref.test>\r\nDATA\r\n");
const dot = utf8Bytes(".\r\n");
const whole = new Uint8Array([...small, ...dot]);
const large = utf8Bytes(line.repeat(910));

function answer(question: SmtpQuestion): SmtpAnswer {
  return question.kind === "commit" ? { kind: "queued", id: "4C2F1A0B3D" } : { kind: "proceed" };
}

let octets = 0;

function perform(engine: SmtpServer, effects: readonly Effect<SmtpQuestion>[]): void {
  for (const effect of effects) {
    if (effect.kind === "ask") {
      perform(engine, engine.step({ kind: "answer", answer: answer(effect.question) }, 0));
    } else if (effect.kind === "send" || effect.kind === "body") octets += effect.bytes.length;
  }
}

function openSession(): SmtpServer {
  const engine = new SmtpServer(peer, { role: "smtp", settings });
  perform(engine, engine.open(0));
  perform(engine, engine.step({ kind: "receive", bytes: utf8Bytes("EHLO c.test\r\n") }, 0));
  return engine;
}

const session = openSession();

Deno.bench("one message of 4 KB in an open session", () => {
  perform(session, session.step({ kind: "receive", bytes: envelope }, 0));
  perform(session, session.step({ kind: "receive", bytes: whole }, 0));
});

Deno.bench("a whole session with one message of 4 KB", () => {
  const engine = openSession();
  perform(engine, engine.step({ kind: "receive", bytes: envelope }, 0));
  perform(engine, engine.step({ kind: "receive", bytes: whole }, 0));
  perform(engine, engine.step({ kind: "receive", bytes: utf8Bytes("QUIT\r\n") }, 0));
});

Deno.bench("64 KB through the decoder", () => {
  octets += new DataDecoder({ dots: true }).push(large).bytes.length;
});
