/** Mail that a running server hands on by LMTP: to another mailsrv under a transport's own name, and to Dovecot's socket. */

import { assertEquals, assertMatch } from "@std/assert";

import { hasProgram, until } from "../server/mailsrv.ts";
import { ask, expectReply, openSmtp, sendText } from "./smtp.ts";
import { World } from "./world.ts";

async function send(world: World, to: readonly string[]): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  const reply = await sendText(peer, "Subject: one\r\n\r\n..body\r\n", { from: "u1@ref.test", to: [...to] });
  expectReply(reply, "250 ", ".");
  await ask(peer, "QUIT");
  await world.server.drained();
}

async function mailIn(directory: string): Promise<readonly string[]> {
  const names = await Array.fromAsync(Deno.readDir(directory)).catch(() => []);
  return await Promise.all(names.map(({ name }) => Deno.readTextFile(`${directory}/${name}`)));
}

Deno.test("a transport of its own name sends by LMTP, with settings of its own (master(5), RFC 2033)", async () => {
  const store = await World.start({ users: ["box"], settings: `mydestination = "ref2.test"\n` });
  const world = await World.start({
    settings: `relay_domains = "ref2.test"
transport_maps = "inline:{{ref2.test = store:inet:[127.0.0.1]:${store.port("lmtp")}}}"
[transport.store]
kind = "lmtp"
lmtp_lhlo_name = "store-client.test"
`,
  });
  try {
    await send(world, ["box@ref2.test", "none@ref2.test"]);
    const relay = "relay=127\\.0\\.0\\.1\\[127\\.0\\.0\\.1\\]:\\d+, .*";
    assertMatch(
      world.server.log,
      new RegExp(
        `postfix/lmtp\\[.*to=<box@ref2\\.test>, ${relay}dsn=2\\.0\\.0, status=sent \\(250 2\\.0\\.0 `,
      ),
    );
    assertMatch(
      world.server.log,
      new RegExp(`to=<none@ref2\\.test>, ${relay}dsn=5\\.1\\.1, status=bounced `),
    );
    const [text] = await mailIn(store.path("mail", "box", "Maildir", "new"));
    assertMatch(text ?? store.server.log, /^Received: from store-client\.test .*with LMTP/ms);
  } finally {
    await world.dispose();
    await store.dispose();
  }
});

Deno.test("mailbox_transport gives mail to Dovecot by its socket; each recipient has a reply (RFC 2033 §4.2)", async () => {
  if (Deno.uid() !== 0 || !await hasProgram("dovecot")) return;
  const directory = await Deno.makeTempDir({ prefix: "mailsrv-dovecot-" });
  await Deno.chmod(directory, 0o755);
  await Deno.mkdir(`${directory}/mail`);
  await Deno.chmod(`${directory}/mail`, 0o1777);
  await Deno.writeTextFile(
    `${directory}/users`,
    `u1:::::/${directory}/mail/u1\nu2:::::/${directory}/mail/u2\n`,
  );
  await Deno.writeTextFile(`${directory}/dovecot.conf`, dovecotSettings(directory));
  const dovecot = new Deno.Command("dovecot", {
    args: ["-F", "-c", `${directory}/dovecot.conf`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let world: World | undefined;
  try {
    world = await World.start({
      users: ["u3"],
      settings: `socket_directory = "${directory}"
mailbox_transport = "lmtp:unix:lmtp"
lmtp_destination_recipient_limit = 5
`,
    });
    await until(() => Deno.stat(`${directory}/lmtp`).then(() => true, () => false), "Dovecot listens");
    await send(world, ["u1@ref.test", "u2+box@ref.test", "u3@ref.test"]);
    const inbox = () => mailIn(`${directory}/mail/u1/new`);
    const first = (await inbox()).find((text) => text.startsWith("Return-Path: <u1@ref.test>\n"));
    assertMatch(first ?? world.server.log, /\nSubject: one\n(?:.*\n)*\n\.body\n$/);
    // The report about u3, whom Dovecot does not know, has come to u1 by Dovecot too.
    await until(async () => (await inbox()).length === 2, "the report is there");
    assertEquals((await mailIn(`${directory}/mail/u2/new`)).length, 1);
    assertMatch(
      world.server.log,
      /to=<u1@ref\.test>, relay=mx\.ref\.test\[\S*lmtp\], .*dsn=2\.0\.0, status=sent \(250 2\.0\.0 <u1@ref\.test> \S+ Saved\)/,
    );
    assertMatch(
      world.server.log,
      /to=<u3@ref\.test>, .*dsn=5\.1\.1, status=bounced \(host mx\.ref\.test\[\S*lmtp\] said: 550 5\.1\.1 .*\(in reply to RCPT TO command\)\)/,
    );
  } finally {
    await world?.dispose();
    dovecot.kill("SIGTERM");
    await dovecot.status;
    await Deno.remove(directory, { recursive: true });
  }
});

function dovecotSettings(directory: string): string {
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
protocols = lmtp
ssl = no
listen = 127.0.0.1
hostname = dovecot.test
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
first_valid_uid = 1
recipient_delimiter = +
auth_username_format = %n
mail_location = maildir:${directory}/mail/%n
passdb {
  driver = passwd-file
  args = username_format=%n ${directory}/users
}
userdb {
  driver = passwd-file
  args = username_format=%n ${directory}/users
  override_fields = uid=nobody gid=nogroup
}
service lmtp {
  unix_listener ${directory}/lmtp {
    mode = 0666
  }
}
`;
}
