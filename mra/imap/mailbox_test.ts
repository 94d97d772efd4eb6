import { assertEquals } from "@std/assert";

import { Client } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";

Deno.test("CREATE, LIST and mUTF-7: `X&-Y` is the folder X&Y (RFC 3501 §5.1.3, R39)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  assertEquals(await client.run('CREATE "X&-Y"'), ["T OK Create completed."]);
  assertEquals([...store.mailboxes.keys()], ["INBOX", "X&Y"]);
  assertEquals(await client.run('LIST "" *'), [
    '* LIST (\\HasNoChildren) "/" INBOX',
    '* LIST (\\HasNoChildren) "/" X&-Y',
    "T OK List completed.",
  ]);
  assertEquals(await client.run('CREATE "X&-Y"'), ["T NO [ALREADYEXISTS] Mailbox already exists"]);
  assertEquals(await client.run("CREATE X&Y"), ["T NO [CANNOT] Mailbox name is not valid mUTF-7"]);
  assertEquals(await client.run("CREATE later/"), ["T OK Create completed."]);
  assertEquals(store.mailboxes.has("later"), true);
});

Deno.test("INBOX cannot be deleted, created or renamed onto, and is listed once (RFC 3501 §6.3.4, §6.3.5, R40)", async () => {
  const client = await Client.loggedIn(new FakeStore());
  assertEquals(await client.run("DELETE inbox"), ["T NO [CANNOT] INBOX can't be deleted."]);
  assertEquals(await client.run("CREATE Inbox"), ["T NO [ALREADYEXISTS] Mailbox already exists"]);
  await client.run("CREATE zoo");
  assertEquals(await client.run("RENAME zoo inbox"), ["T NO [ALREADYEXISTS] Mailbox already exists"]);
  assertEquals(await client.run('LIST "" inbox'), [
    '* LIST (\\HasNoChildren) "/" INBOX',
    "T OK List completed.",
  ]);
});

Deno.test("a deleted parent stays as \\Noselect while it has children (RFC 3501 §6.3.4, R41)", async () => {
  const client = await Client.loggedIn(new FakeStore());
  await client.run("CREATE foo");
  await client.run("CREATE foo/bar");
  assertEquals(await client.run("DELETE foo"), ["T OK Delete completed."]);
  assertEquals((await client.run('LIST "" %'))[1], '* LIST (\\Noselect \\HasChildren) "/" foo');
  assertEquals((await client.run("SELECT foo/bar")).at(-1), "T OK [READ-WRITE] Select completed.");
  assertEquals(await client.run("DELETE foo"), ["T NO [NONEXISTENT] Mailbox doesn't exist: foo"]);
});

Deno.test("LIST gives INBOX as one string and the separator for an empty pattern (RFC 3501 §6.3.8, R58, R59)", async () => {
  const client = await Client.loggedIn(new FakeStore());
  assertEquals(await client.run('LIST "" INBOX'), [
    '* LIST (\\HasNoChildren) "/" INBOX',
    "T OK List completed.",
  ]);
  assertEquals(await client.run('LIST "" ""'), ['* LIST (\\Noselect) "/" ""', "T OK List completed."]);
  assertEquals(await client.run('LIST "x/" ""'), ['* LIST (\\Noselect) "/" ""', "T OK List completed."]);
  await client.run("CREATE a/b");
  assertEquals((await client.run("LIST a/ %"))[0], '* LIST (\\HasNoChildren) "/" a/b');
});

Deno.test("LIST-EXTENDED selects and returns what it is asked for (RFC 5258 §3, RFC 6154 §2, R56, R57)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  for (const name of ["Drafts", "Sent", "Work", "Work/2026"]) await client.run(`CREATE ${name}`);
  store.specialUses.set("Drafts", "\\Drafts").set("Sent", "\\Sent");
  store.subscribed.add("Drafts").add("Work/2026").add("Gone");
  const list = async (args: string) =>
    (await client.run(`LIST ${args}`)).slice(0, -1).map((line) => line.slice(7));
  assertEquals(await list('(SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)'), [
    '(\\Subscribed \\Drafts) "/" Drafts',
    '(\\Subscribed) "/" Work/2026',
    '(\\NonExistent \\Subscribed) "/" Gone',
  ]);
  assertEquals(await list('(SPECIAL-USE) "" "*"'), ['(\\Drafts) "/" Drafts', '(\\Sent) "/" Sent']);
  assertEquals(await list('(SUBSCRIBED RECURSIVEMATCH) "" %'), [
    '(\\Subscribed) "/" Drafts',
    '() "/" Work (CHILDINFO ("SUBSCRIBED"))',
    '(\\NonExistent \\Subscribed) "/" Gone',
  ]);
  assertEquals(await list('"" ("Drafts" Work) RETURN (SUBSCRIBED CHILDREN)'), [
    '(\\Subscribed \\HasNoChildren) "/" Drafts',
    '(\\HasChildren) "/" Work',
  ]);
  assertEquals(await list('() "" Sent RETURN ()'), ['() "/" Sent']);
  assertEquals((await client.run('LIST (RECURSIVEMATCH) "" *'))[0]!.startsWith("T BAD"), true);
  assertEquals((await client.run('LIST (FOO) "" *'))[0]!.startsWith("T BAD"), true);
});

Deno.test("LIST RETURN (STATUS ...) answers STATUS for what can be selected (RFC 5819 §2)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  await client.run("CREATE a/b");
  store.deliver("a/b", "S: 1\r\n\r\n");
  assertEquals(await client.run('LIST "" a* RETURN (STATUS (MESSAGES UNSEEN))'), [
    '* LIST (\\Noselect) "/" a',
    '* LIST () "/" a/b',
    "* STATUS a/b (MESSAGES 1 UNSEEN 1)",
    "T OK List completed.",
  ]);
});

