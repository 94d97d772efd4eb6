import { assertEquals } from "@std/assert";

import type { QueuedMessage } from "../../../store/spool/spool.ts";

import { formatQueueJson, QueueListing } from "./report.ts";

function formatQueueList(messages: readonly QueuedMessage[]): string {
  const listing = new QueueListing();
  return messages.map((message) => listing.next(message)).join("") + listing.end();
}

const arrivedMs = new Date(2025, 10, 25, 1, 11, 53).getTime();

function message(changes: Partial<QueuedMessage> & { readonly sender?: string } = {}): QueuedMessage {
  return {
    id: "4C2F1A0B3D",
    queue: "deferred",
    envelope: {
      sender: changes.sender ?? "sender@example.com",
      recipients: [{ address: "rcpt@example.net", original: "rcpt@example.net" }],
      arrivedMs,
      attributes: {},
      smtpUtf8: false,
      body: "7BIT",
    },
    octets: 1234,
    outcomes: [undefined],
    nextAttemptMs: 0,
    attempts: 0,
    ...changes,
  };
}

const reason = "connect to mx.example.net[192.0.2.1]:25: Connection timed out";

Deno.test("QueueListing prints what postqueue -p prints (postqueue(1))", () => {
  const active = message({
    queue: "active",
    outcomes: [{ kind: "deferred", status: "4.4.1", text: reason }],
  });
  assertEquals(
    formatQueueList([active]),
    "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n" +
      "4C2F1A0B3D*    1234 Tue Nov 25 01:11:53  sender@example.com\n" +
      `             (${reason})\n` +
      "                                         rcpt@example.net\n" +
      "\n" +
      "-- 1 Kbytes in 1 Request.\n",
  );
});

Deno.test("QueueListing leaves out recipients that are done, shows <> as MAILER-DAEMON, counts requests", () => {
  const bounce = message({
    id: "ABCDE12345",
    sender: "",
    queue: "hold",
    outcomes: [{ kind: "delivered", status: "2.0.0", text: "delivered to maildir" }],
  });
  const text = formatQueueList([message({ octets: 2000 }), bounce]);
  assertEquals(text.split("\n").slice(1), [
    "4C2F1A0B3D     2000 Tue Nov 25 01:11:53  sender@example.com",
    "                                         rcpt@example.net",
    "",
    "ABCDE12345!    1234 Tue Nov 25 01:11:53  MAILER-DAEMON",
    "",
    "-- 3 Kbytes in 2 Requests.",
    "",
  ]);
});

Deno.test("QueueListing says so when the queue is empty", () => {
  assertEquals(formatQueueList([]), "Mail queue is empty\n");
});

Deno.test("QueueListing marks what is held or given up (postqueue(1))", () => {
  const rows = [["active", "*#"], ["hold", "!#"], ["deferred", "#"]] as const;
  for (const [queue, mark] of rows) {
    const text = formatQueueList([message({ queue, marks: ["warned", "expired"] })]);
    assertEquals(text.split("\n")[1]?.slice(0, 10 + mark.length + 1), `4C2F1A0B3D${mark} `);
  }
});

Deno.test("formatQueueJson() is one line that JSON readers take (postqueue(1) -j)", () => {
  const line = formatQueueJson(message({ outcomes: [{ kind: "deferred", status: "4.4.1", text: reason }] }));
  assertEquals(JSON.parse(line), {
    queue_name: "deferred",
    queue_id: "4C2F1A0B3D",
    arrival_time: Math.floor(arrivedMs / 1000),
    message_size: 1234,
    forced_expire: false,
    sender: "sender@example.com",
    recipients: [{ address: "rcpt@example.net", delay_reason: reason }],
  });
});
