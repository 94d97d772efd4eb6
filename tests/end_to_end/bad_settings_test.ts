/** Settings, certificates, tables and user files with mistakes: told with file and line, at the start and while it runs. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { until } from "../server/mailsrv.ts";

import { imap, ok, openImap } from "./imap.ts";
import { done, pop3 } from "./pop3.ts";
import { ask, dialogue, expectReply, openSmtp, sendText } from "./smtp.ts";
import { Watchers } from "./watchers.ts";
import { World, worldTest } from "./world.ts";

/** Lines of settings, and what is told of them after the name of the file. */
const mistakes: readonly (readonly [settings: string, told: RegExp])[] = [
  [`mesage_size_limit = 1`, /unknown setting "mesage_size_limit" \(did you mean "message_size_limit"\?\)$/m],
  [`[smpt]\nsmtpd_timeout = "5s"`, /unknown section \[smpt\] \(did you mean "smtp"\?\)$/m],
  [`hopcount_limit = "many"`, /hopcount_limit: expected a whole number, not "many"$/m],
  [`smtpd_timeout = "soon"`, /smtpd_timeout: expected a time /],
  [`listen_smtp = ["127.0.0.1:99999"]`, /listen_smtp: expected address:port /],
  [`mynetworks = ["300.1.2.3/8"]`, /mynetworks: .*300\.1\.2\.3\/8/],
  [`mail_location = "maildirr:~/x"`, /mail_location: expected maildir:PATH or mbox:PATH/],
  [`smtpd_banner = "$nosuch"`, /smtpd_banner: unknown setting "\$nosuch"/],
  [`smtpd_banner = "x`, /not TOML: /],
  [`listen_smtp = ["127.0.0.1:0",`, /not TOML: "\[" is not closed by "\]"$/m],
  [`smtpd_timeout = "5s"\nsmtpd_timeout = "6s"`, /"smtpd_timeout" is already set in line \d+$/m],
  [`passwd_file = "nofile"`, /passwd_file: there is no file /],
  [`alias_maps = ["hsh:aliases"]`, /alias_maps: unknown table type "hsh" \(did you mean "hash"\?\)/],
  [`alias_maps = ["hash:nofile"]`, /alias_maps: there is no file /],
  [`smtpd_tls_cert_file = "nofile.pem"`, /smtpd_tls_cert_file: there is no file /],
  [`smtpd_tls_cert_file = "users"`, /smtpd_tls_cert_file: \S+ holds no PEM certificate$/m],
  [`smtpd_tls_cert_file = "junk.pem"`, /smtpd_tls_cert_file: \S+junk\.pem cannot be used: /],
  [
    `mynetworks = ["0.0.0.0/0"]`,
    /open relay: a stranger .* may send from <.*> to <.*> through smtp: .*allow_open_relay must name it: "0\.0\.0\.0\/0"$/m,
  ],
  [
    `smtpd_relay_restrictions = "check_helo_access inline:{{trusted.test=OK}}, reject_unauth_destination"`,
    /open relay: a stranger /,
  ],
  [
    `smtpd_tls_key_file = "other.pem"`,
    /smtpd_tls_key_file: \S+other\.pem does not belong to the certificate$/m,
  ],
];

async function writeJunk(world: World): Promise<void> {
  const other = await World.prepare();
  await world.write("other.pem", await Deno.readTextFile(other.path("key.pem")));
  await other.dispose();
  await world.write("junk.pem", `-----BEGIN CERTIFICATE-----\n${btoa("junk")}\n-----END CERTIFICATE-----\n`);
}

