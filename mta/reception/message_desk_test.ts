import { assertEquals, assertRejects } from "@std/assert";

import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { SessionFacts, SmtpAnswer, Transaction } from "../smtp/question.ts";
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
const recipients = [{ address: "u1@ref.test", parameters: {} }];
const transaction: Transaction = {
  sender: "a@remote.test",
  parameters: { smtpUtf8: false },
  recipients,
  octets: 0,
  has8Bit: false,
};
const start = { number: 1, sender: transaction.sender, parameters: transaction.parameters };
const failed: SmtpAnswer = {
  kind: "reply",
  reply: { code: 451, status: "4.3.0", lines: ["Error: queue file write error"] },
};

Deno.test("a worker that asks for too much of the keeper does not get it: open messages, octets", async () => {
  const { reception, queued } = await openTestWorld();
  const { connect, rcpt, openMessage, writeMessage, commitMessage, commit, abandon } =
    reception.openDesk().handlers;
  const connected = await connect({ facts });
  const session = "session" in connected ? connected.session : NaN;
  const speaker = { session, facts };
  const first = { ...speaker, number: 1 };
  await rcpt({ ...speaker, start, recipient: recipients[0]! });
  const open = async () => {
    const answer = await openMessage({ ...first, bytes: new Uint8Array(10) });
    return "message" in answer ? answer.message : NaN;
  };
  const opened = await Promise.allSettled([open(), open(), open(), open()]);
  assertEquals(opened.map(({ status }) => status), ["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  await assertRejects(open, TempFailure, "too many messages are open");
  await abandon({ message: 1 });
  const message = await open();
  const piece = new Uint8Array(2_000_001);
  await writeMessage({ message, bytes: piece });
  await assertRejects(async () => await writeMessage({ message, bytes: piece }), TempFailure, "larger");
  assertEquals(await commitMessage({ ...first, transaction, message }), failed);
  await rcpt({ ...speaker, start: { ...start, number: 1 }, recipient: recipients[0]! });
  assertEquals(await commit({ ...first, transaction, content: new Uint8Array(4_000_001) }), failed);
  await rcpt({ ...speaker, start, recipient: recipients[0]! });
  await assertRejects(
    async () => await openMessage({ ...first, bytes: new Uint8Array(4_000_001) }),
    TempFailure,
    "larger",
  );
  assertEquals(queued, []);
});
