import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { createLog } from "../../tools/kit/base/log.ts";

import type { QueuedRecipient, QueueEnvelope } from "../../store/spool/spool.ts";

import type { DeliveryJob, DeliveryStep } from "../delivery/delivery.ts";
import { delivered } from "../delivery/delivery.ts";
import { unavailableTransport } from "../delivery/routing.ts";
import { DirectDelivery } from "./direct_delivery.ts";

const u1: QueuedRecipient = { address: "u1@ref.test", original: "team@ref.test" };

function envelope(changes: Partial<QueueEnvelope> = {}): QueueEnvelope {
  return {
    sender: "a@remote.test",
    recipients: [u1],
    arrivedMs: 0,
    attributes: {},
    smtpUtf8: false,
    body: "7BIT",
    ...changes,
  };
}

/** What comes of a message: whether it is done, what was delivered, the log. */
async function deliver(
  message: QueueEnvelope,
  plainly: (job: DeliveryJob) => Promise<DeliveryStep | undefined> = (job) =>
    Promise.resolve({
      address: job.message.envelope.recipients[0]!.address,
      relay: "local",
      outcome: delivered("delivered to maildir"),
      connectMs: 0,
      transmitMs: 4,
    }),
) {
  const log: string[] = [];
  const contents: string[] = [];
  const local = {
    ...unavailableTransport("local"),
    deliverPlainly: async (job: DeliveryJob) => {
      for await (const bytes of job.content()) contents.push(utf8Text(bytes));
      return await plainly(job);
    },
  };
  const direct = new DirectDelivery({
    route: (address) =>
      address.endsWith("@ref.test")
        ? { transport: local, nexthop: "mx.ref.test" }
        : { transport: unavailableTransport("smtp"), nexthop: "" },
    local,
    clock: new ManualClock(1000),
    log: createLog(({ part, text }) => log.push(`${part}: ${text}`), {
      now: () => 0,
      part: "smtpd",
      leastLevel: "info",
    }),
  });
  const isDone = await direct.deliver("ID", message, utf8Bytes("Subject: x\n\nhi\n"), () => log.push("told"));
  return { isDone, contents, log };
}

Deno.test("a message for one mailbox here is delivered past the queue, and logged as if it had passed through it", async () => {
  assertEquals(await deliver(envelope()), {
    isDone: true,
    contents: ["Subject: x\n\nhi\n"],
    log: [
      "told",
      "qmgr: ID: from=<a@remote.test>, size=15, nrcpt=1 (queue active)",
      "local: ID: to=<u1@ref.test>, orig_to=<team@ref.test>, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, " +
      "status=sent (delivered to maildir)",
      "qmgr: ID: removed",
    ],
  });
});

Deno.test("what is not simple is left to the queue untouched: several recipients, elsewhere, filters, wanted reports", async () => {
  const rows: readonly Partial<QueueEnvelope>[] = [
    { recipients: [] },
    { recipients: [u1, { address: "u2@ref.test", original: "u2@ref.test" }] },
    { recipients: [{ address: "x@elsewhere.test", original: "x@elsewhere.test" }] },
    { recipients: [{ ...u1, notify: ["SUCCESS", "FAILURE"] }] },
    { filter: "smtp:[127.0.0.1]:10024" },
  ];
  for (const changes of rows) {
    assertEquals(await deliver(envelope(changes)), { isDone: false, contents: [], log: [] });
  }
  assertEquals((await deliver(envelope({ recipients: [{ ...u1, notify: ["FAILURE"] }] }))).isDone, true);
});

Deno.test("what comes in the way leaves the message to the queue, without a word", async () => {
  for (
    const plainly of [
      () => Promise.resolve(undefined),
      () => Promise.reject(new Error("no room")),
    ]
  ) {
    const { isDone, log } = await deliver(envelope(), plainly);
    assertEquals([isDone, log], [false, []]);
  }
});
