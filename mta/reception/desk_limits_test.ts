/** What a worker that has fallen to somebody else can have of the keeper, and what one that has not leaves behind. */

import { assertEquals } from "@std/assert";

import { type Caller, connectRpc } from "../../tools/kit/rpc/rpc.ts";

import { parseRestrictions } from "../policy/restriction_list.ts";
import { defaultRestrictions } from "../policy/settings.ts";
import type { SessionFacts } from "../smtp/question.ts";
import type { ReceptionApi } from "./api.ts";
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

async function withKeeper(
  run: (keeper: Caller<ReceptionApi>, world: TestWorld) => Promise<void>,
): Promise<void> {
  const world = await openTestWorld();
  const { reception } = world;
  const { port1, port2 } = new MessageChannel();
  connectRpc<Record<never, never>, ReceptionApi>(port1, reception.openDesk().handlers);
  try {
    await run(connectRpc<ReceptionApi>(port2, {}), world);
  } finally {
    port1.close();
    port2.close();
  }
}

Deno.test("a worker gets no more sessions and recipients than it has a use for", async () => {
  await withKeeper(async (keeper) => {
    const numbers: number[] = [];
    for (let count = 0; count < 10; count++) {
      const { session, answer } = await keeper.call("connect", { facts });
      numbers.push(session);
      assertEquals(answer.kind, count < 8 ? "proceed" : "reply");
    }
    assertEquals(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 0, 0]);
    keeper.tell("disconnect", { session: 2 });
    assertEquals((await keeper.call("connect", { facts })).session, 9);
    const start = { number: 1, sender: "a@b.test", parameters: { smtpUtf8: false } };
    const answers: string[] = [];
    for (let count = 0; count < 6; count++) {
      const recipient = { address: "u1@ref.test", parameters: {} };
      answers.push((await keeper.call("rcpt", { session: 1, facts, start, recipient })).kind);
    }
    assertEquals(answers, ["proceed", "proceed", "proceed", "proceed", "proceed", "reply"]);
  });
});

Deno.test("a session that is broken off before it is answered is not counted for ever", async () => {
  await withKeeper(async (keeper) => {
    for (let count = 0; count < 10; count++) {
      const service = new ReceptionService(keeper);
      const asked = service.ask({ kind: "connect", facts });
      service.closed();
      assertEquals((await asked).kind, "proceed", `session ${count}`);
    }
  });
});

Deno.test("a session keeps the rules that it began with, and the service that it came to", async () => {
  await withKeeper(async (keeper, world) => {
    const { session } = await keeper.call("connect", { facts });
    const recipient = { address: "x@elsewhere.test", parameters: {} };
    const rcpt = async (number: number, service: string) => {
      const start = { number, sender: "a@b.test", parameters: { smtpUtf8: false } };
      const answer = await keeper.call("rcpt", { session, facts: { ...facts, service }, start, recipient });
      return answer.kind;
    };
    assertEquals(await rcpt(1, "smtp"), "reply");
    // Whoever began under rules that decide at HELO has not been asked there.
    const permit = parseRestrictions("permit", { list: "relay" }).calls;
    world.policy = { lists: { ...defaultRestrictions.smtp, relay: permit }, rejectUnlistedRecipient: false };
    assertEquals(await rcpt(2, "smtp"), "reply");
    assertEquals(await rcpt(3, "submission"), "reply");
    const later = await keeper.call("connect", { facts });
    const start = { number: 1, sender: "a@b.test", parameters: { smtpUtf8: false } };
    const answer = await keeper.call("rcpt", { session: later.session, facts, start, recipient });
    assertEquals(answer.kind, "proceed");
  });
});
