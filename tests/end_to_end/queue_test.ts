/** An administrator and mail that waits: filters, hold, expire, requeue, delete, flush; with the server up and down. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { until } from "../server/mailsrv.ts";

import { worldTest } from "./world.ts";

const settings = `
transport_maps = ["inline:{{slow.test=retry:4.7.1 come back later}, {other.test=retry:4.7.2 not yet}}"]
virtual_alias_maps = ["texthash:virtual"]
`;

worldTest(
  "mail that waits in the queue",
  { users: ["s1"], settings, prepare: (data) => Deno.writeTextFile(`${data}/virtual`, "") },
  async (world, step) => {
    const { server } = world;
    const queue = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await server.run(["queue", ...args]);
      assertEquals(code, 0, stderr);
      return { stdout, stderr };
    };
    const idOf = async (recipient: string) => {
      const { stdout } = await queue("list", "-j", "--recipient", recipient);
      return String(JSON.parse(stdout).queue_id);
    };
    const addresses = ["a@slow.test", "b@slow.test", "c@other.test", "d@other.test"];
    for (const address of addresses) {
      const args = ["send", "-f", "u1@ref.test", address];
      assertEquals((await server.run(args, { input: `Subject: to ${address}\n\nx\n` })).code, 0);
    }
    await until(
      async () => (await queue("list", "--state", "deferred")).stdout.endsWith("in 4 Requests.\n"),
      "all mail is deferred",
    );

    await step("queue list goes by what is asked for", async () => {
      const rows: readonly (readonly [readonly string[], number])[] = [
        [[], 4],
        [["--domain", "slow.test"], 2],
        [["--reason", "Not Yet"], 2],
        [["--sender", "u1@*", "--recipient", "d@other.test"], 1],
        [["--older", "1h"], 0],
        [["--newer", "1h", "--state", "deferred"], 4],
        [["--state", "hold,active"], 0],
      ];
      for (const [args, count] of rows) {
        const { stdout } = await queue("list", ...args);
        const want = count === 0
          ? "Mail queue is empty\n"
          : `in ${count} Request${count === 1 ? "" : "s"}.\n`;
        assertStringIncludes(stdout, want, args.join(" "));
      }
      assertMatch((await queue("list")).stdout, /^ {39}\(come back later\)$|\(come back later\)$/m);
    });

    await step("messages are held and released by filter, with postsuper's reports", async () => {
      const [c, d] = [await idOf("c@other.test"), await idOf("d@other.test")];
      const held = (await queue("hold", "--domain", "other.test")).stderr;
      assertEquals(
        held.split("\n").sort(),
        [
          "",
          `mailsrv: ${c}: placed on hold`,
          `mailsrv: ${d}: placed on hold`,
          "mailsrv: Placed on hold: 2 messages",
        ]
          .sort(),
      );
      assertStringIncludes((await queue("list", "--state", "hold")).stdout, "in 2 Requests.");
      assertEquals(
        (await queue("release", d, "0123456789", "x/y")).stderr,
        `mailsrv: warning: invalid mail queue id: x/y\nmailsrv: ${d}: released from hold\n` +
          "mailsrv: Released from hold: 1 message\n",
      );
      assertEquals((await server.run(["queue", "delete"])).code, 64);
    });

    await step("an expired message is returned at its next attempt", async () => {
      const [a, c] = [await idOf("a@slow.test"), await idOf("c@other.test")];
      assertEquals(
        (await queue("expire", a)).stderr,
        `mailsrv: ${a}: expired\nmailsrv: Force-expired: 1 message\n`,
      );
      assertEquals((await queue("expire", a)).stderr, "mailsrv: Force-expired: 0 messages\n");
      assertMatch((await queue("list")).stdout, new RegExp(`^${a}# `, "m"));
      assertEquals(
        JSON.parse((await queue("list", "-j", "--recipient", "a@slow.test")).stdout).forced_expire,
        true,
      );
      await queue("flush", a);
      await world.arrived("u1", "Final-Recipient: rfc822; a@slow.test");
      assertEquals(
        (await queue("expire", "--release", c)).stderr,
        `mailsrv: ${c}: expired\nmailsrv: ${c}: released from hold\n` +
          "mailsrv: Force-expired: 1 message\nmailsrv: Released from hold: 1 message\n",
      );
      await world.arrived("u1", "Final-Recipient: rfc822; c@other.test");
    });

    await step("a message that is requeued goes where its address leads now", async () => {
      const b = await idOf("b@slow.test");
      await world.write("virtual", "b@slow.test s1@ref.test\n");
      assertEquals(
        (await queue("requeue", b)).stderr,
        `mailsrv: ${b}: requeued\nmailsrv: Requeued: 1 message\n`,
      );
      await world.arrived("s1", "Subject: to b@slow.test");
    });

    await step("flush goes by site, and says what it cannot do", async () => {
      await queue("flush", "--site", "other.test");
      const wrong = await server.run(["queue", "flush", "--site", "x y"]);
      assertEquals([wrong.code, wrong.stderr], [
        69,
        'mailsrv: fatal: Cannot flush mail queue - invalid destination: "x y"\n',
      ]);
    });

    await step("with the server down, the same in its files", async () => {
      await server.stop();
      const warning = "mailsrv: warning: Mail system is down -- accessing queue directly\n";
      const d = await (async () => {
        const { stdout, stderr } = await queue("list", "-j");
        assertEquals(stderr, warning);
        return String(JSON.parse(stdout).queue_id);
      })();
      assertEquals(
        (await queue("hold", "--recipient", "d@*")).stderr,
        `${warning}mailsrv: ${d}: placed on hold\nmailsrv: Placed on hold: 1 message\n`,
      );
      assertEquals((await queue("expire", "ALL")).stderr, `${warning}mailsrv: Force-expired: 1 message\n`);
      assertMatch((await queue("list")).stdout, new RegExp(`^${d}!# `, "m"));
      assertEquals((await queue("requeue", "ALL")).stderr, `${warning}mailsrv: Requeued: 1 message\n`);
      assertMatch((await queue("list", "--state", "maildrop")).stdout, new RegExp(`^${d}# `, "m"));
      await world.write("virtual", "d@other.test s1@ref.test\n");
      await world.start();
      await world.arrived("s1", "Subject: to d@other.test");
      assertEquals((await queue("delete", "ALL")).stderr, "mailsrv: Deleted: 0 messages\n");
    });
  },
);
