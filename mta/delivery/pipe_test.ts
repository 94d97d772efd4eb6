import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import type { QueueEnvelope } from "../../store/spool/spool.ts";

import type { DeliveryReport } from "./delivery.ts";
import { PipeTransport } from "./pipe.ts";
import type { PipeSettings } from "./pipe_settings.ts";
import { parsePipeFlags } from "./pipe_settings.ts";
import type { RunCommand } from "./testing_system.ts";
import { testingSystem } from "./testing_system.ts";

interface PipeTest {
  readonly settings?: Partial<PipeSettings>;
  readonly flags?: string;
  readonly envelope?: Partial<QueueEnvelope>;
  readonly to?: readonly string[];
  readonly text?: string;
  /** The chunks that the message is read in. */
  readonly chunkOctets?: number;
  readonly nexthop?: string;
  readonly isProbe?: boolean;
  readonly run?: (command: RunCommand) => { readonly code: number; readonly output?: string };
}

/** Delivers one message; gives each outcome as `ADDRESS STATUS TEXT` beside the commands and what was logged. */
async function deliver(test: PipeTest) {
  const lines: string[] = [];
  const log: Log = { write: (level, text) => void lines.push(`${level}: ${text}`), part: () => log };
  const clock = new ManualClock();
  const system = testingSystem(new SimDisk(), {
    users: [
      { name: "vmail", uid: 5000, gid: 5000, home: "/" },
      { name: "postfix", uid: 104, gid: 104, home: "/" },
      { name: "root", uid: 0, gid: 0, home: "/root" },
    ],
    ...(test.run === undefined ? {} : { run: test.run }),
  });
  const pipe = new PipeTransport({
    name: "filter",
    settings: {
      command: ["/bin/filter", "-f", "${sender}", "${recipient}"],
      user: "vmail",
      flags: parsePipeFlags(test.flags ?? "").flags,
      directory: "",
      eol: "\n",
      nullSender: "MAILER-DAEMON",
      maxOctets: 0,
      timeLimitMs: 1000,
      recipientLimit: 50,
      ...test.settings,
    },
    recipientDelimiter: "+",
    users: {
      userByName: (name) => system.userByName(name),
      groupByName: (name) =>
        Promise.resolve(
          [{ name: "mail", gid: 8, members: [] }, { name: "wheel", gid: 0, members: [] }]
            .find((group) => group.name === name),
        ),
    },
    system,
    clock,
    log,
  });
  const to = test.to ?? ["Joe+Lists@Example.COM"];
  const bytes = utf8Bytes(test.text ?? "Subject: x\n\nbody\n");
  const size = test.chunkOctets ?? bytes.length;
  const reports: string[] = [];
  const deliver = test.isProbe === true ? pipe.verify.bind(pipe) : pipe.deliver.bind(pipe);
  await deliver({
    nexthop: test.nexthop ?? "Example.COM",
    message: {
      id: "ID",
      queue: "active",
      envelope: {
        sender: "s@remote.test",
        recipients: to.map((address) => ({ address, original: `was-${address}` })),
        arrivedMs: 0,
        attributes: { client_address: "192.0.2.1" },
        smtpUtf8: false,
        body: "7BIT",
        ...test.envelope,
      },
      octets: bytes.length,
      outcomes: to.map(() => undefined),
      nextAttemptMs: 0,
      attempts: 0,
    },
    recipients: to.map((_, index) => index),
    content: async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    },
  }, (index, { outcome }: DeliveryReport) => {
    reports.push(`${to[index]} ${outcome.status} ${outcome.text}`);
  });
  return { reports, commands: system.commands, lines };
}

/** Flags, arguments, and what they become. */
const argumentRows: readonly (readonly [flags: string, command: string, words: string])[] = [
  [
    "",
    "${recipient}|$user|${extension}|${mailbox}|${domain}",
    "Joe+Lists@Example.COM|Joe|Lists|Joe+Lists|Example.COM",
  ],
  ["u", "${recipient}|${user}", "joe+lists@Example.COM|joe"],
  ["h", "${recipient}|${nexthop}|${domain}", "Joe+Lists@example.com|example.com|example.com"],
  ["hu", "${original_recipient}", "was-joe+lists@example.com"],
  ["", "$$x|${size}|${queue_id}|${client_address}|${sasl_username}", "$x|17|ID|192.0.2.1|"],
  ["", "${extension?{-x}:{-y}}|a${recipient}b", "-x|aJoe+Lists@Example.COMb"],
  ["", "$(sender)", "s@remote.test"],
];

