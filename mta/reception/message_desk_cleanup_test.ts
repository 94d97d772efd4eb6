import { assertEquals, assertMatch } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { parseStringList } from "../address/match_list.ts";
import type { AddressSettings } from "../address/settings.ts";
import type { CleanupSettings } from "../cleanup/settings.ts";
import { parseRestrictions } from "../policy/restriction_list.ts";
import { defaultRestrictions } from "../policy/settings.ts";
import type { SessionFacts, SmtpAnswer, Transaction } from "../smtp/question.ts";
import { openTestWorld } from "./testing_world.ts";

const facts: SessionFacts = {
  role: "smtp",
  service: "smtp",
  peer: { address: "192.0.2.1", port: 40_000, localAddress: "192.0.2.25", localPort: 25 },
  clientName: "client.test",
  helo: "c.test",
  protocol: "ESMTP",
  tls: undefined,
  login: undefined,
};

interface Mail {
  readonly to?: readonly string[];
  readonly text?: string;
  readonly cleanup?: Partial<CleanupSettings>;
  readonly addresses?: Partial<AddressSettings>;
  /** Lines of an access table that is asked for each recipient. */
  readonly access?: string;
  /** In pieces instead of at once. */
  readonly inPieces?: boolean;
}

interface Outcome {
  /** `queued`, or the reply. */
  readonly answer: string;
  /** `QUEUE <SENDER>: RECIPIENTS [FILTER]`; empty: nothing is in the queue. */
  readonly state: string;
  readonly content: string;
  readonly log: readonly string[];
}

async function receive(mail: Mail): Promise<Outcome> {
  const addresses = defaultAddressSettings("mx.ref.test", {
    myorigin: "ref.test",
    mydestination: parseStringList(["ref.test"], { name: "mydestination" }),
    ...mail.addresses,
  });
  const table = `check_recipient_access inline:{${mail.access ?? "x=DUNNO"}}`;
  const recipient = parseRestrictions([table], { list: "recipient" }).calls;
  const world = await openTestWorld({
    cleanup: { addresses, ...mail.cleanup },
    policy: { lists: { ...defaultRestrictions.smtp, recipient }, rejectUnlistedRecipient: false },
  });
  const desk = world.reception.openDesk().handlers;
  const connected = await desk.connect({ facts });
  const speaker = { session: "session" in connected ? connected.session : NaN, facts };
  const recipients = (mail.to ?? ["u1@ref.test"]).map((address) => ({ address, parameters: {} }));
  const parameters = { smtpUtf8: false };
  const start = { number: 1, sender: "s@far.test", parameters };
  for (const recipient of recipients) await desk.rcpt({ ...speaker, start, recipient });
  const content = utf8Bytes(mail.text ?? "Subject: x\n\nhello\n");
  const transaction: Transaction = {
    sender: "s@far.test",
    parameters,
    recipients,
    octets: content.length,
    has8Bit: false,
    messageId: "<1@far.test>",
  };
  let answer: SmtpAnswer;
  if (mail.inPieces === true) {
    const opened = await desk.openMessage({ ...speaker, number: 1, bytes: content.slice(0, 5) });
    const message = "message" in opened ? opened.message : NaN;
    for (let at = 5; at < content.length; at += 5) {
      await desk.writeMessage({ message, bytes: content.slice(at, at + 5) });
    }
    answer = await desk.commitMessage({ ...speaker, number: 1, transaction, message }) as SmtpAnswer;
  } else answer = await desk.commit({ ...speaker, number: 1, transaction, content }) as SmtpAnswer;
  const states: string[] = [];
  let stored = "";
  for await (const { id, queue, envelope: { sender, recipients, filter } } of world.spool.scan()) {
    const list = recipients.map(({ address }) => address).join();
    states.push(`${queue} <${sender}>: ${list}${filter === undefined ? "" : ` ${filter}`}`);
    stored = (await world.find(id)).content;
  }
  return { answer: shown(answer), state: states.join(), content: stored, log: world.log };
}

function shown(answer: SmtpAnswer): string {
  if (answer.kind !== "reply") return answer.kind;
  const { code, status, lines } = answer.reply;
  return `${code} ${status} ${lines.join("|")}`;
}

/** The same, whether it comes at once or in pieces. */
async function receiveBoth(mail: Mail): Promise<Outcome> {
  const whole = await receive(mail);
  const pieces = await receive({ ...mail, inPieces: true });
  assertEquals(pieces, whole);
  return whole;
}

