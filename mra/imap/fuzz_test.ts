import { assert, assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { type Random, SeededRandom } from "../../tools/kit/base/random.ts";

import { Client } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";

const dialogue = [
  "a LOGIN {2+}\r\nu1 {3+}\r\npw1\r\n",
  'b CREATE "x&AOU-"\r\n',
  'c APPEND INBOX (\\Seen $K) " 1-Jan-2026 00:00:00 +0000" {20+}\r\nSubject: a\r\n\r\nbody\r\n\r\n',
  "d SELECT INBOX\r\n",
  "e FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE BODY[HEADER.FIELDS (Subject {1+}\r\nX)] BODY[]<1.5>)\r\n",
  "f UID STORE 1 +FLAGS (\\Deleted)\r\n",
  "g SEARCH CHARSET UTF-8 OR (SUBJECT {1+}\r\na) NOT UID 1:*\r\n",
  "h COPY 1 INBOX\r\n",
  "i IDLE\r\nDONE\r\n",
  "j EXPUNGE\r\n",
  'k LIST (SUBSCRIBED) "" (a* "%") RETURN (STATUS (MESSAGES))\r\n',
  "l LOGOUT\r\n",
].join("");

function anyCut(random: Random, most: number) {
  return (bytes: Uint8Array) => {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = 1 + random.below(most);
      chunks.push(bytes.subarray(at, at + length));
      at += length;
    }
    return chunks;
  };
}

async function play(cut: (bytes: Uint8Array) => readonly Uint8Array[]): Promise<string> {
  const client = await Client.connect(new FakeStore(), { cut });
  return await client.send(dialogue);
}

Deno.test("a dialogue means the same whole, octet by octet and at random cuts", async () => {
  const whole = await play((bytes) => [bytes]);
  assert(whole.endsWith("l OK Logout completed.\r\n"), whole);
  // Where the cut is decides only whether EXPUNGE may be told already.
  const lines = (text: string) => text.split("\r\n").sort().join("\n");
  assertEquals(
    lines(await play((bytes) => Array.from(bytes, (octet) => Uint8Array.of(octet)))),
    lines(whole),
  );
  for (let seed = 1; seed <= 30; seed++) {
    assertEquals(lines(await play(anyCut(new SeededRandom(seed), 40))), lines(whole), `seed ${seed}`);
  }
});

const words = [
  "LOGIN",
  "SELECT",
  "INBOX",
  "FETCH",
  "UID",
  "STORE",
  "SEARCH",
  "APPEND",
  "LIST",
  "STATUS",
  "COPY",
  "IDLE",
  "DONE",
  "AUTHENTICATE",
  "PLAIN",
  "(",
  ")",
  '"',
  "\\",
  "{3}",
  "{3+}",
  "{99999}",
  "{99999999999999999999+}",
  "*",
  "%",
  "1:*",
  "[",
  "]",
  "<0.1>",
  "BODY[",
  "FLAGS",
  "\\Seen",
  " ",
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\xff",
  "&",
  "NIL",
  "=",
  "+",
  "a",
  "RETURN",
  "OR",
  "NOT",
  "CHARSET",
];

function nonsense(random: Random): string {
  let text = "";
  for (let count = random.below(30); count > 0; count--) {
    if (random.below(5) === 0) text += latin1Text(random.bytes(random.below(6)));
    else text += words[random.below(words.length)]! + (random.below(3) > 0 ? " " : "");
  }
  return random.below(3) > 0 ? `${text}\r\n` : text;
}

Deno.test("no octets make a session throw, and every answer is made of lines", async () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = new SeededRandom(seed);
    const store = new FakeStore();
    store.deliver("INBOX", "Subject: x\r\n\r\nbody\r\n");
    const cut = anyCut(random, 60);
    const client = random.below(2) === 0
      ? await Client.loggedIn(store, "INBOX", { cut })
      : await Client.connect(store, { cut });
    try {
      for (let turn = 0; turn < 20 && !client.closed; turn++) {
        const text = random.below(2) === 0 ? nonsense(random) : mutated(random);
        const answer = await client.send(text);
        assert(answer === "" || answer.endsWith("\r\n"), JSON.stringify(answer.slice(-80)));
        assert(!answer.includes("Internal error"), answer);
      }
      await client.end();
    } catch (thrown) {
      console.error(`seed ${seed}`);
      throw thrown;
    }
  }
});

/** The dialogue with some octets changed. */
function mutated(random: Random): string {
  const bytes = latin1Bytes(dialogue.replace(/l LOGOUT\r\n$/, ""));
  for (let count = random.below(8); count > 0; count--) bytes[random.below(bytes.length)] = random.below(256);
  const start = random.below(bytes.length);
  return latin1Text(bytes.subarray(start, start + random.below(200)));
}

Deno.test("what a command may hold is bounded before and after login (limits.ts)", async () => {
  const early = await Client.connect(new FakeStore());
  early.take();
  assertEquals(
    await early.send(`a LOGIN u1 ${"x".repeat(41_000)}\r\n`),
    "a BAD Error in IMAP command: Too long argument.\r\n",
  );
  assertEquals(await early.send("a LOGIN {3000}\r\n"), "+ OK\r\n");
  assertEquals(await early.send(`${"x".repeat(3000)} {3000}\r\n`), "* BYE Literal too large.\r\n");
  const late = await Client.loggedIn(new FakeStore());
  assertEquals(
    await late.send(`a SEARCH ${"x".repeat(70_000)}\r\nb NOOP\r\n`),
    "a BAD Error in IMAP command: Too long argument.\r\nb OK NOOP completed.\r\n",
  );
  assertEquals(await late.send("a CREATE {70000}\r\n"), "a BAD [TOOBIG] Literal too large.\r\n");
  assertEquals(
    await late.send(`a CREATE {70000+}\r\n${"b NOOP\r\n".repeat(8750)}\r\nc NOOP\r\n`),
    "a BAD [TOOBIG] Literal too large.\r\nc OK NOOP completed.\r\n",
  );
  assertEquals(
    await late.send(`a IDLE\r\n${"x".repeat(70_000)}`),
    "+ idling\r\n* BYE Input line too long.\r\n",
  );
});
