/**
 * Sections 2.1 to 2.5 of the tutorial that this project began with, step by step, as it types them. Deviations: the database
 * of FILE is FILE.cdb, not FILE.db; `postfix check` and `systemctl` are mailsrv's own commands.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { hasAccounts, Machine } from "./machine.ts";

const access = `120.114.141.60 OK
.baidu.com OK
av.com REJECT
192.168.2. REJECT
`;

const aliases = `# Basic system aliases -- these MUST be present.
mailer-daemon: postmaster
postmaster: root
# General redirections for pseudo accounts.
bin: root
daemon: root
adm: root
lp: root
nobody: root
`;

const text = "Subject: hello\r\n\r\nIt works.";

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("the tutorial's sections 2.1 to 2.5", async (test) => {
  const machine = await Machine.create();
  const step = async (name: string, run: () => Promise<void>) => {
    const isGood = await test.step(name, run);
    if (!isGood) console.log(machine.log.slice(-3000));
  };
  try {
    await step("2.1: every program that it names is there", async () => {
      for (
        const name of ["postconf", "postalias", "postcat", "postmap", "postqueue", "mailq", "newaliases"]
      ) {
        const { stderr } = await machine.type(`${name} --no-such-option`);
        assert(!stderr.includes("unknown command"), `${name}: ${stderr}`);
      }
    });

    await step("2.1: postconf lists every setting, defaults too", async () => {
      const { code, stdout } = await machine.type("postconf");
      assertEquals(code, 0);
      assertMatch(stdout, /^myhostname = server\.lan$/m);
      assertMatch(stdout, /^myorigin = \$myhostname$/m);
      assertMatch(stdout, /^smtpd_client_restrictions =\s*$/m);
    });

    await step("2.2: postmap hash:/etc/postfix/access", async () => {
      assertEquals(await machine.type("postmap hash:/etc/postfix/access"), {
        code: 0,
        stdout: "",
        stderr: "",
      });
      assert(await exists(machine.path("etc/postfix/access.cdb")));
    });

    await step("2.2: postalias hash:/etc/aliases", async () => {
      assertEquals(await machine.type("postalias hash:/etc/aliases"), { code: 0, stdout: "", stderr: "" });
      assert(await exists(machine.path("etc/aliases.cdb")));
    });

    await step("2.2: the settings are checked", async () => {
      const { code, stdout, stderr } = await machine.type("mailsrv check");
      assert(code === 0, stdout + stderr);
    });

    await step("2.2: the server listens", () => machine.start());

    await step("2.3: mail for a name in mydestination is taken from anybody", async () => {
      const stranger = "stranger.example 203.0.113.7";
      for (const host of ["server.lan", "localhost.lan", "localhost", "Li-911m.lan", "client.lan"]) {
        assertEquals(await machine.mail({ client: stranger, to: `li@${host}` }), "250 2.1.5 Ok");
      }
    });

    await step("2.3: a client of mynetworks may send elsewhere", async () => {
      for (const address of ["168.100.189.5", "127.0.0.1", "10.200.0.9"]) {
        assertEquals(
          await machine.mail({ client: `x.example ${address}`, to: "who@example.org" }),
          "250 2.1.5 Ok",
        );
      }
    });

    await step("2.3: mail for a host below relay_domains is taken from anybody", async () => {
      const reply = await machine.mail({ client: "stranger.example 203.0.113.7", to: "li@sub.server.lan" });
      assertEquals(reply, "250 2.1.5 Ok");
    });

    await step("2.3: all else is not taken, before any of it is sent", async () => {
      for (const address of ["203.0.113.7", "168.100.189.16"]) {
        assertMatch(
          await machine.mail({ client: `stranger.example ${address}`, to: "who@example.org", text }),
          /^454 4\.7\.1 <who@example\.org>: Relay access denied$/,
        );
      }
    });

    await step("2.4: /etc/postfix/access takes effect with postmap alone", async () => {
      const relays = (client: string) => machine.mail({ client, to: "who@example.org" });
      assertMatch(await relays("unknown.example 120.114.141.60"), /^454 /);
      await machine.write("etc/postfix/access", access);
      assertEquals((await machine.type("postmap /etc/postfix/access")).code, 0);
      assertEquals(await relays("unknown.example 120.114.141.60"), "250 2.1.5 Ok");
      assertEquals(await relays("www.baidu.com 198.51.100.7"), "250 2.1.5 Ok");
      assertMatch(await relays("av.com 198.51.100.8"), /^454 4\.7\.1 .*Relay access denied$/);
      assertMatch(await relays("mail.av.com 198.51.100.8"), /^454 4\.7\.1 .*Relay access denied$/);
      assertMatch(await relays("x.example 192.168.2.77"), /^454 4\.7\.1 .*Relay access denied$/);
    });

    await step("2.5.1: the system's aliases bring mail to root", async () => {
      await machine.write("etc/aliases", aliases);
      assertEquals((await machine.type("newaliases")).stderr, "");
      for (const name of ["bin", "mailer-daemon"]) {
        assertMatch(
          await machine.mail({ to: `${name}@server.lan`, text: `X-For: ${name}\r\n${text}` }),
          /^250 2\.0\.0 /,
        );
      }
      await machine.drained();
      const mailbox = await machine.mailbox("root");
      for (const name of ["bin", "mailer-daemon"]) assertStringIncludes(mailbox, `\nX-For: ${name}\n`);
    });

    await step("2.5.1: dream: li", async () => {
      await machine.write("etc/aliases", `${aliases}dream: li\n`);
      assertEquals(await machine.type("postalias hash:/etc/aliases"), { code: 0, stdout: "", stderr: "" });
      for (const name of ["dream", "li"]) {
        assertMatch(
          await machine.mail({ to: `${name}@server.lan`, text: `X-For: ${name}\r\n${text}` }),
          /^250 2\.0\.0 /,
        );
      }
      await machine.drained();
      const mailbox = await machine.mailbox("li");
      for (const name of ["dream", "li"]) assertStringIncludes(mailbox, `\nX-For: ${name}\n`);
      assertMatch(mailbox, /^From someone@example\.com /);
    });

    await step("2.5.2: ~/.forward keeps a copy and sends another", async () => {
      await machine.write("home/li/.forward", "li\nli02\n");
      assertMatch(
        await machine.mail({ to: "li@server.lan", text: `X-For: forward\r\n${text}` }),
        /^250 2\.0\.0 /,
      );
      await machine.drained();
      // Who has no account has no ~/.forward, here as in Postfix.
      for (const user of hasAccounts ? ["li", "li02"] : ["li"]) {
        assertEquals(
          (await machine.mailbox(user)).split("\nX-For: forward\n").length,
          2,
          `one copy for ${user}`,
        );
      }
    });

    await step("2.5.3: postqueue -p with an empty queue", async () => {
      assertEquals(await machine.type("postqueue -p"), {
        code: 0,
        stdout: "Mail queue is empty\n",
        stderr: "",
      });
      assertEquals((await machine.type("mailq")).stdout, "Mail queue is empty\n");
    });

    let id = "";
    await step("2.5.3: with the server down mail waits, and postqueue -p says so", async () => {
      await machine.stop();
      const input = "To: root\nSubject: test queue\n\ntest\n";
      assertEquals((await machine.type("sendmail -i root", { input })).code, 0);
      const { stdout, stderr } = await machine.type("postqueue -p");
      assertEquals(stderr, "postqueue: warning: Mail system is down -- accessing queue directly\n");
      assertMatch(
        stdout,
        /^-Queue ID- {2}--Size-- ----Arrival Time---- -Sender\/Recipient-------\n[0-9A-F]+ +\d+ \w{3} \w{3} [ \d]\d [\d:]{8} {2}\S+\n {41}root\S*\n\n-- 0 Kbytes in 1 Request\.\n$/,
      );
      id = /^([0-9A-F]+) /m.exec(stdout)![1]!;
    });

    await step("2.5.3: postcat shows the file in maildrop", async () => {
      const folder = machine.path("var/mailsrv/queue/maildrop");
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), [id]);
      const { stdout } = await machine.type(`postcat ${id}`, { folder });
      const records = stdout.split("\n").filter((line) =>
        /^\*|^named_attribute|^sender|^recipient|^message_arr/.test(line)
      );
      assertMatch(records[0]!, new RegExp(`^\\*\\*\\* ENVELOPE RECORDS ${id} \\*\\*\\*$`));
      for (const [index, line] of ["MESSAGE CONTENTS", "HEADER EXTRACTED", "MESSAGE FILE END"].entries()) {
        assertEquals(records.filter((one) => one.startsWith("***"))[index + 1], `*** ${line} ${id} ***`);
      }
      assertMatch(stdout, /^message_arrival_time: \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/m);
      assertMatch(stdout, /^named_attribute: rewrite_context=local$/m);
      assertMatch(stdout, /^sender: \S+$/m);
      assertMatch(stdout, /^recipient: root/m);
      assertMatch(stdout, /^Subject: test queue$/m);
      assertMatch(stdout, /^test$/m);
    });

    await step("2.5.3: and is delivered when the server is up again", async () => {
      await machine.start();
      await machine.drained();
      assertStringIncludes(await machine.mailbox("root"), "\nSubject: test queue\n");
    });
  } finally {
    await machine.dispose();
  }
});
