import { assert, assertEquals, assertMatch } from "@std/assert";

import { localTest } from "./testing_local.ts";

Deno.test("mail for a user of the system goes to the spool directory or home_mailbox, in the user's name (local(8))", async () => {
  const rows = [
    ["", "/var/mail/joe", "delivered to mailbox"],
    ["mbox", "/home/joe/mbox", "delivered to mailbox"],
    ["Maildir/", "/home/joe/Maildir/new", "delivered to maildir"],
  ] as const;
  for (const [homeMailbox, path, text] of rows) {
    const { deliver, prepare, disk, system } = localTest({ delivery: { homeMailbox } });
    await prepare();
    assertEquals(await deliver("joe@ref.test"), [`joe@ref.test 2.0.0 ${text}`]);
    const { uid, mode } = (await disk.lstat(path))!;
    assertEquals([uid, mode & 0o077], [1001, 0], path);
    assert(system.acted.includes("1001:1001"));
  }
});

Deno.test("a spool directory is written to as its mode allows (postconf(5) mail_spool_directory)", async () => {
  const rows = [[0o777, "1001:1001"], [0o775, "1001:8"], [0o755, undefined]] as const;
  for (const [mode, acted] of rows) {
    const { deliver, prepare, disk, system } = localTest({ delivery: { forwardPath: [] } });
    await prepare();
    await disk.chmod("/var/mail", mode);
    await disk.chown("/var/mail", 0, 8);
    assertEquals(await deliver("joe@ref.test"), ["joe@ref.test 2.0.0 delivered to mailbox"]);
    assertEquals(system.acted.at(-1), acted);
    const { uid, gid } = (await disk.lstat("/var/mail/joe"))!;
    assertEquals([uid, gid], [1001, 1001]);
  }
});

Deno.test("a mailbox that is another's, or has another name, is not written to", async () => {
  const { deliver, prepare, disk, write } = localTest();
  await prepare();
  await write("/var/mail/joe", "", { uid: 1002 });
  const start =
    "joe@ref.test 4.2.0 cannot update mailbox /var/mail/joe for user joe. destination /var/mail/joe";
  assertEquals(await deliver("joe@ref.test"), [`${start} is not owned by recipient`]);
  await disk.chown("/var/mail/joe", 1001, 1001);
  await disk.link("/var/mail/joe", "/home/joe/other");
  assertEquals(await deliver("joe@ref.test"), [`${start} has 2 hard links`]);
});

Deno.test("a virtual user's home is not looked into for a .forward", async () => {
  const { deliver, write } = localTest();
  await write("/mail/vic/.forward", "x@remote.test");
  assertEquals(await deliver("vic@ref.test"), ["vic@ref.test 2.0.0 delivered to maildir"]);
});

Deno.test("a .forward's addresses get one new message, with the user's Delivered-To (RFC 5321 §3.9)", async () => {
  const { deliver, prepare, write, queued } = localTest();
  await prepare();
  await write("/home/joe/.forward", "# away\nx@remote.test, joe\nann\n", { uid: 1001 });
  const change = { notify: ["SUCCESS", "FAILURE"] };
  assertEquals(await deliver("joe@ref.test", "Subject: x\n\nbody\n", change), [
    "joe@ref.test 2.0.0 delivered to mailbox",
    "joe@ref.test 2.0.0 forwarded as N1",
  ]);
  assertEquals(queued.length, 1);
  assertEquals(queued[0]!.envelope.recipients.map(({ address, notify }) => [address, notify]), [
    ["x@remote.test", ["FAILURE"]],
    ["ann@ref.test", ["FAILURE"]],
  ]);
  assertEquals(
    queued[0]!.text.replace(/; .*$/m, "; DATE"),
    "Received: by localhost.localdomain (Postfix)\n\tid N1; DATE\nDelivered-To: joe@ref.test\nSubject: x\n\nbody\n",
  );
  // What comes back is not sent round again.
  assertEquals(await deliver("joe@ref.test", queued[0]!.text), [
    "joe@ref.test 5.4.6 mail forwarding loop for joe@ref.test",
  ]);
});

Deno.test("a .forward that others may have written is not used, and the log says why (postfix-semantics §9.5)", async () => {
  const rows = [
    [{ uid: 1002 }, "file /home/joe/.forward has bad owner uid 1002"],
    [{ uid: 1001, mode: 0o646 }, "file /home/joe/.forward is world writable"],
    [{ uid: 1001, mode: 0o600 }, undefined],
    [{ uid: 0 }, undefined],
  ] as const;
  for (const [how, note] of rows) {
    const { deliver, prepare, write, lines } = localTest();
    await prepare();
    await write("/home/joe/.forward", "x@remote.test", how);
    const [step] = await deliver("joe@ref.test");
    assertEquals(
      step,
      note === undefined ? "joe@ref.test 2.0.0 forwarded as N1" : "joe@ref.test 2.0.0 delivered to mailbox",
    );
    assertEquals(lines, note === undefined ? [] : [`warning: ID: joe@ref.test: ${note}`]);
  }
  const { deliver, prepare, disk, lines } = localTest();
  await prepare();
  disk.symlink("/etc/passwd", "/home/joe/.forward");
  assertEquals(await deliver("joe@ref.test"), ["joe@ref.test 2.0.0 delivered to mailbox"]);
  assertEquals(lines, ["warning: ID: joe@ref.test: file /home/joe/.forward is not a regular file"]);
});

