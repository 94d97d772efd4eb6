/** Peers that stall, that never read, that come in crowds: they get their farewell, and others go on. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { until } from "../server/mailsrv.ts";

import { append, appendLong, ok, openImap } from "./imap.ts";
import type { Peer } from "./peer.ts";
import { done, lines, openPop3, pop3 } from "./pop3.ts";
import { dialogue, openSmtp } from "./smtp.ts";
import { Watchers } from "./watchers.ts";
import type { Service, World } from "./world.ts";
import { worldTest } from "./world.ts";

const plain = "Subject: plain\r\n\r\nx\r\n";

/** Where and with what a peer stalls, and what it is told at last. */
type Stall = readonly [where: string, open: (world: World) => Promise<Peer>, farewell: RegExp];

const timeout421 = /^(?:5\d\d .*\r\n)?421 4\.4\.2 .*\r\n$/;

async function silent(world: World, service: Service, octets = ""): Promise<Peer> {
  const peer = await world.connect(service);
  await peer.line();
  await peer.send(octets);
  return peer;
}

/** In a transaction, after `command` when that is one with a reply of its own, and after `octets`. */
async function inTransaction(
  world: World,
  service: Service,
  command: "DATA" | "",
  octets: string,
): Promise<Peer> {
  const peer = await openSmtp(world, service);
  await dialogue(peer, [["MAIL FROM:<a@remote.test>", "250 "], ["RCPT TO:<u1@ref.test>", "250 "]]);
  if (command === "DATA") await dialogue(peer, [["DATA", "354 "]]);
  await peer.send(octets);
  return peer;
}

async function afterwards(open: Promise<Peer>, octets: string): Promise<Peer> {
  const peer = await open;
  await peer.send(octets);
  return peer;
}

const stalls: readonly Stall[] = [
  ...(["smtp", "submissions", "lmtp"] as const).flatMap((service): Stall[] => [
    [`${service}, silent`, (world) => silent(world, service), timeout421],
    [`${service}, half a line`, (world) => silent(world, service, "NOO"), timeout421],
    [`${service}, a long half line`, (world) => silent(world, service, "x".repeat(5000)), timeout421],
  ]),
  [
    "smtp, in the header",
    (world) => inTransaction(world, "smtp", "DATA", "Subject: stalled\r\n"),
    timeout421,
  ],
  ["smtp, in the text", (world) => inTransaction(world, "smtp", "DATA", "\r\nstalled\r\n."), timeout421],
  ["lmtp, in the text", (world) => inTransaction(world, "lmtp", "DATA", "\r\nstalled\r\n"), timeout421],
  ["smtp, in a chunk", (world) => inTransaction(world, "smtp", "", "BDAT 100 LAST\r\nstalled"), timeout421],
  ["smtp, after STARTTLS", async (world) => {
    const peer = await openSmtp(world, "smtp");
    await dialogue(peer, [["STARTTLS", "220 "]]);
    return peer;
  }, /^$/],
  ["submissions, before its TLS", (world) => world.connectPlain("submissions"), /^$/],
  ...(["pop3", "pop3s"] as const).flatMap((service): Stall[] => [
    [`${service}, silent`, (world) => silent(world, service), /^-ERR .*\r\n$/],
    [`${service}, half a line`, (world) => silent(world, service, "USER u"), /^-ERR .*\r\n$/],
  ]),
  ["pop3s, before its TLS", (world) => world.connectPlain("pop3s"), /^$/],
  ["pop3, after DELE", (world) => afterwards(openPop3(world), "DELE 1\r\nNOO"), /^\+OK .*\r\n-ERR .*\r\n$/],
  ...(["imap", "imaps"] as const).flatMap((service): Stall[] => [
    [`${service}, silent`, (world) => silent(world, service), /^\* BYE .*\r\n$/],
    [`${service}, half a line`, (world) => silent(world, service, "a NOO"), /^\* BYE .*\r\n$/],
    [
      `${service}, in a literal`,
      (world) => silent(world, service, "a LOGIN {10}\r\nu1"),
      /^\+ .*\r\n\* BYE .*\r\n$/,
    ],
  ]),
  ["imaps, before its TLS", (world) => world.connectPlain("imaps"), /^$/],
  ["imap, logged in", (world) => openImap(world), /^\* BYE .*\r\n$/],
  [
    "imap, in an APPEND",
    (world) => afterwards(openImap(world), "a APPEND INBOX {100+}\r\nSubject: stalled\r\n"),
    /^(?:a .*\r\n)?\* BYE .*\r\n$/,
  ],
];

