/** Whatever a peer sends, the engine keeps its contract; the seed of a failure is in its message. */

import { assert, assertEquals } from "@std/assert";

import { latin1Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";
import type { Effect, Input } from "../../tools/kit/wire/engine.ts";

import type { SmtpAnswer, SmtpQuestion, SmtpRole } from "./question.ts";
import { reply } from "./reply.ts";
import { SmtpServer } from "./server.ts";
import { smtpServerSettings } from "./settings.ts";
import { testPeer, testTls } from "./testing_dialogue.ts";

const snippets: readonly string[] = [
  "EHLO c.test\r\n",
  "LHLO c.test\r\n",
  "HELO c\r\n",
  "MAIL FROM:<a@remote.test>\r\n",
  "MAIL FROM:<a@remote.test> SIZE=5 BODY=8BITMIME SMTPUTF8\r\n",
  "RCPT TO:<u1@ref.test>\r\n",
  "RCPT TO:<u1@ref.test> NOTIFY=NEVER ORCPT=rfc822;x\r\n",
  "DATA\r\n",
  "BDAT 5\r\n",
  "BDAT 3 LAST\r\n",
  "BDAT 0 LAST\r\n",
  "BDAT 500000 LAST\r\n",
  "AUTH PLAIN\r\n",
  "AUTH LOGIN\r\n",
  "AUTH PLAIN AHUxAHB3MQ==\r\n",
  "AHUxAHB3MQ==\r\n",
  "*\r\n",
  "STARTTLS\r\n",
  "RSET\r\n",
  "VRFY u1@ref.test\r\n",
  "ETRN ref.test\r\n",
  "HELP\r\n",
  "NOOP\r\n",
  "QUIT\r\n",
  "\r\n",
  "\n",
  "\r",
  ".\r\n",
  "\r\n.\r\n",
  "\n.\n",
  "From x\n",
  "Received: y\r\n",
  '<"\\',
  "\0",
  "\xff\xfe",
];

function answer(question: SmtpQuestion, random: SeededRandom): SmtpAnswer {
  if (random.below(12) === 0) {
    return { kind: "reply", reply: reply(451, "4.3.0", "Try again"), close: random.below(4) === 0 };
  }
  if (question.kind === "login") {
    return random.below(2) === 0 ? { kind: "loggedIn", user: "u1" } : { kind: "loginRefused" };
  }
  return question.kind === "commit" ? { kind: "queued", id: "4C2F1A0B3D" } : { kind: "proceed" };
}

interface Outcome {
  readonly bodyOctets: number;
  readonly commits: number;
}

/** Runs a session as the runner would, checking every step's effects. */
class Harness {
  readonly #engine: SmtpServer;
  readonly #random: SeededRandom;
  #closed = false;
  #securing = false;
  #sinkOpen = false;
  #bodyOctets = 0;
  #commits = 0;

  constructor(
    random: SeededRandom,
    role: SmtpRole,
    settings: Partial<Parameters<typeof smtpServerSettings>[1]> = {},
  ) {
    this.#random = random;
    this.#engine = new SmtpServer({ ...testPeer, tls: random.below(2) === 0 ? testTls : undefined }, {
      role,
      settings: smtpServerSettings("mx.ref.test", {
        saslAuth: true,
        hasCertificate: true,
        hardErrorLimit: 1000,
        softErrorLimit: 1000,
        ...settings,
      }),
    });
    this.#perform(this.#engine.open(0));
  }

  get outcome(): Outcome {
    return { bodyOctets: this.#bodyOctets, commits: this.#commits };
  }

  give(input: Input<SmtpAnswer>): void {
    if (this.#closed) return;
    if (this.#securing) {
      this.#securing = false;
      this.#perform(this.#engine.step({ kind: "secured", tls: testTls }, 0));
    }
    this.#perform(this.#engine.step(input, 0));
  }

  #perform(effects: readonly Effect<SmtpQuestion>[]): void {
    for (const [index, effect] of effects.entries()) {
      const isLast = index === effects.length - 1;
      switch (effect.kind) {
        case "send":
          checkReply(utf8Text(effect.bytes));
          break;
        case "ask":
          assert(isLast, "something after a question");
          return this.#ask(effect.question);
        case "body":
          assert(this.#sinkOpen, "octets without a sink");
          this.#bodyOctets += effect.bytes.length;
          break;
        case "discard":
          assert(this.#sinkOpen, "nothing to discard");
          this.#sinkOpen = false;
          break;
        case "starttls":
          assert(isLast, "something after starttls");
          this.#securing = true;
          break;
        case "close":
          assert(isLast, "something after close");
          assert(!this.#sinkOpen, "an open sink at the end");
          this.#closed = true;
          break;
      }
    }
  }

  #ask(question: SmtpQuestion): void {
    const given = answer(question, this.#random);
    if (question.kind === "data") this.#sinkOpen = given.kind === "proceed";
    if (question.kind === "commit") {
      assert(this.#sinkOpen, "commit without a sink");
      this.#sinkOpen = false;
      this.#commits++;
    }
    this.#perform(this.#engine.step({ kind: "answer", answer: given }, 0));
  }
}

function checkReply(text: string): void {
  for (const line of text.split("\r\n").slice(0, -1)) {
    assert(/^[2-5]\d\d[ -]/.test(line) && line.length <= 510, `a bad reply line: ${JSON.stringify(line)}`);
  }
  assert(text.endsWith("\r\n"));
}

/** What leads to a message; the rest of the input disturbs it. */
const script: readonly string[] = [
  "MAIL FROM:<a@remote.test>\r\n",
  "RCPT TO:<u1@ref.test>\r\n",
  "DATA\r\n",
  "Subject: x\r\n\r\nhello\n.\r\n.",
  "\r\n.\r\n",
];

function randomInput(random: SeededRandom, turn: number): Uint8Array {
  if (random.below(8) > 0) return latin1Bytes(script[turn % script.length]!);
  if (random.below(6) === 0) return random.bytes(1 + random.below(300));
  let text = "";
  for (let count = 1 + random.below(4); count > 0; count--) text += snippets[random.below(snippets.length)]!;
  const bytes = latin1Bytes(text);
  return random.below(3) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

const roles: readonly SmtpRole[] = ["smtp", "submission", "lmtp"];

Deno.test("random input never breaks the engine or its contract (wire/engine.ts)", () => {
  let commits = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new SeededRandom(seed);
    try {
      const harness = new Harness(random, roles[seed % 3]!, { forbidUnauthPipelining: seed % 2 === 0 });
      const turns = random.below(60);
      harness.give({ kind: "receive", bytes: latin1Bytes(seed % 3 === 2 ? "LHLO c\r\n" : "EHLO c\r\n") });
      if (seed % 3 === 1) {
        harness.give({ kind: "receive", bytes: latin1Bytes("AUTH PLAIN AHUxAHB3MQ==\r\n") });
      }
      for (let turn = 0; turn < turns; turn++) {
        harness.give({ kind: "receive", bytes: randomInput(random, turn) });
      }
      const last = random.below(4);
      if (last === 0) harness.give({ kind: "expired" });
      if (last === 1) harness.give({ kind: "shutdown", reason: "stopping" });
      if (last === 2) harness.give({ kind: "ended" });
      commits += harness.outcome.commits;
    } catch (thrown) {
      throw new Error(`seed ${seed}`, { cause: thrown });
    }
  }
  assert(commits > 200, `only ${commits} messages came through`);
});

Deno.test("a peer that never ends its line, response or chunk is not kept in memory (RFC 5321 §4.5.3.1)", () => {
  const endless = new Uint8Array(1 << 20).fill(120);
  const openings: readonly string[] = [
    "",
    "AUTH PLAIN\r\n",
    "BDAT 100000000\r\n",
    "EHLO c\r\nMAIL FROM:<a@b.test>\r\n",
  ];
  for (const opening of openings) {
    const harness = new Harness(new SeededRandom(2), "smtp");
    harness.give({ kind: "receive", bytes: latin1Bytes(opening) });
    for (let count = 0; count < 20; count++) harness.give({ kind: "receive", bytes: endless });
    assertEquals(harness.outcome, { bodyOctets: 0, commits: 0 });
  }
});