Deno.test("a .forward of the extension comes first (postconf(5) forward_path)", async () => {
  const { deliver, prepare, write, queued } = localTest();
  await prepare();
  await write("/home/joe/.forward", "plain@remote.test", { uid: 1001 });
  await write("/home/joe/.forward+x", "ext@remote.test", { uid: 1001 });
  const to = async (address: string) => {
    await deliver(address);
    return queued.splice(0).flatMap(({ envelope }) => envelope.recipients.map((one) => one.address));
  };
  assertEquals(await to("joe+x@ref.test"), ["ext@remote.test"]);
  assertEquals(await to("joe+y@ref.test"), ["plain@remote.test"]);
  assertEquals(await to("joe@ref.test"), ["plain@remote.test"]);
});

Deno.test("a home that is not there delays mail when it must be (postconf(5) require_home_directory)", async () => {
  const { deliver, prepare, disk } = localTest({ delivery: { requireHomeDirectory: true } });
  await prepare();
  await disk.rmdir("/home/joe");
  assertEquals(await deliver("joe@ref.test"), [
    "joe@ref.test 4.3.0 cannot access home directory /home/joe: No such file or directory",
  ]);
});

Deno.test("an :include: file is refused when anybody may write it or it is none (postfix-semantics §9.6)", async () => {
  const { deliver, prepare, write, queued, lines } = localTest({
    aliases: {
      good: ":include:/l/good",
      open: ":include:/l/open",
      dir: ":include:/l",
      none: ":include:/none",
    },
  });
  await prepare();
  await write("/l/good", "# people\njoe\n\nx@remote.test\n");
  await write("/l/open", "joe\n", { mode: 0o666 });
  assertEquals(await deliver("good@ref.test"), [
    "good@ref.test 2.0.0 forwarded as N1",
  ]);
  assertEquals(queued[0]!.envelope.recipients.map(({ address }) => address), [
    "joe@ref.test",
    "x@remote.test",
  ]);
  // The log says what the sender need not know.
  for (
    const [name, why] of [
      ["open", ":include: file /l/open is world writable"],
      ["dir", ":include: file /l is not a regular file"],
      ["none", "unable to lookup :include: file /none: No such file or directory"],
    ]
  ) {
    assertEquals(await deliver(`${name}@ref.test`), [
      `${name}@ref.test 5.3.5 mail system configuration error`,
    ]);
    assert(lines.at(-1)!.endsWith(why!), lines.at(-1));
  }
});

Deno.test("root reads an :include: file with the rights of whoever has a say in where its path leads", async () => {
  const rows: readonly (readonly [path: string, aliases: string, acted: string | undefined])[] = [
    ["/l/good", "hash:/etc/aliases", undefined],
    ["/home/joe/list", "hash:/etc/aliases", "1001:1001"],
    ["/home/joe/link", "hash:/etc/aliases", "1001:1001"],
    ["/home/joe/dir/shadow", "hash:/etc/aliases", "1001:1001"],
    ["/open/dir/list", "hash:/etc/aliases", "65534:65534"],
    ["/l/good", "texthash:/home/joe/aliases", "1001:1001"],
    ["/l/good", "tcp:db.test:1", "65534:65534"],
    ["/l/good", "unionmap:{hash:/etc/aliases, hash:/home/joe/aliases}", "65534:65534"],
  ];
  for (const [path, aliasMap, acted] of rows) {
    const { deliver, prepare, write, disk, system } = localTest({
      aliases: { all: `:include:${path}` },
      expansion: { aliasMaps: [aliasMap] },
    });
    await prepare();
    await write("/etc/aliases", "");
    await write("/home/joe/aliases", "", { uid: 1001 });
    for (const list of ["/etc/shadow", "/l/good", "/open/dir/list"]) await write(list, "x@remote.test\n");
    await write("/home/joe/list", "x@remote.test\n", { uid: 1001 });
    await disk.chmod("/open", 0o1777);
    disk.symlink("/etc/shadow", "/home/joe/link");
    disk.symlink("/etc", "/home/joe/dir");
    assertEquals(await deliver("all@ref.test"), ["all@ref.test 2.0.0 forwarded as N1"], path);
    assertEquals(system.acted.at(0), acted, `${path} ${aliasMap}`);
  }
});

