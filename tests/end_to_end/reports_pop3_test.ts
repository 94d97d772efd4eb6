/** Faults that people reported of POP3 servers, R26 to R31, through a running server. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { append, openImap } from "./imap.ts";
import { done, lines, notDone, openPop3, pop3 } from "./pop3.ts";
import { worldTest } from "./world.ts";

const first = "Subject: one\r\n\r\nfirst\r\n.\r\n.dot\r\nlast\r\n";
const second = "Subject: two\r\n\r\nx\r\n";

for (const format of ["maildir:~/Maildir", "mbox:~/mail:INBOX=~/inbox"]) {
  worldTest(`reports of POP3 over ${format.split(":")[0]}`, {
    settings: `mail_location = "${format}"`,
  }, async (world, step) => {
    using imap = await openImap(world);
    await append(imap, "INBOX", first, second);

    await step("R26: TOP and RETR double the dots at the beginning of lines (RFC 1939 §3)", async () => {
      using peer = await openPop3(world);
      for (const command of ["TOP 1 99", "RETR 1"]) {
        assertEquals((await lines(peer, command)).slice(-4), ["first", "..", "..dot", "last"], command);
        await done(peer, "NOOP");
      }
    });

    await step("R27: TOP 1 0 is the header and an empty line (RFC 1939 §7)", async () => {
      using peer = await openPop3(world);
      assertEquals(await lines(peer, "TOP 1 0"), ["Subject: one", ""]);
    });

    await step("R28: UIDL of one message is one line (RFC 1939 §7)", async () => {
      using peer = await openPop3(world);
      assertMatch(await done(peer, "UIDL 2"), /^\+OK 2 [\x21-\x7e]{1,70}$/);
      assertEquals((await lines(peer, "UIDL")).length, 2);
    });

    await step("R29: LIST tells the octets of RETR before dots are doubled (RFC 1939 §11)", async () => {
      using peer = await openPop3(world);
      assertEquals(await done(peer, "LIST 2"), `+OK 2 ${second.length}`);
      assertEquals(await lines(peer, "LIST"), [`1 ${first.length}`, `2 ${second.length}`]);
      assertMatch(await done(peer, "STAT"), new RegExp(`^\\+OK 2 ${first.length + second.length}\\b`));
      await notDone(peer, "LIST 99");
    });

    await step("R30: TOP without its numbers is refused and the session goes on (RFC 1939 §7)", async () => {
      using peer = await openPop3(world);
      for (const command of ["TOP", "TOP 1", "TOP x y", "TOP 1 -1", "TOP 0 1", "TOP 99 1"]) {
        await notDone(peer, command);
      }
      await done(peer, "NOOP");
    });

    await step(
      "R31: a second session works too, or is told [IN-USE] after its password (RFC 2449 §8.1.1)",
      async () => {
        using one = await openPop3(world);
        using two = await world.connect("pop3");
        assertMatch(await two.line(), /^\+OK/);
        await done(two, "USER u1");
        const answer = await pop3(two, "PASS pw1");
        if (!answer.startsWith("+OK")) return assertMatch(answer, /^-ERR \[IN-USE\] ./);
        for (const peer of [one, two]) assert((await lines(peer, "RETR 1")).includes("..dot"));
      },
    );
  });
}