Deno.test("PipeTransport puts values into arguments (pipe(8) command)", async () => {
  for (const [flags, command, words] of argumentRows) {
    const { commands } = await deliver({ flags, settings: { command: command.split("|") } });
    assertEquals(commands.map((run) => run.words.join("|")), [words], command);
  }
});

Deno.test("PipeTransport quotes local parts with flag q alone (pipe(8) flags)", async () => {
  for (const [flags, recipient] of [["", "odd user@x.test"], ["q", '"odd user"@x.test']] as const) {
    const { commands } = await deliver({
      flags,
      to: ['"odd user"@x.test'],
      settings: { command: ["/f", "${recipient}", "${user}"] },
    });
    assertEquals(commands[0]?.words, ["/f", recipient, "odd user"]);
  }
});

Deno.test("PipeTransport repeats each argument that names something of a recipient, as Postfix 3.7 does (pipe(8))", async () => {
  const { commands } = await deliver({
    flags: "hu",
    to: ["One+x@Far.TEST", "two@Far.TEST"],
    nexthop: "There",
    settings: {
      command: [
        ...["/f", "${sender}", "${recipient}", "x${extension}y", "${extension}", "${user}", "${mailbox}"],
        ...["${domain}", "${nexthop}", "a  b", "$$x"],
      ],
    },
  });
  assertEquals(commands.map(({ words }) => words), [[
    ...["/f", "s@remote.test", "one+x@far.test", "two@far.test", "xxy", "xy", "x", "", "one", "two"],
    ...["one+x", "two", "far.test", "far.test", "there", "a  b", "$x"],
  ]]);
});

Deno.test("PipeTransport names all recipients in one run, as far as its limit goes (pipe(8))", async () => {
  const to = ["a@x.test", "b@x.test", "c@x.test"];
  const { commands, reports } = await deliver({
    to,
    settings: { recipientLimit: 2 },
    envelope: { sender: "" },
    run: ({ words }) => ({ code: words.includes("c@x.test") ? 67 : 0, output: "said\nmore\n" }),
  });
  assertEquals(commands.map(({ words }) => words.join(" ")), [
    "/bin/filter -f MAILER-DAEMON a@x.test b@x.test",
    "/bin/filter -f MAILER-DAEMON c@x.test",
  ]);
  assertEquals(reports, [
    "a@x.test 2.0.0 delivered via filter service (said more)",
    "b@x.test 2.0.0 delivered via filter service (said more)",
    "c@x.test 5.1.1 user unknown. Command output: said more",
  ]);
});

/** Flags, message, and what the program gets. */
const inputRows: readonly (readonly [flags: string, text: string, input: string])[] = [
  ["", "A: b\n\nx\n", "A: b\n\nx\n"],
  ["R", "A: b\n\nx\n", "Return-Path: <s@remote.test>\nA: b\n\nx\n"],
  ["DO", "A: b\n\nx\n", "X-Original-To: was-a@x.test\nDelivered-To: a@x.test\nA: b\n\nx\n"],
  ["B", "A: b\n\nx\n", "A: b\n\nx\n\n"],
  [".", "A: b\n\n.x\n..\n.\n", "A: b\n\n..x\n...\n..\n"],
  [">", "A: b\n\nFrom x\nFro\nFrom", "A: b\n\n>From x\nFro\nFrom\n"],
  [".>", "From \n.\nx", ">From \n..\nx\n"],
];

Deno.test("PipeTransport changes the message as its flags say, however it is cut (pipe(8) flags)", async () => {
  for (const [flags, text, input] of inputRows) {
    for (const chunkOctets of [1, 2, 3, 5, 1000]) {
      const { commands } = await deliver({ flags, text, to: ["a@x.test"], chunkOctets });
      assertEquals(commands[0]?.input, input, `${flags} ${chunkOctets}`);
    }
  }
});

