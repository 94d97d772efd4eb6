/** Reports of delivery: each is read back as programs read it (RFC 3461, RFC 3464, RFC 6522). */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { parseMime } from "../../tools/kit/mail/mime.ts";

import { SmtpSink } from "../../mta/outgoing/testing_sink.ts";

import { expectReply, openSmtp } from "./smtp.ts";
import { World } from "./world.ts";

interface Report {
  readonly subject: string;
  /** Fields of the message, then of each recipient, names in lower case. */
  readonly status: readonly Readonly<Record<string, string>>[];
  readonly words: string;
  /** `message/rfc822`, `text/rfc822-headers`, ... */
  readonly returned: string;
  readonly original: string;
}

/** Reads a report; fails where it is none. */
function readReport(text: string): Report {
  // Offsets count the form with CRLF.
  const octets = latin1Bytes(text.replace(/\r?\n/g, "\r\n"));
  const root = parseMime(octets);
  assertEquals([root.type, root.subtype].join("/").toLowerCase(), "multipart/report");
  assertEquals(root.parts.length, 3);
  const [words, status, returned] = root.parts.map((part) => ({
    type: `${part.type}/${part.subtype}`.toLowerCase(),
    text: latin1Text(octets.subarray(part.bodyStart, part.bodyEnd)).replaceAll("\r\n", "\n"),
  }));
  assertEquals(words!.type, "text/plain");
  assert(["message/delivery-status", "message/global-delivery-status"].includes(status!.type), status!.type);
  return {
    subject: /^Subject: (.*?)\r?$/m.exec(text)![1]!,
    status: status!.text.trim().split(/\n\n/).map(fields),
    words: words!.text,
    returned: returned!.type,
    original: returned!.text,
  };
}

function fields(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/^([^\s:]+):[ \t]*(.*(?:\n[ \t].*)*)$/gm)) {
    assert(!Object.hasOwn(found, name!.toLowerCase()), `${name} stands there twice`);
    found[name!.toLowerCase()] = value!.replace(/\n\s*/g, " ");
  }
  return found;
}

interface Sent {
  readonly from?: string;
  readonly to: readonly (readonly [address: string, parameters?: string])[];
  readonly parameters?: string;
  readonly subject: string;
}

async function send(
  world: World,
  { from = "u1@ref.test", to, parameters = "", subject }: Sent,
): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  const lines = [
    `MAIL FROM:<${from}> ${parameters}`.trim(),
    ...to.map(([address, wishes = ""]) => `RCPT TO:<${address}> ${wishes}`.trim()),
  ];
  for (const line of lines) {
    await peer.send(`${line}\r\n`);
    expectReply(await peer.line(), "250 ", line);
  }
  await peer.send("DATA\r\n");
  expectReply(await peer.line(), "354 ", "DATA");
  await peer.send(`Subject: ${subject}\r\n\r\nthe body\r\n.\r\nQUIT\r\n`);
  expectReply(await peer.line(), "250 ", ".");
}

async function withWorld(
  settings: string,
  sink: SmtpSink,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const world = await World.start({
    aliases: "postmaster: u1\nteam: u2\nlist: u2\nowner-list: u1\n",
    settings: `mynetworks = ["127.0.0.0/8"]\nrelayhost = "${sink.hop}"\n${settings}`,
  });
  try {
    await run(world);
  } finally {
    await world.dispose();
    await sink.close();
  }
}

const refusing = (command: string) =>
  command.startsWith("RCPT TO:<gone@") ? "550 5.1.1 no such user" : undefined;

Deno.test("failures come back with ENVID, ORCPT and RET as they were asked for (RFC 3461 §4, §6)", async () => {
  await withWorld("", new SmtpSink({ reply: refusing }), async (world) => {
    await send(world, {
      parameters: "ENVID=QQ+3D314 RET=HDRS",
      to: [
        ["gone@b.test", "NOTIFY=FAILURE,DELAY ORCPT=rfc822;first+2Borig@c.test"],
        ["gone@c.test", "NOTIFY=NEVER"],
        ["gone@d.test", "NOTIFY=SUCCESS"],
        ["ok@b.test"],
      ],
      subject: "fails",
    });
    const { status, returned, original, words, subject } = readReport(
      await world.arrived("u1", "Undelivered Mail"),
    );
    assertEquals(subject, "Undelivered Mail Returned to Sender");
    const [message, ...recipients] = status;
    assertEquals(message!["reporting-mta"], "dns; mx.ref.test");
    assertEquals(message!["original-envelope-id"], "QQ=314");
    assertMatch(message!["arrival-date"]!, /^\w{3}, /);
    assertEquals(recipients.length, 1);
    assertEquals(recipients[0], {
      "final-recipient": "rfc822; gone@b.test",
      "original-recipient": "rfc822;first+orig@c.test",
      action: "failed",
      status: "5.1.1",
      "remote-mta": "dns; 127.0.0.1",
      "diagnostic-code": "smtp; 550 5.1.1 no such user",
    });
    assertEquals(returned, "text/rfc822-headers");
    assertMatch(original, /^Return-Path: <u1@ref\.test>\nReceived: [^]*\nSubject: fails\n/);
    assert(!original.includes("the body"));
    assertMatch(words, /^This is the mail server at mx\.ref\.test\.\n/);
  });
});