Deno.test("LSUB lists names, with \\Noselect parents for % (RFC 3501 §6.3.9)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  await client.run("CREATE a/b/c");
  assertEquals(await client.run("SUBSCRIBE a/b/c"), ["T OK Subscribe completed."]);
  assertEquals(await client.run('LSUB "" *'), ['* LSUB () "/" a/b/c', "T OK Lsub completed."]);
  assertEquals(await client.run('LSUB "" %'), ['* LSUB (\\Noselect) "/" a', "T OK Lsub completed."]);
  assertEquals(await client.run("UNSUBSCRIBE a/b/c"), ["T OK Unsubscribe completed."]);
  assertEquals(await client.run('LSUB "" *'), ["T OK Lsub completed."]);
});

Deno.test("STATUS gives the items asked for, in their order (RFC 3501 §6.3.10, RFC 8438)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  store.deliver("INBOX", "S: 1\r\n\r\n");
  assertEquals(await client.run("STATUS inbox (UIDNEXT MESSAGES UNSEEN RECENT UIDVALIDITY SIZE)"), [
    "* STATUS INBOX (UIDNEXT 2 MESSAGES 1 UNSEEN 1 RECENT 1 UIDVALIDITY 1000 SIZE 8)",
    "T OK Status completed.",
  ]);
  await client.run("SELECT INBOX");
  assertEquals(
    (await client.run("STATUS INBOX (MESSAGES)")).at(-1),
    "T OK [CLIENTBUG] Status on selected mailbox completed.",
  );
  for (const args of ["INBOX", "INBOX ()", "INBOX (FOO)", "INBOX (MESSAGES UNSEEN )"]) {
    assertEquals((await client.run(`STATUS ${args}`))[0]!.startsWith("T BAD"), true, args);
  }
  assertEquals(await client.run("STATUS nobox (MESSAGES)"), [
    "T NO [NONEXISTENT] Mailbox doesn't exist: nobox",
  ]);
});

Deno.test("SELECT answers in Dovecot's order; codes have a text, \\* stands in PERMANENTFLAGS only (RFC 3501 §6.3.1, R36, R37)", async () => {
  const store = new FakeStore();
  store.deliver("INBOX", "S: 1\r\n\r\n", ["\\Seen"]);
  store.deliver("INBOX", "S: 2\r\n\r\n", ["$Junk"]);
  const client = await Client.loggedIn(store);
  assertEquals(await client.run("SELECT INBOX"), [
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)",
    "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk \\*)] Flags permitted.",
    "* 2 EXISTS",
    "* 2 RECENT",
    "* OK [UNSEEN 2] First unseen.",
    "* OK [UIDVALIDITY 1000] UIDs valid",
    "* OK [UIDNEXT 3] Predicted next UID",
    "T OK [READ-WRITE] Select completed.",
  ]);
  assertEquals(await client.run("EXAMINE INBOX"), [
    "* OK [CLOSED] Previous mailbox closed.",
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)",
    "* OK [PERMANENTFLAGS ()] Read-only mailbox.",
    "* 2 EXISTS",
    "* 0 RECENT",
    "* OK [UNSEEN 2] First unseen.",
    "* OK [UIDVALIDITY 1000] UIDs valid",
    "* OK [UIDNEXT 3] Predicted next UID",
    "T OK [READ-ONLY] Examine completed.",
  ]);
  assertEquals(await client.run("SELECT nobox"), [
    "* OK [CLOSED] Previous mailbox closed.",
    "T NO [NONEXISTENT] Mailbox doesn't exist: nobox",
  ]);
  assertEquals(await client.run("FETCH 1 FLAGS"), [
    "T BAD No mailbox selected.",
  ]);
});

Deno.test("a mailbox that another session deletes ends the sessions that have it selected", async () => {
  const store = new FakeStore();
  const actor = await Client.loggedIn(store);
  await actor.run("CREATE a");
  const watcher = await Client.loggedIn(store, "a");
  await actor.run("DELETE a");
  assertEquals(await watcher.run("NOOP"), ["* BYE Selected mailbox was deleted, have to disconnect."]);
  assertEquals(watcher.closed, true);
});

Deno.test("one's own selected mailbox is closed before it is deleted or renamed", async () => {
  const client = await Client.loggedIn(new FakeStore());
  await client.run("CREATE a/b");
  await client.run("SELECT a/b");
  assertEquals(await client.run("RENAME a c"), [
    "* OK [CLOSED] Previous mailbox closed.",
    "T OK Rename completed.",
  ]);
  await client.run("SELECT c/b");
  assertEquals(await client.run("DELETE c/b"), [
    "* OK [CLOSED] Previous mailbox closed.",
    "T OK Delete completed.",
  ]);
  assertEquals(await client.run("RENAME x x/y"), ["T NO [CANNOT] Can't rename mailbox under itself."]);
});

Deno.test("NAMESPACE, ID, ENABLE (RFC 2342, RFC 2971, RFC 5161)", async () => {
  const client = await Client.loggedIn(new FakeStore());
  assertEquals(await client.run("NAMESPACE"), [
    '* NAMESPACE (("" "/")) NIL NIL',
    "T OK Namespace completed.",
  ]);
  assertEquals(await client.run('ID ("name" "x" "version" NIL)'), [
    '* ID ("name" "mailsrv")',
    "T OK ID completed.",
  ]);
  assertEquals((await client.run("ID"))[0]!.startsWith("T BAD"), true);
  assertEquals((await client.run('ID ("a")'))[0]!.startsWith("T BAD"), true);
  assertEquals(await client.run("ENABLE CONDSTORE X-FOO"), ["* ENABLED", "T OK Enabled."]);
});
