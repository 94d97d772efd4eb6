import { assertEquals } from "@std/assert";

import { load } from "../../config/testing_load.ts";

import { isJournalStream, logPlace } from "./log_place.ts";

Deno.test("the log goes to the settings' file, else to the journal where there is one, else to standard error", async () => {
  const { settings } = await load(`syslog_name = "postfix-in"\nsyslog_facility = "local3"`);
  const place = { form: "postfix", hostname: "box", syslogName: "postfix-in", facility: 19 } as const;
  assertEquals(logPlace(settings, false), { ...place, file: "" });
  assertEquals(logPlace(settings, true), { ...place, file: "/dev/log" });
  const { settings: withFile } = await load(`maillog_file = "/var/log/mail.log"`);
  assertEquals(logPlace(withFile, true).file, "/var/log/mail.log");
});

Deno.test("an inherited JOURNAL_STREAM alone is no journal", () => {
  assertEquals([undefined, "", "8:1"].map(isJournalStream), [false, false, false]);
});
