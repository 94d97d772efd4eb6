/**
 * Faults that people reported of SMTP servers, R01 to R25 without those of LMTP, through a running server.
 *
 * Left to later features: the DKIM side of R02, delivery to other hosts in R18 and R22 (both are checked as far as
 * local mail shows them).
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import type { Step } from "./smtp.ts";
import { ask, dialogue, expectReply, login, openSmtp, reply, sendText } from "./smtp.ts";
import { utf8Octets, worldTest } from "./world.ts";

/** With these a message lacks nothing, and comes out as it went in. */
const whole =
  "From: a@remote.test\r\nDate: Tue, 25 Nov 2025 01:11:53 +0000\r\nMessage-Id: <whole@remote.test>\r\n";

const bucher = "b\u00fccher.test";

worldTest("reports of SMTP", {
  settings: `mydestination = ["ref.test", "${bucher}", "localhost"]`,
  aliases: "postmaster: u1\nbroken: no-such-user\n",
}, async (world, step) => {
  /** One session, from EHLO on. */
  const mx = async (...steps: readonly Step[]) => {
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, steps);
  };
  const sub = async (...steps: readonly Step[]) => {
    using peer = await openSmtp(world, "submission");
    await dialogue(peer, steps);
  };

  await step("R01: LF.LF does not end the data (RFC 5321 §2.3.8)", async () => {
    using peer = await openSmtp(world, "smtp");
    const inner =
      "MAIL FROM:<z@evil.test>\r\nRCPT TO:<u1@ref.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n";
    const end = await sendText(peer, `Subject: r01\r\n\r\none\n.\n${inner}`);
    await dialogue(peer, [["NOOP", "250 "]]);
    if (!end.startsWith("250 ")) return expectReply(end, "5", "end of data");
    assertStringIncludes(await world.arrived("u1", "Subject: r01"), "MAIL FROM:<z@evil.test>");
    assert(!(await world.maildir("u1")).some((text) => text.includes("Return-Path: <z@evil.test>")));
  });

  for (const cut of ["\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n.\r"]) {
    await step(`R01: ${JSON.stringify(cut)} does not end the data either`, async () => {
      using peer = await openSmtp(world, "smtp");
      const end = await sendText(peer, `Subject: r01 cut\r\n\r\none${cut}QUIT\r\n`);
      assertMatch(end, /^(?:250|5\d\d) /);
      await dialogue(peer, [["NOOP", "250 "]]);
    });
  }

  await step("R02: a bare CR in the data is no line end (RFC 5321 §2.3.8)", async () => {
    using peer = await openSmtp(world, "smtp");
    const end = await sendText(peer, "Subject: r02\r\n\r\na\rb\r\nlast\r\n");
    if (!end.startsWith("250 ")) return expectReply(end, "5", "end of data");
    const text = await world.arrived("u1", "Subject: r02");
    assertMatch(text, /\n\na[\r ]?b\nlast\n$/);
    assert(!text.includes("a\nb"));
  });

  await step(
    "R03: a quoted local part is a recipient like others (RFC 5321 §4.1.2)",
    () =>
      mx(["MAIL FROM:<a@remote.test>", "250 "], [`RCPT TO:<"odd user"@ref.test>`, /^(?:550 5\.1\.1|250) /]),
  );

  await step(
    "R04: nothing but parameters comes after the address (RFC 5321 §4.1.2)",
    () => mx(["MAIL FROM:<>>>>>", "501 "], ["MAIL FROM:<a@remote.test>>>", "501 "], ["MAIL FROM:<>", "250 "]),
  );

  await step(
    "R05: = in a local part begins no parameter (RFC 5321 §4.1.2)",
    () => mx(["MAIL FROM:<SRS0=Ab1c=ft=sender.test=news@remote.test> BODY=8BITMIME", "250 "]),
  );

  await step("R06: BODY takes its values in any case and no others (RFC 6152 §2)", () =>
    mx(
      ["MAIL FROM:<a@remote.test> BODY=8bitmime", "250 "],
      ["RSET", "250 "],
      ["MAIL FROM:<a@remote.test> BODY=9BIT", /^(?:501|555) 5\.5\.4 /],
    ));

  await step("R07: + in a sender (RFC 5321 §4.1.2)", () => mx(["MAIL FROM:<boun+ces@remote.test>", "250 "]));

  await step(
    "R08: an impossible domain gets one reply and the session goes on (RFC 5321 §4.2)",
    () => mx(["MAIL FROM:<a@b..test>", /^(?:501|553) 5\.[^\n]*$/], ["MAIL FROM:<a@remote.test>", "250 "]),
  );

  await step("R09: SIZE and AUTH=<> after a login (RFC 4954 §5)", async () => {
    using peer = await openSmtp(world, "submission");
    await login(peer);
    await dialogue(peer, [["MAIL FROM:<u1@ref.test> SIZE=38677 AUTH=<>", "250 "]]);
  });

  await step("R10: STARTTLS with a word behind it is refused, and works without (RFC 3207 §4)", async () => {
    using peer = await openSmtp(world, "submission", { plain: true });
    await dialogue(peer, [["STARTTLS now", "501 "], ["NOOP", "250 "], ["STARTTLS", "220 "]]);
    await peer.startTls(world.ca);
    await dialogue(peer, [["EHLO c.test", "250"]]);
  });

  for (const service of ["submission", "smtp"] as const) {
    await step(`R11: what was sent behind STARTTLS is never run, ${service} (RFC 3207 §4.2)`, async () => {
      using peer = await openSmtp(world, service, { plain: true });
      await peer.send("STARTTLS\r\nRSET\r\nMAIL FROM:<a@remote.test>\r\n");
      const first = await reply(peer);
      if (!first.startsWith("220 ")) return assertEquals(await peer.rest(), "");
      try {
        await peer.startTls(world.ca);
      } catch {
        return;
      }
      await dialogue(peer, [["NOOP", "250 2.0.0 Ok"], ["EHLO c.test", "250-"], ["NOOP", "250 2.0.0 Ok"]]);
    });
  }

  await step(
    "R12: an authorization identity that is the user's own (RFC 4616 §2)",
    () => sub([`AUTH PLAIN ${btoa("u1\0u1\0pw1")}`, "235 "]),
  );

  await step(
    "R12: one that is somebody else's (RFC 4616 §2)",
    () => sub([`AUTH PLAIN ${btoa("u2\0u1\0pw1")}`, "535 "]),
  );

  await step(
    "R13: AUTH PLAIN alone is asked for its response by 334 and a space (RFC 4954 §4)",
    () => sub(["AUTH PLAIN", /^334 $/], [btoa("\0u1\0pw1"), "235 "]),
  );

  await step(
    "R14: = is an empty initial response (RFC 4954 §4)",
    () =>
      sub(["AUTH PLAIN =", /^5(?:01|35) /], ["MAIL FROM:<u1@ref.test>", "530 "], [
        `AUTH PLAIN ${btoa("\0u1\0pw1")}`,
        "235 ",
      ]),
  );

  for (const mechanism of ["LOGIN", "PLAIN"]) {
    await step(
      `R15: * ends AUTH ${mechanism}, and another may follow (RFC 4954 §4)`,
      () => sub([`AUTH ${mechanism}`, "334 "], ["*", "501 5."], [`AUTH PLAIN ${btoa("\0u1\0pw1")}`, "235 "]),
    );
  }

  await step("R16: an empty password is none (RFC 4616 §2)", () =>
    sub(
      [`AUTH PLAIN ${btoa("\0u1\0")}`, /^5(?:35|01) /],
      ["AUTH LOGIN", "334 "],
      [btoa("u1"), "334 "],
      ["", /^5(?:35|01) /],
      ["MAIL FROM:<u1@ref.test>", "530 "],
    ));

  await step("R17: a field of 70,000 octets is refused or kept whole (RFC 5321 §4.5.3.1)", async () => {
    using peer = await openSmtp(world, "smtp");
    const addresses = Array.from({ length: 2000 }, (_, index) => `address.number.${index}.of.many@list.test`);
    const to = `To: ${addresses.join(",\r\n ")}\r\n`;
    assert(to.length > 70_000);
    const body = "--bnd\r\nContent-Type: text/plain\r\n\r\nr17 body\r\n--bnd--\r\n";
    const own = `${whole}Subject: r17\r\n${to}Content-Type: multipart/mixed; boundary=bnd\r\n\r\n${body}`;
    const end = await sendText(peer, own);
    if (!end.startsWith("250 ")) return expectReply(end, /^55[024] /, "end of data");
    const text = await world.arrived("u1", "Subject: r17");
    assert(text.endsWith(own.replaceAll("\r\n", "\n")), text.slice(-300));
  });

  await step("R18: mail that fails comes back from <>, and mail from <> never (RFC 5321 §6.1)", async () => {
    using peer = await openSmtp(world, "smtp");
    expectReply(
      await sendText(peer, "Subject: r18 null\r\n\r\nx\r\n", { from: "", to: ["broken@ref.test"] }),
      "250 ",
      ".",
    );
    await world.server.drained();
    const from = { from: "u2@ref.test", to: ["broken@ref.test"] };
    expectReply(await sendText(peer, "Subject: r18 ordinary\r\n\r\nx\r\n", from), "250 ", ".");
    const bounce = await world.arrived("u2", "Subject: r18 ordinary");
    assertMatch(bounce, /^Return-Path: <>\n/);
    await world.server.drained();
    for (const user of ["u1", "u2"]) {
      assert(!(await world.maildir(user)).some((text) => text.includes("r18 null")), user);
    }
  });

  await step("R20: LHLO is no command of SMTP (RFC 2033 §4.1)", () => mx(["LHLO c.test", /^50[02] /]));

  await step("R21: mail with SMTPUTF8 reaches the mailbox (RFC 6531 §3.2)", async () => {
    using peer = await openSmtp(world, "smtp");
    assertMatch(await ask(peer, "EHLO c.test"), /^250[ -]SMTPUTF8$/m);
    await dialogue(peer, [
      [utf8Octets("MAIL FROM:<bl\u00e5@remote.test> BODY=8BITMIME SMTPUTF8"), "250 "],
      ["RCPT TO:<u1@ref.test>", "250 "],
      ["DATA", "354 "],
    ]);
    await peer.send(utf8Octets("Subject: r21 bl\u00e5b\u00e6r\r\n\r\nx\r\n.\r\n"));
    expectReply(await reply(peer), "250 ", ".");
    const text = await world.arrived("u1", "Subject: r21");
    assertMatch(text, new RegExp(utf8Octets("^Return-Path: <bl\u00e5@remote\\.test>\n")));
    assertStringIncludes(text, utf8Octets("r21 bl\u00e5b\u00e6r"));
  });

  await step("R22: an address in UTF-8 needs SMTPUTF8 (RFC 6531 §3.1)", async () => {
    await mx([utf8Octets("MAIL FROM:<bl\u00e5@remote.test> SMTPUTF8"), "250 "]);
    // Taken for local people at most; without the extension such an address goes nowhere else.
    await mx([utf8Octets("MAIL FROM:<bl\u00e5@remote.test>"), /^(?:250|550 5\.6\.7|553 5\.6\.7|501 5) ?/], [
      "NOOP",
      "250 ",
    ]);
    await mx(["MAIL FROM:<bl\u00e5@remote.test>", /^5/], ["NOOP", "250 "]);
  });

  await step("R23: both forms of an international domain are one (RFC 5890 §2.3.2.4)", async () => {
    await mx(
      ["MAIL FROM:<a@remote.test>", "250 "],
      ["RCPT TO:<u1@xn--bcher-kva.test>", "250 "],
      ["RCPT TO:<u1@XN--BCHER-KVA.TEST>", "250 "],
    );
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, [
      ["MAIL FROM:<a@remote.test> SMTPUTF8", "250 "],
      [utf8Octets(`RCPT TO:<u1@${bucher}>`), "250 "],
      [utf8Octets("RCPT TO:<u1@B\u00dcCHER.test>"), "250 "],
      [utf8Octets("RCPT TO:<u2@bu\u0308cher.test>"), "250 "],
      ["DATA", "354 "],
    ]);
    await peer.send("Subject: r23\r\n\r\nx\r\n.\r\n");
    expectReply(await reply(peer), "250 ", ".");
    await world.arrived("u1", "Subject: r23");
    await world.arrived("u2", "Subject: r23");
  });

  await step(
    "R24: quotes and NUL inside an address (RFC 5321 §4.1.2)",
    () =>
      mx(
        [`MAIL FROM:<a"b@remote.test>`, /^5(?:01|53) /],
        ["MAIL FROM:<a\0b@remote.test>", /^5(?:01|53|00) /],
        [
          "NOOP",
          "250 ",
        ],
      ),
  );

  await step("R25: odd header lines stay below our Received field (RFC 5321 §4.4)", async () => {
    using peer = await openSmtp(world, "smtp");
    const own = `X-Mailer:NB\r\nFrom:a@remote.test\r\n${whole.replace(/^From.*\r\n/m, "")}X-Long: ${
      "r25".padEnd(1192, "y")
    }\r\n\r\nx\r\n`;
    const end = await sendText(peer, own);
    if (!end.startsWith("250 ")) return expectReply(end, "5", ".");
    const text = await world.arrived("u1", "X-Long: r25");
    assert(text.indexOf("\nReceived: ") < text.indexOf("\nX-Mailer:NB\n"), text);
    assert(text.endsWith(own.replaceAll("\r\n", "\n")), text);
    assertEquals(text.match(/^From:/gm)?.length, 1);
  });
});
