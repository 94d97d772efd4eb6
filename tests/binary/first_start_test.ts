/**
 * A person's first hour with the program, from an empty folder: against the source, or against the executable that
 * `MAILSRV_BIN` names.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

import { LineClient } from "../server/line_client.ts";
import { hasProgram, isBinary, Mailsrv, runProgram, until } from "../server/mailsrv.ts";

/** All texts that POP3 has for a user. */
async function readPop3(server: Mailsrv, user: string, password: string): Promise<readonly string[]> {
  const client = await LineClient.connectTls(server.port("pop3s"), await Deno.readTextFile(server.ca));
  assertMatch(await client.line(), /^\+OK .* ready\.$/);
  await client.pop3(`USER ${user}`);
  await client.pop3(`PASS ${password}`);
  const count = Number((await client.pop3("STAT")).split(" ")[1]);
  const texts: string[] = [];
  for (let number = 1; number <= count; number++) {
    await client.pop3(`RETR ${number}`);
    texts.push((await client.linesUntil(/^\.$/)).slice(0, -1).join("\n"));
  }
  await client.pop3("QUIT");
  client.close();
  return texts;
}

async function arrives(server: Mailsrv, user: string, password: string, words: string): Promise<string> {
  let found: string | undefined;
  await until(async () => {
    found = (await readPop3(server, user, password)).find((text) => text.includes(words));
    return found !== undefined;
  }, `mail with "${words}" is there for ${user}`);
  return found!;
}

async function checkCommands(server: Mailsrv): Promise<void> {
  assertMatch(await server.mustRun(["version"]), /^mailsrv \d+\.\d+\.\d+ /);
  assertStringIncludes(await server.mustRun(["help"]), "queue list");
  assertStringIncludes(await server.mustRun(["help", "user", "add"]), "NAME");
  const mistyped = await server.run(["quue", "list"]);
  assertEquals(mistyped.code, 64);
  assertStringIncludes(mistyped.stderr, "queue");
}

async function checkFiles(server: Mailsrv): Promise<void> {
  for (const name of ["mailsrv.toml", "ca.pem", "cert.pem", "key.pem", "users", "aliases"]) {
    assert((await Deno.stat(join(server.data, name))).isFile, name);
  }
  for (const secret of ["key.pem", "users"]) {
    assertEquals(
      (await Deno.stat(join(server.data, secret))).mode! & 0o007,
      0,
      `${secret} is readable by everybody`,
    );
  }
  assert(!(await Deno.readTextFile(join(server.data, "users"))).includes(server.password));
  assertStringIncludes(await server.mustRun(["status"]), "is running");
}

async function checkAccounts(server: Mailsrv): Promise<void> {
  await server.mustRun(["user", "add", "bob"], "bob's secret\n");
  assertEquals(
    (await server.mustRun(["user", "list"])).split("\n").filter((line) => line === "bob").length,
    1,
  );
  assert((await server.run(["user", "add", "bob"], { input: "x\n" })).code !== 0);
  assertEquals(await readPop3(server, "bob", "bob's secret"), []);
}

async function checkSending(server: Mailsrv): Promise<void> {
  await server.mustRun(["send", "bob@localhost"], "Subject: by command\n\n.dot\nfrom a script\n");
  const text = await arrives(server, "bob", "bob's secret", "Subject: by command");
  assertStringIncludes(text, "\n..dot\nfrom a script");
  assertMatch(await server.mustRun(["queue", "list"]), /empty/i);
}

/** Without a login a stranger reaches local people and nobody else. */
async function checkSmtp(server: Mailsrv): Promise<void> {
  const client = await LineClient.connect(server.port("smtp"));
  assertMatch((await client.smtp(undefined))[0]!, /^220 /);
  const ehlo = await client.smtp("EHLO client.test");
  for (const word of ["PIPELINING", "STARTTLS", "8BITMIME"]) {
    assert(ehlo.some((line) => line.slice(4).startsWith(word)), `${word} is not offered in ${ehlo}`);
  }
  assertMatch((await client.smtp("MAIL FROM:<a@remote.test>"))[0]!, /^250 /);
  assertMatch((await client.smtp("RCPT TO:<x@elsewhere.test>"))[0]!, /^[45]5\d /);
  assertMatch((await client.smtp("RCPT TO:<nobody-here@localhost>"))[0]!, /^550 5\.1\.1 /);
  assertMatch((await client.smtp("RCPT TO:<bob@localhost>"))[0]!, /^250 /);
  assertMatch((await client.smtp("DATA"))[0]!, /^354 /);
  await client.send("Subject: from outside\r\n\r\n..\r\nend\r\n.\r\n");
  assertMatch((await client.smtp(undefined))[0]!, /^250 2\.0\.0 Ok: queued as /);
  assertMatch((await client.smtp("STARTTLS"))[0]!, /^220 /);
  await client.startTls(await Deno.readTextFile(server.ca));
  assert(!(await client.smtp("EHLO client.test")).some((line) => line.includes("STARTTLS")));
  assertMatch((await client.smtp("QUIT"))[0]!, /^221 /);
  client.close();
  const text = await arrives(server, "bob", "bob's secret", "Subject: from outside");
  assertStringIncludes(text, "Return-Path: <a@remote.test>");
  assertStringIncludes(text, "\n..\nend");
}

