/** The small files beside mailboxes: subscriptions, the last UIDVALIDITY. */

import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";

import { SimDisk } from "../file/sim_disk.ts";
import { SimProcesses, storeContext } from "../mailbox_fixture.ts";
import type { StoreContext } from "./context.ts";
import { formatSubscriptions, parseSubscriptions } from "./subscriptions.ts";
import { UidValidityCounter } from "./uid_validity.ts";

async function world(): Promise<StoreContext> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const disk = new SimDisk({ now: () => clock.now() });
  await disk.mkdir("/m");
  return storeContext({ disk, clock, seed: 1, processes: new SimProcesses() });
}

Deno.test("subscriptions are read in both of Dovecot's forms and written in the newer", () => {
  assertEquals(parseSubscriptions("V\t2\n\nWork\t2026\nEntw&APw-rfe\ninbox\n", "."), [
    "Work/2026",
    "Entwürfe",
    "INBOX",
  ]);
  assertEquals(parseSubscriptions("INBOX\nWork.2026\n&bad\n\n", "."), ["INBOX", "Work/2026"]);
  assertEquals(parseSubscriptions("Work/2026\n", "/"), ["Work/2026"]);
  assertEquals(formatSubscriptions(["Work/2026", "Entwürfe"]), "V\t2\n\nWork\t2026\nEntw&APw-rfe\n");
});

Deno.test("UIDVALIDITY grows with every mailbox, also beyond what others used (RFC 3501 §2.3.1.1)", async () => {
  const context = await world();
  const counter = new UidValidityCounter(context, "/m");
  const first = await counter.next();
  assertEquals(first, Date.UTC(2026, 0, 1) / 1000);
  assertEquals(await new UidValidityCounter(context, "/m").next(), first + 1);
  assertEquals(await counter.next(first + 10), first + 11);
  await counter.atLeast(first + 20);
  assertEquals(await counter.next(), first + 21);
  const names = (await context.disk.list("/m")).map(({ name }) => name).sort();
  const hex = (first + 21).toString(16);
  assertEquals(names, ["dovecot-uidvalidity", `dovecot-uidvalidity.${hex}`]);
  assertEquals(utf8Text(await context.disk.readFile("/m/dovecot-uidvalidity")), hex);
});

Deno.test("UIDVALIDITY goes on from the file when the marker is lost", async () => {
  const context = await world();
  const file = await context.disk.open("/m/dovecot-uidvalidity", { write: true, create: "always" });
  await file.write(utf8Bytes("ffff0000"));
  await file.close();
  assertEquals(await new UidValidityCounter(context, "/m").next(), 0xffff0001);
});