Deno.test("success is told: delivered, expanded, and relayed where the next host knows no DSN (RFC 3461 §5.2, §6.2)", async () => {
  await withWorld(
    `virtual_alias_maps = ["inline:{va@ref.test=ok@b.test}"]\n`,
    new SmtpSink({}),
    async (world) => {
      await send(world, {
        to: [
          ["u2@ref.test", "NOTIFY=SUCCESS"],
          ["team@ref.test", "NOTIFY=SUCCESS,FAILURE"],
          ["va@ref.test", "NOTIFY=SUCCESS"],
          ["list@ref.test", "NOTIFY=SUCCESS"],
          ["ok@c.test", "NOTIFY=SUCCESS"],
          ["quiet@c.test"],
        ],
        subject: "succeeds",
      });
      const { status, returned, subject } = readReport(await world.arrived("u1", "Successful Mail"));
      assertEquals(subject, "Successful Mail Delivery Report");
      assertEquals(returned, "text/rfc822-headers");
      const told = status.slice(1).map((one) => `${one["final-recipient"]} ${one.action} ${one.status}`);
      assertEquals(told.toSorted(), [
        "rfc822; list@ref.test delivered 2.0.0",
        "rfc822; ok@c.test relayed 2.0.0",
        "rfc822; team@ref.test expanded 2.0.0",
        "rfc822; u2@ref.test delivered 2.0.0",
        "rfc822; va@ref.test expanded 2.0.0",
      ]);
    },
  );
});

Deno.test("a host that knows DSN is asked to report itself (RFC 3461 §5.2.1)", async () => {
  const sink = new SmtpSink({ offers: ["DSN", "PIPELINING"] });
  await withWorld("", sink, async (world) => {
    await send(world, {
      to: [["ok@c.test", "NOTIFY=SUCCESS"]],
      parameters: "ENVID=e1",
      subject: "passed on",
    });
    await world.server.drained();
    assertEquals(await world.maildir("u1"), []);
    assertMatch(sink.messages[0]!.commands[0]!, / ENVID=e1/);
    assertMatch(
      sink.messages[0]!.commands[1]!,
      /^RCPT TO:<ok@c\.test> NOTIFY=SUCCESS ORCPT=rfc822;ok@c\.test/,
    );
  });
});

Deno.test("sendmail -bv reports what would become of a message, and delivers nothing (sendmail(1))", async () => {
  const sink = new SmtpSink({ reply: refusing });
  await withWorld("", sink, async (world) => {
    const { code, stdout } = await world.server.run(
      ["send", "-f", "u1@ref.test", "-bv", "u2@ref.test", "team@ref.test", "nosuch@ref.test"],
      {},
    );
    assertEquals([code, stdout], [0, "Mail Delivery Status Report will be mailed to <u1@ref.test>.\n"]);
    const { status, subject } = readReport(await world.arrived("u1", "Status Report"));
    assertEquals(subject, "Mail Delivery Status Report");
    assertEquals(
      status.slice(1).map((one) => `${one["final-recipient"]} ${one.action}: ${one["diagnostic-code"]}`),
      [
        "rfc822; u2@ref.test deliverable: X-mailsrv; delivery via local: delivers to maildir",
        "rfc822; team@ref.test deliverable: X-mailsrv; delivery via local: delivers to maildir",
        'rfc822; nosuch@ref.test undeliverable: X-mailsrv; delivery via local: unknown user: "nosuch"',
      ],
    );
    await world.server.drained();
    assertEquals(await world.maildir("u2"), []);
    assertMatch(
      world.server.log,
      /to=<u2@ref\.test>, relay=local, .*status=deliverable \(delivers to maildir\)/,
    );
    assertEquals(sink.messages, []);
  });
});

Deno.test("sendmail -bv asks other hosts as far as RCPT (sendmail(1))", async () => {
  const sink = new SmtpSink({ reply: refusing });
  await withWorld("", sink, async (world) => {
    const to = ["ok@b.test", "gone@b.test", "ok@c.test"];
    assertEquals((await world.server.run(["send", "-f", "u1@ref.test", "-bv", ...to], {})).code, 0);
    const { status } = readReport(await world.arrived("u1", "Status Report"));
    assertEquals(status.slice(1).map((one) => `${one["final-recipient"]} ${one.action} ${one.status}`), [
      "rfc822; ok@b.test deliverable 2.1.5",
      "rfc822; gone@b.test undeliverable 5.1.1",
      "rfc822; ok@c.test deliverable 2.1.5",
    ]);
    await world.server.drained();
    assertEquals(sink.messages, []);
    assert(!sink.commands.includes("DATA"), sink.commands.join("\n"));
  });
});