Deno.test("PipeTransport ends lines with eol, and begins with From (pipe(8) eol)", async () => {
  const { commands } = await deliver({ flags: "FRB", settings: { eol: "\r\n" }, text: "A: b\n\nx" });
  const lines = commands[0]!.input.split("\r\n");
  assertEquals(lines[0]?.startsWith("From s@remote.test  "), true);
  assertEquals(lines.slice(1), ["Return-Path: <s@remote.test>", "A: b", "", "x", "", ""]);
});

Deno.test("PipeTransport runs the command as its user, where it is told (pipe(8) user, directory)", async () => {
  const rows = [
    [{ user: "vmail" }, { uid: 5000, gid: 5000 }, "/"],
    [{ user: "vmail:mail", directory: "/srv" }, { uid: 5000, gid: 8 }, "/srv"],
  ] as const;
  for (const [settings, person, directory] of rows) {
    const { commands } = await deliver({ settings });
    assertEquals(commands.map((run) => [run.person, run.directory]), [[person, directory]]);
    assertEquals(commands[0]?.environment, { PATH: "/usr/bin:/bin" });
  }
});

Deno.test("PipeTransport never runs as root, as postfix, or without a user (pipe(8) SECURITY)", async () => {
  const rows = [
    [{ user: "" }, "missing user= command-line attribute"],
    [{ user: "nobody-here" }, "unknown username: nobody-here"],
    [{ user: "vmail:none" }, "unknown group: none"],
    [{ user: "root" }, "user= command-line attribute specifies root privileges"],
    [{ user: "vmail:wheel" }, "user= command-line attribute specifies privileged group id 0"],
    [{ user: "postfix" }, "user= command-line attribute specifies mail system owner postfix"],
    [{ command: ["/bin/x", "${nosuch}"] }, 'unknown macro name: "nosuch"'],
  ] as const;
  for (const [settings, reason] of rows) {
    const { reports, commands, lines } = await deliver({ settings, to: ["a@x.test"] });
    assertEquals(reports, ["a@x.test 4.3.5 mail system configuration error"]);
    assertEquals([commands.length, lines], [0, [`error: transport filter: ${reason}`]]);
  }
});

Deno.test("PipeTransport returns what is too long, and what was there before (pipe(8) size, flag D)", async () => {
  assertEquals((await deliver({ settings: { maxOctets: 5 }, to: ["a@x.test"] })).reports, [
    "a@x.test 5.2.3 message too large",
  ]);
  const { reports } = await deliver({
    flags: "D",
    to: ["a@x.test", "b@x.test"],
    text: "Delivered-To: A@x.test\n\n",
  });
  assertEquals(reports, [
    "a@x.test 5.4.6 mail forwarding loop for a@x.test",
    "b@x.test 2.0.0 delivered via filter service",
  ]);
});

/** What commands end with, by sysexits(3), and their own words. */
const endRows: readonly (readonly [code: number, output: string, outcome: string])[] = [
  [75, "", "4.3.0 temporary failure"],
  [75, "try later", "4.3.0 temporary failure. Command output: try later"],
  [67, "5.1.6 has moved\n", "5.1.6 has moved"],
  [1, "4.2.2 full", "4.2.2 full"],
  [1, "", '5.3.0 Command died with status 1: "/bin/filter"'],
  [69, "", "5.3.0 service unavailable"],
];

Deno.test("PipeTransport takes exit status and output as Postfix does (pipe(8) DIAGNOSTICS)", async () => {
  for (const [code, output, outcome] of endRows) {
    const { reports } = await deliver({ to: ["a@x.test"], run: () => ({ code, output }) });
    assertEquals(reports, [`a@x.test ${outcome}`]);
  }
});

Deno.test("PipeTransport tells what it would run, and runs nothing (sendmail -bv)", async () => {
  const { reports, commands } = await deliver({ to: ["a@x.test"], isProbe: true });
  assertEquals(reports, ["a@x.test 2.0.0 delivers to command: /bin/filter"]);
  assertEquals(commands, []);
});

Deno.test("parsePipeFlags() tells letters that are no flags", () => {
  assertEquals(parsePipeFlags("DRhuq.>Z"), {
    flags: ["D", "R", "h", "q", "u", ".", ">"],
    unknown: ["Z"],
  });
});