Deno.test("a file gets the message in the name of the aliases' owner, default_privs for root's (local(8))", async () => {
  const { deliver, prepare, write, read, disk, system } = localTest({
    aliases: { keep: "/spool/keep", dir: "/spool/dir/", run: "/spool/run", null: "/dev/null" },
  });
  await prepare();
  await write("/etc/aliases", "");
  await write("/spool/run", "", { mode: 0o755 });
  assertEquals(await deliver("keep@ref.test"), ["keep@ref.test 2.0.0 delivered to file: /spool/keep"]);
  assertEquals(await deliver("dir@ref.test"), ["dir@ref.test 2.0.0 delivered to maildir"]);
  assertEquals(await deliver("run@ref.test"), [
    "run@ref.test 5.7.1 cannot append message to file /spool/run: file is executable",
  ]);
  assertEquals(await deliver("null@ref.test"), ["null@ref.test 2.0.0 delivered to file: /dev/null"]);
  assertMatch(await read("/spool/keep"), /^From s@remote\.test .*\n.*Delivered-To: keep@ref\.test\n/s);
  assertEquals([...new Set(system.acted)], ["65534:65534"]);
  await disk.chown("/etc/aliases", 1001, 1001);
  await deliver("keep@ref.test");
  assertEquals(system.acted.at(-1), "1001:1001");
});

Deno.test("a command is run with the message, as whom and with what local(8) says", async () => {
  const { deliver, prepare, write, system } = localTest({ aliases: { prog: '"|/bin/prog -a x"' } });
  await prepare();
  await write("/home/joe/.forward", '"|exec /bin/filter > /tmp/x"', { uid: 1001 });
  assertEquals(await deliver("prog+1@ref.test"), [
    "prog+1@ref.test 2.0.0 delivered to command: /bin/prog -a x",
  ]);
  assertEquals(await deliver("joe+ext@ref.test"), [
    "joe+ext@ref.test 2.0.0 delivered to command: exec /bin/filter > /tmp/x",
  ]);
  const [prog, filter] = system.commands;
  assertEquals([prog!.words, prog!.person], [["/bin/prog", "-a", "x"], { uid: 65534, gid: 65534 }]);
  assertEquals([filter!.words, filter!.person], [
    ["/bin/sh", "-c", "exec /bin/filter > /tmp/x"],
    { uid: 1001, gid: 1001 },
  ]);
  assertEquals(filter!.environment, {
    PATH: "/usr/bin:/bin",
    HOME: "/home/joe",
    SHELL: "/bin/sh",
    LOGNAME: "joe",
    USER: "joe",
    EXTENSION: "ext",
    DOMAIN: "ref.test",
    LOCAL: "joe+ext",
    RECIPIENT: "joe+ext@ref.test",
    ORIGINAL_RECIPIENT: "joe+ext@ref.test",
    SENDER: "s@remote.test",
    CLIENT_ADDRESS: "192.0.2.1",
    CLIENT_HELO: "h_x",
  });
  assertMatch(
    filter!.input,
    /^From s@remote\.test {2}.*\nReturn-Path: <s@remote\.test>\nX-Original-To: .*\nDelivered-To: joe\+ext@ref\.test\nSubject: x\n\nbody\n$/,
  );
  assertEquals(prog!.environment.HOME, undefined);
});

Deno.test("a list's owner is the sender of what it sends on, so that what cannot be delivered comes back to the owner", async () => {
  const { deliver, prepare, queued } = localTest({
    aliases: { list: 'joe, x@remote.test, gone, "|prog"', "owner-list": "ann" },
  });
  await prepare();
  assertEquals(await deliver("list@ref.test"), [
    "list@ref.test 2.0.0 delivered to command: prog",
    "list@ref.test 2.0.0 forwarded as N1",
  ]);
  const { sender, recipients } = queued[0]!.envelope;
  assertEquals([sender, recipients.map(({ address }) => address)], [
    "owner-list@ref.test",
    ["joe@ref.test", "x@remote.test", "gone@ref.test"],
  ]);
});

Deno.test("mail for a transport that there is not waits; required names are thrown away", async () => {
  const { deliver, lines } = localTest({ expansion: { fallbackTransport: "" } });
  assertEquals(await deliver("postmaster@ref.test"), ["postmaster@ref.test 2.0.0 discarded"]);
  assertEquals(lines, ["warning: required alias not found: postmaster"]);
  const other = localTest({ expansion: { fallbackTransport: "uucp:x" } });
  assertEquals(await other.deliver("none@ref.test"), ["none@ref.test 4.3.0 mail transport unavailable"]);
});