/** Runs `serve`, which must end by itself. */
async function serveFails(world: World): Promise<{ readonly code: number; readonly told: string }> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(async () => {
      await world.server.run(["stop"]);
      reject(new Error("serve does not end"));
    }, 20_000);
  });
  try {
    const { code, stdout, stderr } = await Promise.race([world.server.run(["serve"]), late]);
    assertEquals(stdout, "");
    return { code, told: stderr };
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("serve tells what keeps it from starting, and starts nothing", async (test) => {
  const world = await World.prepare();
  try {
    await writeJunk(world);
    const file = `mailsrv: ${world.path("mailsrv.toml")}, line `;
    for (const [settings, expected] of mistakes) {
      await test.step(settings, async () => {
        await world.configure(settings);
        const lines = (await Deno.readTextFile(world.path("mailsrv.toml"))).split("\n");
        const { code, told } = await serveFails(world);
        assertMatch(told, expected);
        assert(told.startsWith(file), told);
        const line = Number(/line (\d+)/.exec(told)![1]);
        assert(settings.includes(lines[line - 1]!), `line ${line} is ${lines[line - 1]}`);
        assertEquals([code, told.trimEnd().split("\n").length], [78, 1]);
      });
    }
    await test.step("two mistakes are told at once", async () => {
      await world.configure("first_mistake = 1\nsecond_mistake = 2");
      const { told } = await serveFails(world);
      assertMatch(told, /"first_mistake"[^]*"second_mistake"/);
    });
    await test.step("a file that is no text", async () => {
      await Deno.writeFile(world.path("mailsrv.toml"), Uint8Array.of(0x23, 0x0a, 0xff, 0x0a));
      assertStringIncludes((await serveFails(world)).told, `${file}2: the settings file is not UTF-8 text`);
    });
    await test.step("a directory where the file should be", async () => {
      await Deno.remove(world.path("mailsrv.toml"));
      await Deno.mkdir(world.path("mailsrv.toml"));
      const { code, told } = await serveFails(world);
      assertEquals(code, 78);
      assertMatch(told, /mailsrv\.toml: cannot read the settings file: Is a directory/);
      await Deno.remove(world.path("mailsrv.toml"));
    });
    await test.step("a port that somebody else has", async () => {
      using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      await world.configure(`listen_imap = ["127.0.0.1:${taken.addr.port}"]`);
      const { code, told } = await serveFails(world);
      assertEquals(code, 75);
      assertMatch(
        told,
        new RegExp(`^mailsrv: cannot listen on 127\\.0\\.0\\.1 port ${taken.addr.port}: .*in use`),
      );
    });
    await test.step("and nothing of it has made a queue or a socket that stays", async () => {
      await world.configure("");
      await world.start();
      assertEquals(await world.server.queued(), 0);
    });
  } finally {
    await world.dispose();
  }
});

worldTest("a running server keeps its settings when new ones have mistakes", {}, async (world, step) => {
  await writeJunk(world);
  const watchers = await Watchers.open(world);
  const greeting = async () => {
    using peer = await world.connect("pop3");
    return await peer.line();
  };

  for (const [settings, told] of mistakes) {
    await step(settings, async () => {
      await world.configure(`login_greeting = "never said"\n${settings}`);
      const { code, stderr } = await world.server.run(["reload"]);
      assertEquals(code, 78, stderr);
      assertMatch(stderr, told);
      assertStringIncludes(stderr, `${world.path("mailsrv.toml")}, line `);
      assertEquals(await greeting(), "+OK mailsrv ready.");
    });
  }

  await step("SIGHUP tells it in the log", async () => {
    await world.configure("login_greeting = 5");
    world.server.log = "";
    world.server.signal("SIGHUP");
    await world.logged(/error: \S+mailsrv\.toml, line \d+: login_greeting: expected text in quotes, not 5\n/);
    await world.logged(/error: settings not reloaded: those in force stay\n/);
  });

  await step("sessions have gone on, and good settings are taken", async () => {
    await watchers.check();
    await world.configure(`login_greeting = "now said"`);
    await world.server.mustRun(["reload"]);
    assertEquals(await greeting(), "+OK now said");
    await watchers.check();
    await watchers.close();
  });
});

worldTest("tables and users with mistakes, while it runs", {
  aliases: "list: u1\n",
}, async (world, step) => {
  /** Mail for `list` is put off at RCPT with this in the log, and taken after `repair`. */
  const putOff = async (logged: RegExp, subject: string, repair: () => Promise<void>) => {
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, [
      ["MAIL FROM:<a@remote.test>", "250 "],
      ["RCPT TO:<list@ref.test>", /^451 4\.3\.\d /],
      ["RSET", "250 "],
    ]);
    await world.logged(logged);
    await repair();
    expectReply(
      await sendText(peer, `Subject: ${subject}\r\n\r\nx\r\n`, { to: ["list@ref.test"] }),
      "250 ",
      ".",
    );
    await world.arrived("u1", `Subject: ${subject}`);
  };

  for (
    const [name, octets] of [
      ["of junk", "junk"],
      ["that is empty", ""],
      ["of zeros", "\0".repeat(4096)],
      ["of ones", "\x7f".repeat(4096)],
    ] as const
  ) {
    await step(`a database ${name} refuses for now, with its name in the log`, async () => {
      await world.write("aliases.cdb", octets);
      await putOff(/aliases\.cdb/, `a database ${name}`, () => world.setAliases("list: u1\n"));
    });
  }

  await step("a database that is missing", async () => {
    await Deno.remove(world.path("aliases.cdb"));
    await putOff(/aliases\.cdb/, "a database that was missing", () => world.setAliases("list: u1\n"));
  });

  await step("a source with mistakes: their lines are told, the others are good", async () => {
    await world.write("aliases", "list: u1\nno pair\n: none\nmore: u2\nlist: u2\n");
    const { code, stderr } = await world.server.run(["alias", "build"]);
    assertEquals(code, 0, stderr);
    for (const line of [2, 3, 5]) assertMatch(stderr, new RegExp(`aliases, line ${line}: `));
    using peer = await openSmtp(world, "smtp");
    expectReply(
      await sendText(peer, "Subject: of the good\r\n\r\nx\r\n", { to: ["more@ref.test"] }),
      "250 ",
      ".",
    );
    await world.arrived("u2", "Subject: of the good");
  });

  await step("a users file with lines that cannot be read: named in the log, the others log in", async () => {
    await world.write("users", "u1:{PLAIN}pw1\nnonsense\nu2:{NOPE}x\nu1:{PLAIN}other\n:{PLAIN}x\n");
    world.server.log = "";
    await openImap(world, "u1", "pw1");
    for (const line of [2, 4, 5]) await world.logged(new RegExp(`users, line ${line}: `));
    using peer = await world.connect("imap");
    await peer.line();
    assertMatch(
      (await imap(peer, "LOGIN u2 x")).tagged,
      /^NO \[(?:AUTHENTICATIONFAILED|UNAVAILABLE|CONTACTADMIN)\] /,
    );
  });

  await step("a users file that is missing: nobody is refused for good", async () => {
    await Deno.remove(world.path("users"));
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, [
      ["MAIL FROM:<a@remote.test>", "250 "],
      ["RCPT TO:<u1@ref.test>", /^451 4\.3\.\d /],
      ["RSET", "250 "],
    ]);
    using submission = await openSmtp(world, "submission");
    expectReply(await ask(submission, `AUTH PLAIN ${btoa("\0u1\0pw1")}`), "454 4.7.0 ", "AUTH");
    using reader = await world.connect("imap");
    await reader.line();
    assertMatch((await imap(reader, "LOGIN u1 pw1")).tagged, /^NO \[UNAVAILABLE\] /);
    using other = await world.connect("pop3");
    await other.line();
    await done(other, "USER u1");
    assertMatch(await pop3(other, "PASS pw1"), /^-ERR \[SYS\/TEMP\] /);
    assertMatch(world.server.log, /\busers\b.*No such file/);
    await world.write("users", "u1:{PLAIN}pw1\nu2:{PLAIN}pw2\n");
    await ok(reader, "LOGIN u1 pw1");
    expectReply(await sendText(peer, "Subject: with users\r\n\r\nx\r\n"), "250 ", ".");
    await world.arrived("u1", "Subject: with users");
  });

  await step("mail that was taken waits for its table", async () => {
    await world.setAliases("list: u1\nother: list\n");
    await world.server.stop();
    await world.server.mustRun(["send", "other@ref.test"], "Subject: before the damage\n\nx\n");
    await world.write("aliases.cdb", "junk");
    await world.start();
    await until(
      async () =>
        /"deferred".*4\.3\.0|"deferred".*alias/.test(
          (await world.server.run(["queue", "list", "-j"])).stdout,
        ),
      "the message is deferred",
    );
    await world.setAliases("list: u1\nother: list\n");
    await world.server.mustRun(["queue", "flush"]);
    await world.arrived("u1", "Subject: before the damage");
  });
});