async function checkSubmission(server: Mailsrv): Promise<void> {
  const client = await LineClient.connect(server.port("submission"));
  await client.smtp(undefined);
  await client.smtp("EHLO client.test");
  await client.smtp("STARTTLS");
  await client.startTls(await Deno.readTextFile(server.ca));
  await client.smtp("EHLO client.test");
  assertMatch((await client.smtp("MAIL FROM:<bob@localhost>"))[0]!, /^(?:250|530|55\d) /);
  await client.smtp("RSET");
  const plain = (password: string) => btoa(`\0${server.user}\0${password}`);
  assertMatch((await client.smtp(`AUTH PLAIN ${plain("wrong")}`))[0]!, /^535 /);
  assertMatch((await client.smtp(`AUTH PLAIN ${plain(server.password)}`))[0]!, /^235 /);
  await client.smtp(`MAIL FROM:<${server.user}@localhost>`);
  assertMatch((await client.smtp("RCPT TO:<bob@localhost>"))[0]!, /^250 /);
  await client.smtp("DATA");
  await client.send("Subject: with a login\r\n\r\nx\r\n.\r\n");
  assertMatch((await client.smtp(undefined))[0]!, /^250 /);
  await client.smtp("QUIT");
  client.close();
  await arrives(server, "bob", "bob's secret", "Subject: with a login");
}

async function checkImap(server: Mailsrv): Promise<void> {
  const client = await LineClient.connect(server.port("imap"));
  assertMatch(await client.line(), /^\* OK /);
  await client.imap("STARTTLS");
  await client.startTls(await Deno.readTextFile(server.ca));
  await client.imap(`LOGIN bob "bob's secret"`);
  const select = await client.imap("SELECT INBOX");
  assert(select.some((line) => /^\* [3-9] EXISTS$/.test(line)), select.join("\n"));
  const fetched = await client.imap("FETCH 1:* (FLAGS ENVELOPE RFC822.SIZE)");
  assert(fetched.some((line) => line.includes('"from outside"')), fetched.join("\n"));
  await client.imap("LOGOUT");
  client.close();
}

async function checkTables(server: Mailsrv): Promise<void> {
  const table = join(server.data, "access");
  await Deno.writeTextFile(table, "# comment\nspam.test REJECT no\n192.0.2 OK\n");
  await server.mustRun(["map", "build", `hash:${table}`]);
  assertEquals((await server.mustRun(["map", "query", "spam.test", `hash:${table}`])).trim(), "REJECT no");
  assertEquals((await server.run(["map", "query", "other.test", `hash:${table}`])).code, 1);
  const aliases = join(server.data, "aliases");
  await Deno.writeTextFile(aliases, `${await Deno.readTextFile(aliases)}dream: bob\n`);
  await server.mustRun(["alias", "build"]);
  await server.mustRun(["send", "dream@localhost"], "Subject: by alias\n\nx\n");
  await arrives(server, "bob", "bob's secret", "Subject: by alias");
}

async function greetingOf(server: Mailsrv): Promise<string> {
  const client = await LineClient.connect(server.port("pop3"));
  const greeting = await client.line();
  client.close();
  return greeting;
}

async function checkReload(server: Mailsrv): Promise<void> {
  const file = join(server.data, "mailsrv.toml");
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, `${text}\nlogin_greeting = "changed by hand."\n`);
  server.signal("SIGHUP");
  await until(
    async () => await greetingOf(server) === "+OK changed by hand.",
    "SIGHUP reads the settings again",
  );
  await Deno.writeTextFile(file, `${text}\nlogin_greting = "mistyped"\n`);
  const refused = await server.run(["reload"]);
  assertEquals(refused.code, 78);
  assertStringIncludes(refused.stderr, "login_greeting");
  assertEquals(await greetingOf(server), "+OK changed by hand.");
  await Deno.writeTextFile(file, text);
  await server.mustRun(["reload"]);
  await until(async () => await greetingOf(server) !== "+OK changed by hand.", "the old settings are back");
}