Deno.test("what access tables ask for a message is done (access(5))", async () => {
  const rows: readonly (readonly [access: string, state: string, top?: RegExp])[] = [
    ["u1@ref.test=HOLD wait", "hold <s@far.test>: u1@ref.test"],
    ["u1@ref.test=DISCARD", ""],
    [
      "{u1@ref.test=FILTER scan:[127.0.0.1]:10025}",
      "incoming <s@far.test>: u1@ref.test scan:[127.0.0.1]:10025",
    ],
    ["{u1@ref.test=REDIRECT other@ref.test}", "incoming <s@far.test>: other@ref.test"],
    ["{u1@ref.test=BCC copy@ref.test}", "incoming <s@far.test>: u1@ref.test,copy@ref.test"],
    [
      "{u1@ref.test=PREPEND X-Seen: yes}",
      "incoming <s@far.test>: u1@ref.test",
      /^X-Seen: yes\nReceived: from c\.test /,
    ],
  ];
  for (const [access, state, top] of rows) {
    const { answer, state: found, content } = await receiveBoth({
      access: access.startsWith("{") ? access : `{${access}}`,
    });
    assertEquals([answer, found], ["queued", state], access);
    if (top !== undefined) assertMatch(content, top);
  }
});

Deno.test("header_checks and body_checks decide over a message, with Postfix's replies (header_checks(5))", async () => {
  const checks = [
    "regexp:{{/^Subject: no$/ REJECT},{/^Subject: not this/ REJECT 5.7.9 Not this},{/^Subject: later/ REJECT 4.7.9 Later}," +
    "{/^Subject: hold/ HOLD},{/^Subject: gone/ DISCARD},{/^Subject: new/ REPLACE Subject: newer},{/^Received: from c\\.test/ IGNORE}}",
  ];
  const rows: readonly (readonly [subject: string, answer: string, state: string])[] = [
    ["no", "550 5.7.1 message content rejected", ""],
    ["not this", "550 5.7.9 Not this", ""],
    ["later", "451 4.7.9 Later", ""],
    ["hold", "queued", "hold <s@far.test>: u1@ref.test"],
    ["gone", "queued", ""],
    ["new", "queued", "incoming <s@far.test>: u1@ref.test"],
  ];
  for (const [subject, answer, state] of rows) {
    const outcome = await receiveBoth({
      text: `Subject: ${subject}\n\nhello\n`,
      cleanup: { headerChecks: checks },
    });
    assertEquals([outcome.answer, outcome.state], [answer, state], subject);
    if (subject === "new") assertEquals(outcome.content, "Subject: newer\n\nhello\n");
    if (subject !== "no") continue;
    assertMatch(
      outcome.log.join("\n"),
      /^cleanup: (\w+): reject: header Subject: no from client\.test\[192\.0\.2\.1\]; from=<s@far\.test> to=<u1@ref\.test> proto=ESMTP helo=<c\.test>: 5\.7\.1 message content rejected$/m,
    );
  }
  const body = ["regexp:{{/^bad/ REJECT bad words}}"];
  assertEquals(
    (await receiveBoth({ text: "Subject: x\n\nbad\n", cleanup: { bodyChecks: body } })).answer,
    "550 5.7.1 bad words",
  );
  const off = { bodyChecks: body, checkContent: false };
  assertEquals((await receiveBoth({ text: "Subject: x\n\nbad\n", cleanup: off })).answer, "queued");
});

Deno.test("recipients go through the tables of addresses, and a table that fails keeps the message out (cleanup(8))", async () => {
  const expanded = await receiveBoth({
    to: ["list@ref.test", "u1@ref.test"],
    addresses: { virtualAliasMaps: ["inline:{{list@ref.test=u1, u2@far.test}}"], alwaysBcc: "all" },
  });
  assertEquals(expanded.state, "incoming <s@far.test>: u1@ref.test,u2@far.test,u1@ref.test,all@ref.test");
  const failing = await receiveBoth({ addresses: { canonicalMaps: ["fail:now"] } });
  assertEquals([failing.answer, failing.state], ["451 4.3.0 Error: queue file write error", ""]);
  assertMatch(
    failing.log.join("\n"),
    /cleanup: \w+: canonical_maps map lookup problem for s@far\.test: .* -- message not accepted, try again later/,
  );
  const looping = await receiveBoth({
    addresses: { virtualAliasMaps: ["inline:{u1@ref.test=u2,u2@ref.test=u1}"] },
  });
  assertEquals([looping.answer, looping.state], ["451 4.6.0 Alias expansion error", ""]);
  const checked = await receiveBoth({ cleanup: { headerChecks: ["fail:now"] } });
  assertEquals([checked.answer, checked.state], ["451 4.3.0 Error: queue file write error", ""]);
});
