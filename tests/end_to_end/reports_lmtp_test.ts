/** Faults that people reported of LMTP servers, R19 to R21, through a running server. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { ask, dialogue, expectReply, openSmtp, reply } from "./smtp.ts";
import { utf8Octets, worldTest } from "./world.ts";

worldTest("reports of LMTP", {}, async (world, step) => {
  await step("R19: one reply for each accepted recipient, in their order (RFC 2033 §4.2)", async () => {
    using peer = await openSmtp(world, "lmtp");
    await dialogue(peer, [
      ["MAIL FROM:<a@remote.test>", "250 "],
      ["RCPT TO:<u1@ref.test>", "250 "],
      ["RCPT TO:<nosuch@ref.test>", "550 "],
      ["RCPT TO:<u2@ref.test>", "250 "],
      ["DATA", "354 "],
    ]);
    await peer.send("Subject: r19\r\n\r\nx\r\n.\r\nNOOP\r\n");
    const replies = [await reply(peer), await reply(peer), await reply(peer)];
    assertMatch(replies[0]!, /^250 2\.\d\.\d (?!.*u2)/);
    assertMatch(replies[1]!, /^250 2\.\d\.\d (?!.*u1)/);
    assertEquals(replies[2], await ask(peer, "NOOP"));
    for (const user of ["u1", "u2"]) await world.arrived(user, "Subject: r19");
  });

  await step("R19: DATA without any recipient (RFC 2033 §4.2)", async () => {
    using peer = await openSmtp(world, "lmtp");
    await dialogue(peer, [
      ["MAIL FROM:<a@remote.test>", "250 "],
      ["RCPT TO:<nosuch@ref.test>", "550 "],
      ["DATA", /^5(?:03|54) /],
      ["NOOP", "250 "],
    ]);
  });

  await step("R20: HELO and EHLO are no commands of LMTP (RFC 2033 §4.1)", async () => {
    using peer = await world.connect("lmtp");
    expectReply(await reply(peer), "220 ", "greeting");
    await dialogue(peer, [["EHLO c.test", "500 "], ["HELO c.test", "500 "], ["LHLO c.test", "250"]]);
  });

  await step("R21: SMTPUTF8 is offered and taken here too (RFC 6531 §3.2)", async () => {
    using peer = await openSmtp(world, "lmtp");
    assertMatch(await ask(peer, "LHLO c.test"), /^250[ -]SMTPUTF8$/m);
    await dialogue(peer, [
      [utf8Octets("MAIL FROM:<bl\u00e5@remote.test> SMTPUTF8"), "250 "],
      ["RCPT TO:<u1@ref.test>", "250 "],
      ["DATA", "354 "],
    ]);
    await peer.send(utf8Octets("Subject: r21 \u00e5\r\n\r\nx\r\n.\r\n"));
    expectReply(await reply(peer), "250 ", ".");
    assert(
      (await world.arrived("u1", "Subject: r21")).startsWith(
        utf8Octets("Return-Path: <bl\u00e5@remote.test>\n"),
      ),
    );
  });
});
