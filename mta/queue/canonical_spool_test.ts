import { assertEquals } from "@std/assert";

import type { QueuedMessage, Spool } from "../../store/spool/spool.ts";

import { canonicalSpool } from "./canonical_spool.ts";
import type { ManagedSpool } from "./queue_manager.ts";

function message(queue: QueuedMessage["queue"], context: string): QueuedMessage {
  const recipient = (address: string) => ({ address, original: address });
  return {
    id: "ABCDE12345",
    queue,
    envelope: {
      sender: "root",
      recipients: [recipient("li"), recipient("x@REF.test")],
      arrivedMs: 0,
      attributes: { rewrite_context: context },
      smtpUtf8: false,
      body: "7BIT",
    },
    octets: 1,
    outcomes: [undefined, undefined],
    nextAttemptMs: 0,
    attempts: 0,
  };
}

/** A spool that holds one message. */
function holding(held: QueuedMessage): ManagedSpool {
  const unused = () => Promise.reject(new Error("not asked for"));
  return {
    begin: unused as Spool["begin"],
    async *scan() {
      yield await Promise.resolve(held);
    },
    find: () => Promise.resolve(held),
    content: async function* () {},
    activate: unused,
    record: unused,
    defer: unused,
    hold: unused,
    release: unused,
    remove: unused,
    finish: unused,
    settle: unused,
    collect: unused,
  };
}

async function shown(held: QueuedMessage): Promise<readonly string[]> {
  const found = await canonicalSpool(holding(held), () => "ref.test").find(held.id);
  return [found!.envelope.sender, ...found!.envelope.recipients.map(({ address }) => address)];
}

Deno.test("canonicalSpool() makes whole what programs of this machine handed in (postconf(5) append_at_myorigin)", async () => {
  assertEquals(await shown(message("incoming", "local")), ["root@ref.test", "li@ref.test", "x@ref.test"]);
});

Deno.test("canonicalSpool() shows maildrop as it was handed in, and leaves mail from the network alone", async () => {
  assertEquals(await shown(message("maildrop", "local")), ["root", "li", "x@REF.test"]);
  assertEquals(await shown(message("active", "remote")), ["root", "li", "x@REF.test"]);
});
