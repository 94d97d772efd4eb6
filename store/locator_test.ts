import { assert, assertEquals, assertThrows } from "@std/assert";

import { ManualClock } from "../tools/kit/base/clock.ts";
import { ConfigError } from "../tools/kit/base/failure.ts";

import { SimDisk } from "./file/sim_disk.ts";
import { deliveryTarget, expandMailPath, Locator, parseMailLocation } from "./locator.ts";
import { dotlocksOnly, SimProcesses, storeContext } from "./mailbox_fixture.ts";
import { MaildirAccount } from "./maildir/maildir_account.ts";
import { MboxAccount } from "./mbox/mbox_account.ts";
import type { User } from "./users/users.ts";

const clock = new ManualClock();
const disk = new SimDisk({ now: () => clock.now() });
const context = storeContext({ disk, clock, seed: 1, processes: new SimProcesses() });
const locks = dotlocksOnly(context);
const target = (location: string, user: User) => deliveryTarget(parseMailLocation(location), user);
const jane = { name: "jane@ref.test", home: "/home/jane" };

Deno.test("parseMailLocation() reads driver, path and INBOX (Dovecot mail_location)", () => {
  assertEquals(parseMailLocation("maildir:~/Maildir"), {
    driver: "maildir",
    path: "~/Maildir",
    inbox: undefined,
  });
  assertEquals(parseMailLocation("mbox:~/mail/:INBOX=/var/spool/mail/%u"), {
    driver: "mbox",
    path: "~/mail",
    inbox: "/var/spool/mail/%u",
  });
});

Deno.test("parseMailLocation() refuses what it does not know, and says what", () => {
  const refused: readonly (readonly [location: string, says: string])[] = [
    ["mdbox:~/mdbox", 'unknown mail driver "mdbox"'],
    ["maildir", "no path"],
    ["maildir:~/Maildir:LAYOUT=fs", 'option "LAYOUT"'],
    ["maildir:/srv/%x", 'unknown variable "%x"'],
    ["maildir:/srv/50%", 'unknown variable "%"'],
    ["maildir:Maildir", "not absolute"],
    ["mbox:~/mail:INBOX=spool", "not absolute"],
  ];
  for (const [location, says] of refused) assertThrows(() => parseMailLocation(location), ConfigError, says);
});

Deno.test("expandMailPath() fills in user, local part, domain and home (Dovecot variables)", () => {
  assertEquals(expandMailPath("~/Maildir", jane), "/home/jane/Maildir");
  assertEquals(expandMailPath("/srv/%d/%n/%u%%", jane), "/srv/ref.test/jane/jane@ref.test%");
  assertEquals(expandMailPath("%h/m", jane), "/home/jane/m");
  assertEquals(expandMailPath("/srv/%n/%d", { name: "root", home: "/root" }), "/srv/root/");
});

Deno.test("Locator opens the account where deliveryTarget() lets local delivery go", () => {
  const rows = [
    ["maildir:~/Maildir", MaildirAccount, { format: "maildir", path: "/home/jane/Maildir" }],
    ["mbox:~/mail:INBOX=/var/spool/mail/%n", MboxAccount, { format: "mbox", path: "/var/spool/mail/jane" }],
    ["mbox:~/mail", MboxAccount, { format: "mbox", path: "/home/jane/mail/inbox" }],
  ] as const;
  for (const [location, account, where] of rows) {
    assert(new Locator(context, location, locks).open(jane) instanceof account);
    assertEquals(target(location, jane), where);
  }
});

Deno.test("Locator refuses a user name that would lead out of its directory", () => {
  const locator = new Locator(context, "maildir:/srv/%u", locks);
  for (const name of ["", "..", "a/../b", "a\0b"]) {
    assertThrows(() => locator.open({ name, home: "/home/x" }), ConfigError);
    assertThrows(() => target("maildir:/srv/%u", { name, home: "/home/x" }), ConfigError);
  }
});
