/** What a worker that has fallen to somebody else can have of the keeper, and what one that has not leaves behind. */

import { assertEquals } from "@std/assert";

import { type Caller, connectRpc } from "../../tools/kit/rpc/rpc.ts";

import type { SessionFacts } from "../smtp/question.ts";
import type { ReceptionApi } from "./api.ts";
import { ReceptionService } from "./service.ts";
import { openTestWorld } from "./testing_world.ts";

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

async function withKeeper(run: (keeper: Caller<ReceptionApi>) => Promise<void>): Promise<void> {
  const { reception } = await openTestWorld();
  const { port1, port2 } = new MessageChannel();
  connectRpc<Record<never, never>, ReceptionApi>(port1, reception.openDesk().handlers);
  try {
    await run(connectRpc<ReceptionApi>(port2, {}));
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
