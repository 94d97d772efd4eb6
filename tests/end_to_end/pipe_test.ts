/** Mail that a running server hands to programs: transports of their own, for users' mailboxes, and as a filter of all. */

import { assertEquals, assertMatch } from "@std/assert";

import { Peer } from "./peer.ts";
import { ask, expectReply, openSmtp, reply, sendText } from "./smtp.ts";
import { World } from "./world.ts";

const isRoot = Deno.uid() === 0;

/** The name of whom the programs run as. */
async function programUser(): Promise<string> {
  if (isRoot) return "nobody";
  const lines = (await Deno.readTextFile("/etc/passwd")).split("\n").map((line) => line.split(":"));
  return lines.find(([, , uid]) => Number(uid) === Deno.uid())?.[0] ?? "";
}

interface Programs {
  readonly world: World;
  readonly out: string;
}

/** A server with a transport `sink` whose program writes what it is told and given to a file for each run. */
async function withPrograms(settings: string, body: (programs: Programs) => Promise<void>): Promise<void> {
  const out = await Deno.makeTempDir({ prefix: "mailsrv-out-" });
  await Deno.chmod(out, 0o1777);
  const script = `to=$$1; shift; umask 022; { id -u; echo "$$@"; cat; } > ${out}/$$to`;
  const world = await World.start({
    settings: `${settings}
[transport.sink]
command = ["/bin/sh", "-c", ${
      JSON.stringify(script)
    }, "sink", "\${mailbox}", "\${sender}", "\${nexthop}", "\${recipient}"]
user = "${await programUser()}"
flags = "DRhu"
destination_recipient_limit = 1
`,
  });
  try {
    await body({ world, out });
  } finally {
    await world.dispose();
    await Deno.remove(out, { recursive: true });
  }
}

async function send(world: World, to: readonly string[]): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  const mail = { from: "u1@ref.test", to: [...to] };
  expectReply(await sendText(peer, "Subject: one\r\n\r\n..body\r\n", mail), "250 ", ".");
  await ask(peer, "QUIT");
  await world.server.drained();
}

Deno.test("transport_maps leads mail to a program, in the name of its user (pipe(8))", async () => {
  await withPrograms(
    `relay_domains = "pipe.test"\ntransport_maps = "inline:{{pipe.test = sink:There}}"\n`,
    async ({ world, out }) => {
      await send(world, ["One+x@PIPE.test", "two@pipe.test"]);
      const person = isRoot ? 65534 : Deno.uid()!;
      assertMatch(
        await Deno.readTextFile(`${out}/one+x`),
        new RegExp(
          `^${person}\nu1@ref\\.test there one\\+x@pipe\\.test\nReturn-Path: <u1@ref\\.test>\n` +
            `Delivered-To: One\\+x@(?:PIPE|pipe)\\.test\nReceived: .*\nSubject: one\n.*\n\n\\.body\n$`,
          "s",
        ),
      );
      assertMatch(
        world.server.log,
        /postfix\/pipe\[\d+\]: \S+: to=<two@pipe\.test>, relay=sink, .*dsn=2\.0\.0, status=sent \(delivered via sink service\)/,
      );
      assertMatch(await Deno.readTextFile(`${out}/two`), /^\d+\nu1@ref\.test there two@pipe\.test\n/);
    },
  );
});

Deno.test("mailbox_transport_maps gives a user's mail to a program (local(8))", async () => {
  await withPrograms(`mailbox_transport_maps = "inline:{{u2 = sink:}}"\n`, async ({ world, out }) => {
    await send(world, ["u2@ref.test", "u1@ref.test"]);
    assertMatch(await Deno.readTextFile(`${out}/u2`), /^\d+\nu1@ref\.test ref\.test u2@ref\.test\n/);
    assertEquals([...Deno.readDirSync(world.path("mail", "u1", "Maildir", "new"))].length, 1);
  });
});

Deno.test("content_filter takes all mail, whoever it is for (FILTER_README)", async () => {
  await withPrograms(`content_filter = "sink:scan"\n`, async ({ world, out }) => {
    await send(world, ["u2@ref.test", "u1@ref.test"]);
    for (const user of ["u1", "u2"]) {
      assertMatch(
        await Deno.readTextFile(`${out}/${user}`),
        new RegExp(`^\\d+\nu1@ref\\.test scan ${user}@ref\\.test\n`),
      );
    }
  });
});

Deno.test("what a filter hands back is delivered, and not filtered again (FILTER_README)", async () => {
  await withPrograms(
    `content_filter = "sink:scan"\nlisten_filtered = ["127.0.0.1:0"]\n`,
    async ({ world, out }) => {
      const { listeners } = await world.server.control("status") as {
        listeners: { name: string; port: number }[];
      };
      const { port } = listeners.find(({ name }) => name === "filtered")!;
      using peer = await Peer.connect(port);
      expectReply(await reply(peer), "220 ", "greeting");
      expectReply(await ask(peer, "EHLO filter.test"), "250", "EHLO");
      const mail = { from: "u1@ref.test", to: ["u2@ref.test"] };
      expectReply(await sendText(peer, "Subject: back\r\n\r\nx\r\n", mail), "250 ", ".");
      await world.server.drained();
      assertEquals([...Deno.readDirSync(out)], []);
      assertEquals([...Deno.readDirSync(world.path("mail", "u2", "Maildir", "new"))].length, 1);
    },
  );
});