/** First lines of 300 connections from one address, counted; 100 come at a time, as the system's backlog is short. */
async function crowd(world: World, service: Service): Promise<ReadonlyMap<string, number>> {
  const peers: Peer[] = [];
  const counts = new Map<string, number>();
  for (let wave = 0; wave < 3; wave++) {
    const more = await Promise.all(Array.from({ length: 100 }, () => world.connect(service)));
    for (const line of await Promise.all(more.map((peer) => peer.line()))) {
      const word = /^\S+(?: OK| BYE| \[[A-Z/]+\])?/.exec(line)![0];
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    peers.push(...more);
  }
  for (const peer of peers) peer.close();
  return counts;
}

worldTest("peers that stall and crowds", {
  settings: [
    ...["smtpd_timeout", "smtpd_starttls_timeout", "login_timeout"].map((name) => `${name} = "1s"`),
    ...["pop3_inactivity_timeout", "imap_inactivity_timeout"].map((name) => `${name} = "1s"`),
    "imap_client_limit = 100\npop3_client_limit = 120\n",
  ].join("\n"),
}, async (world, step) => {
  await append(await openImap(world), "INBOX", plain);

  await step("a peer that stalls is told so and gone when its time is over", async () => {
    const failures: string[] = [];
    await Promise.all(stalls.map(async ([where, open, farewell]) => {
      using peer = await open(world);
      const text = await peer.rest();
      if (!farewell.test(text)) failures.push(`${where}: ${JSON.stringify(text)}`);
    }));
    assertEquals(failures, []);
    await world.server.drained();
    assert(!(await world.maildir("u1")).some((text) => text.includes("stalled")));
    // Without QUIT nothing is deleted (RFC 1939 §3).
    assertEquals((await lines(await openPop3(world), "LIST")).length, 1);
  });

  await step(
    "300 connections from one address by SMTP (postconf(5) smtpd_client_connection_count_limit)",
    async () => {
      await until(async () => await connections(world, "smtp") === 0, "nobody else is there by smtp");
      assertEquals(await crowd(world, "smtp"), new Map([["220", 50], ["421", 250]]));
      await until(
        async () => (await (await world.connect("smtp")).line()).startsWith("220 "),
        "there is room again",
      );
    },
  );

  for (
    const [service, good, bad, room] of [["pop3", "+OK", "-ERR [SYS/TEMP]", 120], [
      "imap",
      "* OK",
      "* BYE",
      100,
    ]] as const
  ) {
    await step(`300 connections by ${service}: as many as are served, the others are told`, async () => {
      await until(async () => await connections(world, service) === 0, `nobody else is there by ${service}`);
      assertEquals(await crowd(world, service), new Map([[good, room], [bad, 300 - room]]));
      await until(
        async () => (await (await world.connect(service)).line()).startsWith(good),
        "there is room again",
      );
    });
  }
});

async function connections(world: World, service: string): Promise<number> {
  const { workers } = await world.server.control("status") as {
    workers: { name: string; connections?: number }[];
  };
  const worker = service === "smtp" ? "smtp-in" : service;
  return workers.find(({ name }) => name.startsWith(worker))!.connections!;
}

worldTest(
  "peers that never read, and one user's many sessions",
  { users: ["reader"] },
  async (world, step) => {
    const watchers = await Watchers.open(world);
    const residentOctets = async () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(await Deno.readTextFile(`/proc/${world.server.pid}/status`))![1]) *
      1024;
    using writer = await openImap(world, "reader", "secret");
    await appendLong(writer, "INBOX", `Subject: long\r\n\r\n${`${"x".repeat(70)}\r\n`.repeat(14_000)}`);

    for (
      const [name, open, octets] of [
        ["smtp", () => openSmtp(world, "smtp"), "NOOP\r\n".repeat(500_000)],
        ["submissions", () => openSmtp(world, "submissions"), "EHLO c.test\r\n".repeat(200_000)],
        ["pop3", () => openPop3(world, "reader", "secret"), "RETR 1\r\n".repeat(500)],
        ["imap", async () => {
          const peer = await openImap(world, "reader", "secret");
          await ok(peer, "SELECT INBOX");
          return peer;
        }, "a FETCH 1 BODY[]\r\n".repeat(500)],
      ] as const
    ) {
      await step(`${name}: a peer that sends and never reads holds up nobody`, async () => {
        const before = await residentOctets();
        const peer = await open();
        const sending = peer.sendIfTaken(octets);
        for (let round = 0; round < 10; round++) await watchers.check();
        const grown = await residentOctets() - before;
        assert(grown < 200 << 20, `grown by ${grown} octets`);
        peer.close();
        await sending;
        await watchers.check();
      });
    }

    await step("mail_max_userip_connections holds for one user alone", async () => {
      const peers: Peer[] = [];
      for (let count = 0; count < 10; count++) peers.push(await openPop3(world));
      const late = await world.connect("pop3");
      await late.line();
      await done(late, "USER u1");
      assertMatch(await pop3(late, "PASS pw1"), /^-ERR \[(?:SYS\/TEMP|SYS\/PERM|IN-USE)\] ./);
      await watchers.check();
      await done(peers[0]!, "QUIT");
      await until(async () => {
        using next = await world.connect("pop3");
        await next.line();
        await done(next, "USER u1");
        return (await pop3(next, "PASS pw1")).startsWith("+OK");
      }, "there is room again");
      for (const peer of [...peers, late]) peer.close();
    });

    await watchers.close();
  },
);
