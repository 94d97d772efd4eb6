import { assertEquals } from "@std/assert";

import { load } from "../testing_load.ts";

import { queueSettings } from "./queue_settings.ts";

Deno.test("queueSettings() has Postfix's limits, and each transport its own (postconf(5) default_destination_concurrency_limit)", async () => {
  const loaded = await load(`
minimal_backoff_time = "200s"
delay_warning_time = "4h"
qmgr_message_active_limit = 7
smtp_destination_concurrency_limit = 3
relay_destination_rate_delay = "2s"
default_destination_recipient_limit = 9
default_destination_concurrency_negative_feedback = "1/concurrency"
`);
  assertEquals(loaded.told, []);
  const settings = queueSettings(loaded);
  assertEquals([settings.minimalBackoffMs, settings.delayWarningMs, settings.messageActiveLimit], [
    200_000,
    14_400_000,
    7,
  ]);
  const smtp = settings.limitsOf("smtp");
  assertEquals([smtp.concurrencyLimit, smtp.initialConcurrency, smtp.recipientLimit, smtp.deadMs], [
    3,
    5,
    9,
    200_000,
  ]);
  assertEquals(smtp.negativeFeedback, { amount: 1, per: "concurrency" });
  assertEquals([settings.limitsOf("relay").rateDelayMs, smtp.rateDelayMs], [2000, 0]);
  assertEquals(settings.limitsOf("other").concurrencyLimit, 20);
});

Deno.test("queueSettings() lets local deliveries begin at once, as many as allowed (postconf(5) local_destination_concurrency_limit)", async () => {
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ["", [20, 20, 1]],
    ["default_destination_concurrency_limit = 8\n", [8, 8, 1]],
    ["local_destination_concurrency_limit = 2\n", [2, 2, 1]],
    ["local_destination_concurrency_limit = 0\n", [0, 100, 1]],
  ];
  for (const [text, want] of rows) {
    const { concurrencyLimit, initialConcurrency, recipientLimit } = queueSettings(await load(text))
      .limitsOf("local");
    assertEquals([concurrencyLimit, initialConcurrency, recipientLimit], want, text);
  }
});
