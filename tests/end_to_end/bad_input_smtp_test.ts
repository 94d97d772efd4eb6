/** What a running server answers to clients of SMTP and LMTP that send what they should not. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { binaryJunk } from "./junk.ts";
import type { Step } from "./smtp.ts";
import { ask, dialogue, expectReply, login, openSmtp, reply, sendText } from "./smtp.ts";
import { Watchers } from "./watchers.ts";
import { worldTest } from "./world.ts";

const services = ["smtp", "lmtp", "submission", "submissions"] as const;
const mail: Step = ["MAIL FROM:<a@remote.test>", "250 "];
const noop: Step = ["NOOP", "250 2.0.0 Ok"];

worldTest("bad input by SMTP and LMTP", {
  settings: "message_size_limit = 200000\nsmtpd_recipient_limit = 100\n",
  users: ["b1"],
}, async (world, plainStep) => {
  const watchers = await Watchers.open(world);
  const step = (name: string, run: () => Promise<void>) =>
    plainStep(name, async () => {
      await run();
      await watchers.check();
    });

  for (const service of services) {
    /** What comes back for octets after EHLO, when the client says that it sends no more. */
    const answers = async (octets: string): Promise<string> => {
      using peer = await openSmtp(world, service);
      await peer.sendIfTaken(octets);
      await peer.finish().catch(() => {});
      return await peer.rest();
    };

    await step(
      `${service}: a command of 100,000 octets, and the next is done (RFC 5321 §4.5.3.1.4)`,
      async () => {
        assertMatch(
          await answers(`${"x".repeat(100_000)}\r\nNOOP\r\n`),
          /^500 5\.5\.\d [^\n]*\n250 2\.0\.0 Ok\r\n$/,
        );
      },
    );

    await step(`${service}: a megabyte without a line's end`, async () => {
      assertMatch(await answers("x".repeat(1 << 20)), /^(?:500 5\.5\.\d [^\n]*\n)?$/);
    });

    await step(`${service}: binary octets get errors and nothing else`, async () => {
      const text = await answers(`${binaryJunk(20_000)}\r\n`);
      for (const line of text.split("\r\n").slice(0, -1)) assertMatch(line, /^(?:500|50[0-5]|421|221) /);
    });

    await step(`${service}: NUL in commands and arguments`, async () => {
      const text = await answers(
        "NO\0OP\r\nMAIL FROM:<a\0@remote.test>\r\nMAIL FROM:<a@remote.test> X\0\r\nNOOP\r\n",
      );
      assertMatch(text, /^(?:5\d\d [^\n]*\n){3}250 2\.0\.0 Ok\r\n$/);
    });

    await step(`${service}: arguments that are too long or none`, async () => {
      using peer = await openSmtp(world, service);
      if (service.startsWith("submission")) await login(peer);
      await dialogue(peer, [
        ["MAIL", "501 "],
        ["MAIL FROM:", "501 "],
        ["RCPT TO:<u1@ref.test>", /^50[13] /],
        [`MAIL FROM:<${"a".repeat(1900)}@remote.test>`, /^5(?:01|53|30) |^250 /],
        ["RSET", "250 "],
        [`MAIL FROM:<a@${"b.".repeat(500)}test>`, /^5(?:01|53|30) |^250 /],
        ["RSET", "250 "],
        ["NOOP with words", /^(?:250|501) /],
        ["VRFY", /^50[12] /],
        ["HELP", /^(?:214|50[02]) /],
        noop,
      ]);
    });

    await step(
      `${service}: lines of HTTP are not answered (postconf(5) smtpd_forbidden_commands)`,
      async () => {
        using peer = await world.connect(service);
        await reply(peer);
        await peer.send("POST / HTTP/1.1\r\nHost: mx.ref.test\r\n\r\nMAIL FROM:<a@remote.test>\r\n");
        assertMatch(await peer.rest(), /^(?:221|421|5\d\d) [^\n]*\n$/);
      },
    );
  }

  await step("commands out of order (RFC 5321 §4.1.4)", async () => {
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, [
      ["DATA", "503 5.5.1 "],
      ["RCPT TO:<u1@ref.test>", "503 5.5.1 "],
      mail,
      ["MAIL FROM:<b@remote.test>", "503 5.5.1 "],
      ["DATA", /^5(?:03|54) 5\.5\.1 /],
      ["RCPT TO:<u1@ref.test>", "250 "],
      ["EHLO c.test", "250"],
      ["DATA", "503 5.5.1 "],
      ["AUTH PLAIN =", /^50[23] /],
      noop,
      [".", /^(?:50\d|221) /],
    ]);
  });

  await step("AUTH and STARTTLS a second time, and in a transaction (RFC 4954 §4, RFC 3207 §4)", async () => {
    using peer = await openSmtp(world, "submission");
    await login(peer);
    await dialogue(peer, [
      [`AUTH PLAIN ${btoa("\0u1\0pw1")}`, "503 "],
      ["STARTTLS", /^5(?:03|54) /],
      ["MAIL FROM:<u1@ref.test>", "250 "],
      ["AUTH PLAIN", /^503 /],
      noop,
    ]);
    using early = await openSmtp(world, "submission", { plain: true });
    await dialogue(early, [["MAIL FROM:<u1@ref.test>", /^530 5\.7\.[01] /], [
      "RCPT TO:<u1@ref.test>",
      /^5\d\d /,
    ], noop]);
  });

  await step("AUTH with what is no base64 and with very much of it (RFC 4954 §4)", async () => {
    using peer = await openSmtp(world, "submission");
    await dialogue(peer, [
      ["AUTH PLAIN !!!!", "501 5.5.2 "],
      ["AUTH PLAIN \u00ff\u00fe", /^50[01] /],
      ["AUTH X-NONE", /^50[14] /],
      ["AUTH", "501 5.5.4 "],
      ["AUTH PLAIN", "334 "],
      ["A".repeat(20_000), /^50[01] 5\.5\.\d /],
      noop,
      [`AUTH PLAIN ${btoa("\0u1\0pw1")}`, "235 "],
    ]);
  });

  await step("more recipients than a message may have (RFC 5321 §4.5.3.1.10)", async () => {
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, [
      mail,
      ...Array.from({ length: 100 }, (_, index): Step => [`RCPT TO:<u1+${index}@ref.test>`, "250 "]),
      ["RCPT TO:<u1+more@ref.test>", "452 4.5.3 "],
      ["RSET", "250 "],
    ]);
  });

  await step("messages over message_size_limit (RFC 1870 §6)", async () => {
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, [
      ["MAIL FROM:<a@remote.test> SIZE=200001", "552 5.3.4 "],
      ["MAIL FROM:<a@remote.test> SIZE=99999999999999999999", /^55[12] 5\.|^501 /],
      ["MAIL FROM:<a@remote.test> SIZE=-1", "501 "],
    ]);
    const long = `Subject: too long\r\n\r\n${`${"x".repeat(70)}\r\n`.repeat(3000)}`;
    expectReply(await sendText(peer, long, { to: ["b1@ref.test"] }), "552 5.3.4 ", ".");
    expectReply(await sendText(peer, "Subject: short\r\n\r\nx\r\n", { to: ["b1@ref.test"] }), "250 ", ".");
    await dialogue(peer, [mail, ["RCPT TO:<b1@ref.test>", "250 "]]);
    await peer.send(`BDAT ${long.length} LAST\r\n${long}`);
    expectReply(await reply(peer), "552 5.3.4 ", "BDAT");
    await dialogue(peer, [noop]);
    await world.server.drained();
    assertEquals((await world.maildir("b1")).length, 1);
  });

  await step("sizes of BDAT that are none (RFC 3030 §2)", async () => {
    for (const size of ["", "-1", "x LAST", "99999999999999999999 LAST", "5 FIRST", "0x10 LAST"]) {
      using peer = await openSmtp(world, "smtp");
      await dialogue(peer, [mail, ["RCPT TO:<u1@ref.test>", "250 "]]);
      await peer.send(`BDAT ${size}\r\n`);
      assertMatch(await peer.line(), /^5(?:01|21|52|54) |^421 /, size);
    }
    using peer = await openSmtp(world, "smtp");
    await peer.send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
    assertMatch(`${await reply(peer)}\n${await reply(peer)}`, /^503 5\.5\.1 [^\n]*\n250 2\.0\.0 Ok$/);
  });

  await step("connections that end inside the data leave no mail (RFC 5321 §4.1.1.4)", async () => {
    for (
      const data of [
        "",
        "Subject: cut\r\n",
        "Subject: cut\r\n\r\ncut text",
        "Subject: cut\r\n\r\ncut\r\n.",
        "x\r\n.\n",
      ]
    ) {
      using peer = await openSmtp(world, "smtp");
      await dialogue(peer, [mail, ["RCPT TO:<u1@ref.test>", "250 "], ["DATA", "354 "]]);
      await peer.send(data);
      await peer.finish();
      assert(!(await peer.rest()).startsWith("250"), data);
    }
    using chunks = await openSmtp(world, "smtp");
    await dialogue(chunks, [mail, ["RCPT TO:<u1@ref.test>", "250 "]]);
    await chunks.send("BDAT 100 LAST\r\nSubject: cut\r\n");
    await chunks.finish();
    assertEquals(await chunks.rest(), "");
    await world.server.drained();
    assert(!(await world.maildir("u1")).some((text) => text.includes("cut")));
  });

  await step("a message that has gone round and one without end in its header (RFC 5321 §6.3)", async () => {
    using peer = await openSmtp(world, "smtp");
    const hop = "Received: from a.test by b.test; Mon, 1 Jun 2026 10:00:00 +0000\r\n";
    expectReply(await sendText(peer, `${hop.repeat(60)}\r\nx\r\n`), "554 5.4.0 ", ".");
    expectReply(
      await sendText(peer, `Subject: ${"x".repeat(150_000)}\r\n\r\nx\r\n`),
      /^(?:250|55[024]|500) /,
      ".",
    );
    await dialogue(peer, [noop]);
  });

  await step("TLS to a plain port, plain text to a TLS port", async () => {
    using hello = await world.connectPlain("smtp");
    await hello.sendIfTaken(`\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${"\0".repeat(500)}\r\n`);
    assertMatch(await hello.through(/^(?:5|421|221)/), /^220 /);
    using text = await world.connectPlain("submissions");
    await text.sendIfTaken("EHLO c.test\r\n");
    assert(!(await text.rest()).includes("250"));
    using starting = await openSmtp(world, "smtp");
    expectReply(await ask(starting, "STARTTLS"), "220 ", "STARTTLS");
    await starting.sendIfTaken("EHLO c.test\r\nMAIL FROM:<a@remote.test>\r\n");
    assert(!(await starting.rest()).includes("250"));
  });

  await watchers.close();
});
