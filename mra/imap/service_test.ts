import { assert, assertEquals, assertRejects } from "@std/assert";

import { latin1Bytes } from "../../tools/kit/base/bytes.ts";
import { silentLog } from "../../tools/kit/base/log.ts";

import type { ImapAnswer, ImapNotice } from "./question.ts";
import { ImapService } from "./service.ts";
import { loopback } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";

async function loggedIn(fake: FakeStore): Promise<{ service: ImapService; notices: ImapNotice[] }> {
  const notices: ImapNotice[] = [];
  const service = new ImapService({ ...backendOf(fake), log: silentLog });
  service.subscribe((notice) => notices.push(notice));
  const credentials = { user: "u1", password: "pw1", mechanism: "PLAIN", peer: loopback, tls: undefined };
  await service.ask({ kind: "login", ...credentials });
  return { service, notices };
}

function backendOf({ login, store, registry }: FakeStore) {
  return { login, store, registry };
}

function valueOf(answer: ImapAnswer): unknown {
  assert("result" in answer && answer.result.ok, JSON.stringify(answer));
  return answer.result.value;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("a range is streamed in pieces, read ahead of the peer, and to its last octet", async () => {
  const fake = new FakeStore();
  const text = "0123456789".repeat(50_000);
  fake.deliver("INBOX", text);
  const { service } = await loggedIn(fake);
  await service.ask({ kind: "open", name: "INBOX", readOnly: false });
  const chunks: Uint8Array[] = [];
  for await (const chunk of service.source({ uid: 1, offset: 5, length: 400_001 })) chunks.push(chunk);
  assertEquals(chunks.map((chunk) => chunk.length), [131_072, 131_072, 131_072, 6785]);
  assertEquals(new TextDecoder().decode(chunks.at(-1)), text.slice(5, 400_006).slice(-6785));
});

Deno.test("a message that shrinks or vanishes while it is streamed is an error, since its octets were promised", async () => {
  const fake = new FakeStore();
  fake.deliver("INBOX", "short");
  const { service } = await loggedIn(fake);
  await service.ask({ kind: "open", name: "INBOX", readOnly: false });
  const readAll = async (uid: number) => {
    for await (const _ of service.source({ uid, offset: 0, length: 10 })) continue;
  };
  await assertRejects(() => readAll(1), Error, "shorter");
  await assertRejects(() => readAll(2), Error, "not to be had");
});

Deno.test("notices reach the session that has the mailbox selected, and none after it has closed it", async () => {
  const fake = new FakeStore();
  const { service, notices } = await loggedIn(fake);
  await service.ask({ kind: "open", name: "INBOX", readOnly: false });
  fake.deliver("INBOX", "one");
  await settle();
  assertEquals(notices.length, 1);
  valueOf(await service.ask({ kind: "sync" }));
  valueOf(await service.ask({ kind: "close" }));
  fake.deliver("INBOX", "two");
  await settle();
  assertEquals(notices.length, 1);
});

Deno.test("the session's entitlement ends with it, also when it left during the login", async () => {
  const fake = new FakeStore();
  const { service } = await loggedIn(fake);
  service.closed();
  await settle();
  assertEquals(fake.endedSessions, ["S1"]);
  const early = new ImapService({ ...backendOf(fake), log: silentLog });
  const credentials = { user: "u1", password: "pw1", mechanism: "PLAIN", peer: loopback, tls: undefined };
  const answer = early.ask({ kind: "login", ...credentials });
  early.closed();
  await answer;
  await settle();
  assertEquals(fake.endedSessions, ["S1", "S2"]);
});

Deno.test("a store that dies during APPEND harms nobody but the session", async () => {
  const fake = new FakeStore();
  const { service } = await loggedIn(fake);
  valueOf(await service.ask({ kind: "appendOpen", name: "INBOX", options: { flags: [] }, octets: 9 }));
  await service.body(latin1Bytes("abc"));
  fake.registry.storeLost();
  await service.body(latin1Bytes("def"));
  await settle();
  await assertRejects(async () => await service.body(latin1Bytes("ghi")), Error, "restarted");
  await assertRejects(() => service.ask({ kind: "appendCommit" }), Error, "restarted");
  service.closed();
  await settle();
  // Nothing is told to the new store about a session that it does not know.
  assertEquals(fake.endedSessions, []);
});
