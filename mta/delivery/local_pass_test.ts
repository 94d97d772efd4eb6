import { assertEquals } from "@std/assert";

import type { DeliveryJob, Transport } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";
import { localTest } from "./testing_local.ts";

/** A transport that takes all but mail for `bad`, and tells what it got. */
function taking(name: string, got: string[]): Transport {
  return {
    name,
    deliver: ({ message, recipients, nexthop }: DeliveryJob, done) => {
      for (const index of recipients) {
        const { address, original } = message.envelope.recipients[index]!;
        got.push(`${name}:${nexthop} from ${message.envelope.sender} to ${address} was ${original}`);
        const outcome = address.startsWith("bad") ? undelivered("5.1.1", "no such user") : delivered("taken");
        done(index, { outcome, steps: [{ address, relay: "there", outcome, connectMs: 1, transmitMs: 2 }] });
      }
      return Promise.resolve();
    },
  };
}

Deno.test("mail of users goes where mailbox_transport says, with its next hop (local(8))", async () => {
  const got: string[] = [];
  const { prepare, deliver } = localTest({
    aliases: { list: "joe+x, ann@ref.test" },
    expansion: { mailboxTransport: "lmtp:unix:private/lmtp" },
    transports: (name) => name === "lmtp" ? taking("lmtp", got) : undefined,
  });
  await prepare();
  assertEquals(await deliver("joe@ref.test"), ["joe@ref.test 2.0.0 taken"]);
  assertEquals(await deliver("list@ref.test"), [
    "joe+x@ref.test 2.0.0 taken",
    "ann@ref.test 2.0.0 taken",
  ]);
  assertEquals(got, [
    "lmtp:unix:private/lmtp from s@remote.test to joe@ref.test was joe@ref.test",
    "lmtp:unix:private/lmtp from s@remote.test to joe+x@ref.test was list@ref.test",
    "lmtp:unix:private/lmtp from s@remote.test to ann@ref.test was list@ref.test",
  ]);
});

Deno.test("mail for unknown users goes where fallback_transport says, and what it says counts (local(8))", async () => {
  const got: string[] = [];
  const { prepare, deliver } = localTest({
    expansion: { fallbackTransport: "other" },
    transports: (name) => name === "other" ? taking("other", got) : undefined,
  });
  await prepare();
  assertEquals(await deliver("nobody@ref.test"), ["nobody@ref.test 2.0.0 taken"]);
  assertEquals(await deliver("bad@ref.test"), ["bad@ref.test 5.1.1 no such user"]);
  assertEquals(got[0], "other:ref.test from s@remote.test to nobody@ref.test was nobody@ref.test");
  assertEquals(await deliver("joe@ref.test"), ["joe@ref.test 2.0.0 delivered to mailbox"]);
});

Deno.test("a destination of several that was served by a transport is not served again (local(8))", async () => {
  const got: string[] = [];
  let isUp = false;
  const { prepare, deliver } = localTest({
    aliases: { both: "joe, ann" },
    expansion: { mailboxTransport: "t" },
    transports: (name) => {
      if (name !== "t") return undefined;
      const inner = taking("t", got);
      return {
        name,
        deliver: (job, done) =>
          inner.deliver(job, (index, report) => {
            const { address } = job.message.envelope.recipients[index]!;
            const isDown = address.startsWith("ann") && !isUp;
            done(index, isDown ? { ...report, outcome: undelivered("4.4.1", "down") } : report);
          }),
      };
    },
  });
  await prepare();
  assertEquals(await deliver("both@ref.test"), ["joe@ref.test 2.0.0 taken", "ann@ref.test 4.4.1 down"]);
  isUp = true;
  assertEquals(await deliver("both@ref.test"), ["ann@ref.test 2.0.0 taken"]);
});