Deno.test("a list's message has a sender for each recipient, and each failure comes back to its own (VERP_README)", async () => {
  const sink = new SmtpSink({ reply: refusing });
  await withWorld("", sink, async (world) => {
    const { code } = await world.server.run(
      ["send", "-f", "u1@ref.test", "-XV", "ok@b.test", "gone@b.test", "ok@c.test"],
      { input: "Subject: to the list\n\nx\n" },
    );
    assertEquals(code, 0);
    const report = await world.arrived("u1", "Undelivered Mail");
    assertMatch(
      report,
      /^Return-Path: <>\n(?:X-Original-To: .*\n)?Delivered-To: u1\+gone=b\.test@ref\.test\n/,
    );
    assertEquals(readReport(report).status[0]!["x-mailsrv-sender"], "rfc822; u1@ref.test");
    await world.server.drained();
    const senders = sink.messages.map(({ commands }) => commands[0]!.replace(/>.*/, ">"));
    assertEquals(senders.filter((one) => !one.includes("gone")).toSorted(), [
      "MAIL FROM:<u1+ok=b.test@ref.test>",
      "MAIL FROM:<u1+ok=c.test@ref.test>",
    ]);
  });
});

Deno.test("mail that is forwarded has a sender here, and what comes back finds the way (SRS)", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mailsrv-srs-" });
  const sink = new SmtpSink({});
  try {
    await Deno.writeTextFile(`${folder}/secret`, "quite secret\n");
    const settings = `srs_domain = "srs.ref.test"\nsrs_secret_file = "${folder}/secret"\n` +
      `virtual_alias_maps = ["inline:{va@ref.test=ok@b.test}"]\n`;
    await withWorld(settings, sink, async (world) => {
      await send(world, {
        from: "li@far.test",
        to: [["va@ref.test"], ["direct@b.test"]],
        subject: "forwarded",
      });
      await world.server.drained();
      const senders = sink.messages.map(({ commands }) => /^MAIL FROM:<([^>]*)>/.exec(commands[0]!)![1]!);
      const changed = senders.find((sender) => sender !== "li@far.test")!;
      assertEquals(senders.length, 2);
      assertMatch(changed, /^SRS0=[a-z2-7]{6}=[a-z2-7]{2}=far\.test=li@srs\.ref\.test$/);
      await send(world, { from: "", to: [[changed]], subject: "comes back" });
      await world.server.drained();
      assertEquals(sink.messages.at(-1)!.commands.slice(0, 2), ["MAIL FROM:<>", "RCPT TO:<li@far.test>"]);
      using peer = await openSmtp(world, "smtp");
      await peer.send(`MAIL FROM:<>\r\nRCPT TO:<${changed.replace("=li@", "=lu@")}>\r\nQUIT\r\n`);
      expectReply(await peer.line(), "250 ", "MAIL");
      expectReply(await peer.line(), /^550 5\.1\.1 /, "RCPT");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("postmaster hears of what cannot be returned, and that is the end of it (postconf(5) notify_classes)", async () => {
  const sink = new SmtpSink({ reply: refusing });
  await withWorld(
    `notify_classes = ["2bounce", "bounce"]\n"2bounce_notice_recipient" = "u2"\n`,
    sink,
    async (world) => {
      await send(world, { from: "", to: [["gone@b.test"]], subject: "nobody's" });
      const text = await world.arrived("u2", "Postmaster Copy");
      assertMatch(text, /^Return-Path: <double-bounce@ref\.test>\n/);
      assertMatch(text, /^Auto-Submitted: auto-generated$/m);
      const { status, original } = readReport(text);
      assertEquals(status[1]!["final-recipient"], "rfc822; gone@b.test");
      assert(original.includes("the body"));
      await send(world, { from: "double-bounce@ref.test", to: [["gone@b.test"]], subject: "about a report" });
      await world.logged(/undeliverable postmaster notification discarded/);
      await world.server.drained();
    },
  );
});

Deno.test("recipients elsewhere are verified by what their host says to RCPT (postconf(5) reject_unverified_recipient)", async () => {
  const sink = new SmtpSink({ reply: refusing });
  const settings = `smtpd_recipient_restrictions = ["reject_unverified_recipient"]\n` +
    `unverified_recipient_reject_code = 550\naddress_verify_sender = "<>"\n`;
  await withWorld(settings, sink, async (world) => {
    using peer = await openSmtp(world, "smtp");
    await peer.send("MAIL FROM:<u1@ref.test>\r\nRCPT TO:<ok@b.test>\r\nRCPT TO:<gone@b.test>\r\nQUIT\r\n");
    expectReply(await peer.line(), "250 ", "MAIL");
    expectReply(await peer.line(), "250 ", "RCPT");
    expectReply(await peer.line(), /^550 5\.1\.1 <gone@b\.test>: .*no such user/, "RCPT");
    assert(sink.commands.some((command) => command.startsWith("MAIL FROM:<>")), sink.commands.join("\n"));
    assert(!sink.commands.includes("DATA"));
  });
});
