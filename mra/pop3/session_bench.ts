/** A POP3 session of many messages, by the engine alone: how long one takes. */

import { FakeRunner, wire } from "./fake_runner.ts";
import { FakeStore } from "./fake_store.ts";

const login = ["USER u1", "PASS pw 1"];
const small = new FakeStore(Array(1000).fill("Subject: x\r\n\r\nbody\r\n"));
const large = new FakeStore(Array(100_000).fill("A: 1\r\n\r\n"));
const numbers = Array.from({ length: 1000 }, (_, index) => `RETR ${index + 1}`);

async function run(store: FakeStore, ...commands: readonly string[]): Promise<void> {
  const runner = new FakeRunner(store);
  await runner.receive(wire(...login, ...commands, "QUIT"));
  store.requests.length = 0;
  store.logins.length = 0;
}

// Only functions that are async by their own word are waited for.
Deno.bench("POP3: log in, UIDL and RETR of 1,000 messages", async () => {
  await run(small, "STAT", "UIDL", ...numbers);
});

Deno.bench("POP3: log in, LIST and UIDL of 100,000 messages", async () => {
  await run(large, "STAT", "LIST", "UIDL");
});
