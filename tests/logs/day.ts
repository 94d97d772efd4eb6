/** One day of a mail server, in a minute: everything that log watchers count happens once or a few times. */

import { assertEquals } from "@std/assert";

import { notDone } from "../end_to_end/pop3.ts";
import { ask, dialogue, expectReply, login, openSmtp, sendText } from "../end_to_end/smtp.ts";
import type { WorldOptions } from "../end_to_end/world.ts";
import { World } from "../end_to_end/world.ts";
import { until } from "../server/mailsrv.ts";

/** What has happened when the day is over. */
export const events = {
  /** By SMTP, those that are held and discarded too. */
  received: 7,
  /** To u1, to u1 and u2, to u2 after a login, by `send` to u1, and one that was only warned of. */
  delivered: 6,
  bounced: 1,
  /** The bounce, to a host that cannot be reached. */
  deferred: 1,
  /** Relaying twice, an unknown user. */
  rejected: 3,
  warned: 1,
  held: 1,
  discarded: 1,
  /** Refused passwords, for each protocol. */
  smtpLogins: 2,
  imapLogins: 2,
  pop3Logins: 1,
} as const;

const recipientActions = "inline:{ {held@ref.test = HOLD for review} {gone@ref.test = DISCARD} }";
const senderActions = "inline:{ {warned@remote.test = REJECT not welcome} }";

export const dayOptions: WorldOptions = {
  settings: `maillog_file = "mail.log"
smtpd_sender_restrictions = ["warn_if_reject", "check_sender_access", "${senderActions}"]
smtpd_recipient_restrictions = ["check_recipient_access", "${recipientActions}"]
`,
  aliases: "postmaster: u1\nbroken: no-such-user\nheld: u1\ngone: u1\n",
};

/** Runs it and gives the log, whole. */
export async function runDay(options: WorldOptions = dayOptions): Promise<string> {
  const world = await World.start(options);
  try {
    await receive(world);
    await refuse(world);
    await failLogins(world);
    await world.server.mustRun(["send", "u1@ref.test"], "Subject: from here\n\nhello\n");
    const read = () => Deno.readTextFile(world.path("mail.log"));
    await until(
      async () => {
        const log = await read();
        return count(log, /status=/) >= events.delivered + events.bounced + events.deferred;
      },
      "all is delivered, bounced or deferred",
    );
    await world.server.stop();
    return await read();
  } finally {
    await world.dispose();
  }
}

async function receive(world: World): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  const text = "Subject: hello\r\nMessage-ID: <one@remote.test>\r\n\r\nhello\r\n";
  for (const to of [["u1@ref.test"], ["u1@ref.test", "u2@ref.test"], ["broken@ref.test"]]) {
    expectReply(await sendText(peer, text, { to }), "250 2.0.0 Ok: queued as ", "end of data");
  }
  expectReply(await sendText(peer, text, { from: "warned@remote.test" }), "250 ", "end of data");
  for (const to of ["held@ref.test", "gone@ref.test"]) {
    expectReply(await sendText(peer, text, { to: [to] }), "250 ", "end of data");
  }
  await dialogue(peer, [["QUIT", "221 "]]);
}

async function refuse(world: World): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  await dialogue(peer, [
    ["MAIL FROM:<spam@remote.test>", "250 "],
    ["RCPT TO:<x@elsewhere.test>", "454 4.7.1 "],
    ["RCPT TO:<y@elsewhere.test>", "454 4.7.1 "],
    ["RCPT TO:<nobody@ref.test>", "550 5.1.1 "],
    ["QUIT", "221 "],
  ]);
}

async function failLogins(world: World): Promise<void> {
  {
    using peer = await openSmtp(world, "submission");
    for (let attempt = 0; attempt < events.smtpLogins; attempt++) {
      await dialogue(peer, [[`AUTH PLAIN ${btoa("\0u1\0wrong")}`, "535 "]]);
    }
    await login(peer);
    expectReply(
      await sendText(peer, "Subject: out\r\n\r\nx\r\n", { from: "u1@ref.test", to: ["u2@ref.test"] }),
      "250 ",
      "end of data",
    );
    await ask(peer, "QUIT");
  }
  {
    using peer = await world.connect("imaps");
    await peer.line();
    for (let attempt = 0; attempt < events.imapLogins; attempt++) {
      await peer.send("a LOGIN u1 wrong\r\n");
      assertEquals((await peer.line()).slice(0, 4), "a NO");
    }
  }
  using peer = await world.connect("pop3s");
  await peer.line();
  await peer.send("USER u1\r\n");
  await peer.line();
  await notDone(peer, "PASS wrong");
  await peer.send("QUIT\r\n");
  await peer.line();
}

export function count(text: string, line: RegExp): number {
  return text.split("\n").filter((one) => line.test(one)).length;
}
