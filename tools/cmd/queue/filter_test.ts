import { assertEquals, assertThrows } from "@std/assert";

import type { QueuedMessage } from "../../../store/spool/spool.ts";

import { UsageError } from "../command.ts";

import { matchesFilter, readFilter } from "./filter.ts";

const nowMs = 1_000_000_000;

const message: QueuedMessage = {
  id: "4C2F1A0B3D",
  queue: "deferred",
  envelope: {
    sender: "Joe@Example.com",
    recipients: ["done@a.test", "ann@b.test", "bob@sub.b.test"].map((address) => ({
      address,
      original: address,
    })),
    arrivedMs: nowMs - 7_200_000,
    attributes: {},
    smtpUtf8: false,
    body: "7BIT",
  },
  octets: 1,
  outcomes: [
    { kind: "delivered", status: "2.0.0", text: "sent" },
    { kind: "deferred", status: "4.4.1", text: "Connection timed out" },
    undefined,
  ],
  nextAttemptMs: 0,
  attempts: 1,
};

Deno.test("matchesFilter() goes by sender, waiting recipients, age, reason and queue", () => {
  const rows: readonly (readonly [options: Record<string, string>, matches: boolean])[] = [
    [{}, true],
    [{ sender: "joe@example.com" }, true],
    [{ sender: "*@example.com" }, true],
    [{ sender: "j*e@ex*.com" }, true],
    [{ sender: "joe*oe@example.com" }, false],
    [{ sender: "<>" }, false],
    [{ recipient: "ann@b.test" }, true],
    [{ recipient: "done@a.test" }, false],
    [{ recipient: "a*" }, true],
    [{ domain: "B.test" }, true],
    [{ domain: "test" }, false],
    [{ older: "1h" }, true],
    [{ older: "3h" }, false],
    [{ newer: "3h" }, true],
    [{ newer: "7199" }, false],
    [{ reason: "TIMED OUT" }, true],
    [{ reason: "sent" }, false],
    [{ state: "hold,deferred" }, true],
    [{ state: "hold" }, false],
    [{ sender: "joe@example.com", domain: "a.test" }, false],
  ];
  for (const [options, matches] of rows) {
    const filter = readFilter({ options, rest: [] }, "queue list");
    assertEquals(matchesFilter(message, filter, nowMs), matches, JSON.stringify(options));
  }
  const bounce = { ...message, envelope: { ...message.envelope, sender: "" } };
  assertEquals(matchesFilter(bounce, { sender: "MAILER-DAEMON" }, nowMs), true);
});

Deno.test("readFilter() says what it cannot understand", () => {
  const wrong: readonly Record<string, string>[] = [{ older: "soon" }, { state: "gone" }, { newer: "" }];
  for (const options of wrong) {
    assertThrows(() => readFilter({ options, rest: [] }, "queue list"), UsageError, "queue list: ");
  }
});