/** Programs that people have at hand; those that are missing here are left out. */
async function checkPrograms(server: Mailsrv): Promise<void> {
  if (await hasProgram("curl")) {
    const curl = (...args: readonly string[]) =>
      runProgram("curl", ["-sS", "--cacert", server.ca, "--user", "bob:bob's secret", ...args]);
    const pop3 = await curl(`pop3s://localhost:${server.port("pop3s")}/1`);
    assertStringIncludes(pop3.stdout, "Subject: ", pop3.stderr);
    const stls = await curl("--ssl-reqd", `pop3://localhost:${server.port("pop3")}/`);
    assertStringIncludes(stls.stdout, "1 ", stls.stderr);
    const imap = await curl(`imaps://localhost:${server.port("imaps")}/INBOX;MAILINDEX=1`);
    assertStringIncludes(imap.stdout, "Subject: ", imap.stderr);
  }
  if (await hasProgram("openssl")) {
    for (const protocol of ["smtp", "pop3", "imap"] as const) {
      const connect = `localhost:${server.port(protocol)}`;
      const args = ["s_client", "-starttls", protocol, "-connect", connect, "-CAfile", server.ca];
      const { stdout, stderr } = await runProgram("openssl", [...args, "-verify_return_error", "-brief"], {
        input: "",
      });
      assertStringIncludes(stdout + stderr, "CONNECTION ESTABLISHED", protocol);
      assertStringIncludes(stdout + stderr, "Verification: OK", protocol);
    }
  }
}

/** Links of the classic names work on the executable alone: from source the program's name is the runtime's. */
async function checkLinks(server: Mailsrv): Promise<void> {
  if (!isBinary) return;
  const link = async (name: string, args: readonly string[], input?: string) => {
    const path = join(server.folder, name);
    await Deno.symlink(Deno.env.get("MAILSRV_BIN")!, path).catch(() => {});
    const result = await runProgram(path, args, { cwd: server.folder, input });
    return { ...result, all: result.stdout + result.stderr };
  };
  assertMatch((await link("mailq", [])).stdout, /empty/i);
  const sent = await link("sendmail", ["-i", "bob@localhost"], "Subject: by link\n\nx\n");
  assertEquals(sent.code, 0, sent.all);
  await arrives(server, "bob", "bob's secret", "Subject: by link");
  assertEquals((await link("newaliases", [])).code, 0);
  const query = await link("postmap", ["-q", "spam.test", `hash:${join(server.data, "access")}`]);
  assertEquals(query.stdout.trim(), "REJECT no", query.all);
  assertStringIncludes((await link("postconf", ["mydestination"])).stdout, "mydestination = ");
}

async function checkRestart(server: Mailsrv): Promise<void> {
  const before = (await readPop3(server, "bob", "bob's secret")).length;
  await server.mustRun(["stop"]);
  assertEquals(await server.stop(), 0);
  await server.mustRun(["send", "bob@localhost"], "Subject: while it was down\n\nx\n");
  assertMatch(await server.mustRun(["queue", "list"]), /bob@localhost/);
  assertEquals((await server.run(["status"])).code, 69);
  await server.start();
  assert(!server.log.includes(server.password), "the password is shown at the first start only");
  await arrives(server, "bob", "bob's secret", "Subject: while it was down");
  assertEquals((await readPop3(server, "bob", "bob's secret")).length, before + 1);
}

async function checkSecondServer(server: Mailsrv): Promise<void> {
  const { code, stdout, stderr } = await server.run(["serve"]);
  assert(code !== 0, stdout + stderr);
  assertStringIncludes(stdout + stderr, "already");
}

Deno.test("a first hour with mailsrv, from an empty folder", async (test) => {
  const server = await Mailsrv.create();
  const step = async (name: string, run: (server: Mailsrv) => Promise<void>) => {
    await test.step(name, async () => {
      try {
        await run(server);
      } catch (thrown) {
        console.error(server.log.split("\n").slice(-20).join("\n"));
        throw thrown;
      }
    });
  };
  try {
    assert(server.password.length >= 8, server.log);
    await step("version, help, and a mistyped command", checkCommands);
    await step("the files of a first start", checkFiles);
    await step("accounts", checkAccounts);
    await step("mailsrv send", checkSending);
    await step("mail from outside, STARTTLS, no open relay", checkSmtp);
    await step("submission with a login", checkSubmission);
    await step("IMAP", checkImap);
    await step("tables and aliases", checkTables);
    await step("settings read again", checkReload);
    await step("curl and openssl", checkPrograms);
    await step("links of the classic names", checkLinks);
    await step("a second server in the same place", checkSecondServer);
    await step("stop and start again", checkRestart);
    await test.step("SIGTERM", async () => assertEquals(await server.stop("SIGTERM"), 0));
  } finally {
    await server.dispose();
  }
});
