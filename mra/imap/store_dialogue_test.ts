import { assert, assertEquals } from "@std/assert";

import { MaildirWorld } from "../../store/maildir/maildir_fixture.ts";

import { Client } from "./testing/client.ts";
import { serveAccount } from "./testing/real_store.ts";

const message =
  "From: a@x.test\r\nSubject: =?utf-8?B?YmzDpWLDpnI=?=\r\nContent-Type: text/plain; charset=utf-8\r\n" +
  "Content-Transfer-Encoding: base64\r\n\r\nYmzDpWLDpnIK\r\n";

async function withStore(
  run: (connect: (name?: string) => Promise<Client>, world: MaildirWorld) => Promise<void>,
) {
  const world = await MaildirWorld.simulated();
  const backend = serveAccount(world.open());
  const clients: Client[] = [];
  await run(async (name) => {
    const client = await Client.loggedIn(backend, name);
    clients.push(client);
    return client;
  }, world);
  for (const client of clients) await client.end();
  await world.close();
}

/** `UIDVALIDITY` and the like as `N`. */
const anyNumber = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/(UIDVALIDITY|APPENDUID|COPYUID) \d+/, "$1 N"));

Deno.test("a maildir is read and changed by two sessions (RFC 3501 §6.4)", async () => {
  await withStore(async (connect) => {
    const actor = await connect("INBOX");
    const watcher = await connect("INBOX");
    assertEquals(
      anyNumber(await actor.run(`APPEND INBOX (\\Seen $K) {${message.length}+}\r\n${message}`)).at(-1),
      "T OK [APPENDUID N 1] Append completed.",
    );
    assertEquals((await watcher.run("NOOP")).slice(-3), ["* 1 EXISTS", "* 0 RECENT", "T OK NOOP completed."]);
    assertEquals(
      await watcher.send("a FETCH 1 (FLAGS RFC822.SIZE BODY.PEEK[])\r\n"),
      `* 1 FETCH (FLAGS (\\Seen $K) RFC822.SIZE ${message.length} BODY[] {${message.length}}\r\n${message})\r\na OK Fetch completed.\r\n`,
    );
    await actor.run("CREATE Archive/2026");
    assertEquals(anyNumber(await actor.run("COPY 1 Archive/2026")), ["T OK [COPYUID N 1 1] Copy completed."]);
    assertEquals((await actor.run("STORE 1 FLAGS (\\Deleted)"))[0], "* 1 FETCH (FLAGS (\\Deleted \\Recent))");
    assertEquals(await watcher.run("NOOP"), ["* 1 FETCH (FLAGS (\\Deleted))", "T OK NOOP completed."]);
    assertEquals(await actor.run("EXPUNGE"), ["* 1 EXPUNGE", "T OK Expunge completed."]);
    assertEquals(await watcher.run("FETCH 1 BODY[]"), [
      "T NO [EXPUNGEISSUED] Some of the requested messages no longer exist",
    ]);
    assertEquals(await watcher.run("NOOP"), ["* 1 EXPUNGE", "T OK NOOP completed."]);
    const names = (await watcher.run('LIST "" *')).filter((line) => line.startsWith("* LIST"));
    assertEquals(names.map((line) => line.split('"/" ')[1]), ["INBOX", "Archive", "Archive/2026"]);
  });
});

Deno.test("SEARCH finds encoded words and encoded bodies (RFC 3501 §6.4.4, R64)", async () => {
  await withStore(async (connect) => {
    const client = await connect("INBOX");
    await client.run(`APPEND INBOX {${message.length}+}\r\n${message}`);
    await client.run("APPEND INBOX {16+}\r\nSubject: other\r\n");
    for (const key of ["SUBJECT", "BODY", "TEXT"]) {
      assertEquals(
        (await client.run(`SEARCH CHARSET UTF-8 ${key} {8+}\r\nbl\xc3\xa5b\xc3\xa6r`))[0],
        "* SEARCH 1",
        key,
      );
    }
    assertEquals((await client.run("SEARCH LARGER 50 NOT SEEN 1:* UID 1"))[0], "* SEARCH 1");
  });
});

Deno.test("any new mailbox has UIDVALIDITY and UIDNEXT of at least 1 (RFC 3501 §9 nz-number, R61)", async () => {
  await withStore(async (connect) => {
    const client = await connect();
    await client.run("CREATE new");
    const [line] = await client.run("STATUS new (UIDVALIDITY UIDNEXT MESSAGES)");
    assert(/UIDVALIDITY [1-9]\d* UIDNEXT 1 MESSAGES 0/.test(line!), line);
  });
});

Deno.test("INBOX and its neighbours as the maildir has them (RFC 3501 §6.3, R39, R40, R41)", async () => {
  await withStore(async (connect) => {
    const client = await connect();
    for (const name of ['"X&-Y"', "foo", "foo/bar", "zoo"]) {
      assertEquals(await client.run(`CREATE ${name}`), ["T OK Create completed."], name);
    }
    assertEquals((await client.run("DELETE inbox"))[0]!.slice(0, 4), "T NO");
    assertEquals((await client.run("RENAME zoo inbox"))[0]!.slice(0, 4), "T NO");
    assertEquals(await client.run("DELETE foo"), ["T OK Delete completed."]);
    const listed = await client.run('LIST "" %');
    assert(listed.includes('* LIST (\\HasNoChildren) "/" X&-Y'), listed.join("\n"));
    assert(listed.includes('* LIST (\\Noselect \\HasChildren) "/" foo'), listed.join("\n"));
    assertEquals((await client.run("DELETE foo"))[0]!.slice(0, 4), "T NO");
    assertEquals((await client.run("SELECT foo/bar")).at(-1), "T OK [READ-WRITE] Select completed.");
    assertEquals((await client.run("CREATE foo/bar"))[0], "T NO [ALREADYEXISTS] Mailbox already exists");
  });
});

Deno.test("mail that another program delivers shows with the next command", async () => {
  await withStore(async (connect, world) => {
    const client = await connect("INBOX");
    await world.deliver("INBOX", "Subject: x\n\nbody\n");
    assertEquals(await client.run("NOOP"), ["* 1 EXISTS", "* 1 RECENT", "T OK NOOP completed."]);
    assertEquals((await client.run("FETCH 1 RFC822.SIZE"))[0], "* 1 FETCH (RFC822.SIZE 20)");
  });
});

Deno.test("MOVE leaves nothing behind and is told on both sides (RFC 6851)", async () => {
  await withStore(async (connect) => {
    const actor = await connect("INBOX");
    await actor.run("CREATE box");
    for (let count = 0; count < 3; count++) await actor.run("APPEND INBOX {16+}\r\nSubject: other\r\n");
    const watcher = await connect("box");
    const lines = anyNumber(await actor.run("MOVE 1:2 box"));
    assertEquals(lines, [
      "* OK [COPYUID N 1:2 1:2] Moved UIDs.",
      "* 2 EXPUNGE",
      "* 1 EXPUNGE",
      "T OK Move completed.",
    ]);
    assertEquals((await watcher.run("NOOP"))[0], "* 2 EXISTS");
    assertEquals((await actor.run("FETCH 1:* UID"))[0], "* 1 FETCH (UID 3)");
    assertEquals((await actor.run("UID MOVE 3 nobox"))[0], "T NO [TRYCREATE] Mailbox doesn't exist: nobox");
  });
});
