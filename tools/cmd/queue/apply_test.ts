import { assertEquals } from "@std/assert";

import type { QueuedMessage, QueueName } from "../../../store/spool/spool.ts";

import type { QueueAction, QueueOperations, QueueSelection } from "./apply.ts";
import { applyToQueue } from "./apply.ts";

/** A queue of messages named by their queues, that notes what is done to them. */
function testQueue(places: Readonly<Record<string, QueueName>>) {
  const left = new Map(Object.entries(places));
  const marks = new Set<string>();
  const move = (id: string, place: QueueName | undefined) => {
    if (!left.has(id)) return Promise.resolve(false);
    if (place === undefined) left.delete(id);
    else left.set(id, place);
    return Promise.resolve(true);
  };
  let reads = 0;
  const operations: QueueOperations = {
    queueOf: (id) => Promise.resolve(left.get(id)),
    names: async function* () {
      for (const [id, place] of await Promise.resolve(Array.from(left))) yield { id, place };
    },
    list: async function* () {
      for (const [id, queue] of await Promise.resolve(Array.from(left))) {
        reads++;
        yield messageOf(id, queue);
      }
    },
    remove: (id) => move(id, undefined),
    hold: (id) => move(id, "hold"),
    release: (id) => left.get(id) === "hold" ? move(id, "deferred") : Promise.resolve(false),
    requeue: (id) => move(id, "maildrop"),
    expire: (id) => Promise.resolve(left.has(id) && !marks.has(id) && marks.add(id).has(id)),
  };
  return { operations, left, reads: () => reads };
}

function messageOf(id: string, queue: QueueName): QueuedMessage {
  return {
    id,
    queue,
    envelope: {
      sender: `${id}@s.test`,
      recipients: [{ address: "r@r.test", original: "r@r.test" }],
      arrivedMs: 0,
      attributes: {},
      smtpUtf8: false,
      body: "7BIT",
    },
    octets: 0,
    outcomes: [undefined],
    nextAttemptMs: 0,
    attempts: 0,
  };
}

const places = { A1: "incoming", A2: "deferred", A3: "hold", A4: "maildrop", A5: "active" } as const;

Deno.test("each action goes to its queues, and tells what was done in postsuper's words (postsuper(1))", async () => {
  const rows: readonly (readonly [QueueAction, QueueSelection, readonly string[]])[] = [
    ["delete", { ids: "ALL", filter: {} }, ["A1", "A2", "A3", "A4", "A5"].map((id) => `${id} removed`)],
    ["delete", { ids: ["A2", "XX", "A3"], filter: {} }, ["A2 removed", "A3 removed"]],
    ["delete", { ids: "ALL", filter: { queues: ["hold"] } }, ["A3 removed"]],
    ["delete", { ids: ["A1", "A3"], filter: { sender: "a3@*" } }, ["A3 removed"]],
    ["hold", { ids: ["A1", "A3"], filter: {} }, ["A1 placed on hold"]],
    ["release", { ids: "ALL", filter: {} }, ["A3 released from hold"]],
    ["requeue", { ids: "ALL", filter: { queues: ["deferred", "hold"] } }, ["A2 requeued", "A3 requeued"]],
    ["expire", { ids: ["A3", "A3"], filter: {} }, ["A3 expired"]],
    ["return", { ids: ["A3", "A5"], filter: {} }, ["A3 expired,released from hold", "A5 expired"]],
  ];
  for (const [action, selection, want] of rows) {
    const { operations } = testQueue(places);
    const done = await Array.fromAsync(applyToQueue(operations, action, { ...selection, nowMs: 0 }));
    assertEquals(
      done.map(({ id, words }) => `${id} ${words}`),
      want,
      `${action} ${JSON.stringify(selection)}`,
    );
  }
});

Deno.test("all messages are changed without a look into their files", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 120 }, (_, index) => [`B${index}`, "deferred"] as const),
  );
  const { operations, left, reads } = testQueue(many);
  const done = await Array.fromAsync(
    applyToQueue(operations, "requeue", { ids: "ALL", filter: {}, nowMs: 0 }),
  );
  assertEquals([done.length, reads(), new Set(left.values()).size], [120, 0, 1]);
});
