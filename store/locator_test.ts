import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";

import { ManualClock } from "../tools/kit/base/clock.ts";
import { ConfigError } from "../tools/kit/base/failure.ts";
import { silentLog } from "../tools/kit/base/log.ts";
import { SeededRandom } from "../tools/kit/base/random.ts";

import { SimDisk } from "./file/sim_disk.ts";
import { expandMailPath, Locator, parseMailLocation } from "./locator.ts";
import { noLocks } from "./mailbox/context.ts";
import { MaildirAccount } from "./maildir/maildir_account.ts";
import { MboxAccount } from "./mbox/mbox_account.ts";

const clock = new ManualClock();
const context = {
  disk: new SimDisk({ now: () => clock.now() }),
  clock,
  random: new SeededRandom(1),
  log: silentLog,
  host: "mail.ref.test",
};
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

Deno.test("Locator opens the account and knows where local delivery goes", () => {
  const maildir = new Locator(context, "maildir:~/Maildir", noLocks);
  assertInstanceOf(maildir.open(jane), MaildirAccount);
  assertEquals(maildir.deliveryTarget(jane), { format: "maildir", path: "/home/jane/Maildir" });
  const mbox = new Locator(context, "mbox:~/mail:INBOX=/var/spool/mail/%n", noLocks);
  assertInstanceOf(mbox.open(jane), MboxAccount);
  assertEquals(mbox.deliveryTarget(jane), { format: "mbox", path: "/var/spool/mail/jane" });
  const bare = new Locator(context, "mbox:~/mail", noLocks);
  assertEquals(bare.deliveryTarget(jane), { format: "mbox", path: "/home/jane/mail/inbox" });
});

Deno.test("Locator refuses a user name that would lead out of its directory", () => {
  const locator = new Locator(context, "maildir:/srv/%u", noLocks);
  for (const name of ["", "..", "a/../b", "a\0b"]) {
    assertThrows(() => locator.open({ name, home: "/home/x" }), ConfigError);
    assertThrows(() => locator.deliveryTarget({ name, home: "/home/x" }), ConfigError);
  }
});
