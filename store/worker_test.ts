import { assert, assertEquals } from "@std/assert";

import { utf8Bytes } from "../tools/kit/base/bytes.ts";
import { openLibc } from "../tools/kit/os/libc.ts";
import { processIsGone } from "../tools/kit/os/processes.ts";
import { connectRpc } from "../tools/kit/rpc/rpc.ts";

import type { ReaderApi, StoreApi } from "./api.ts";
import type { KeeperForStoreApi, StoreControlApi } from "./control.ts";
import { messageOf } from "./mailbox_fixture.ts";

// Once and for good: the tests are watched for what they open and do not close.
openLibc();

for (const format of ["maildir", "mbox"]) {
  Deno.test(`the store worker keeps ${format} with no right but to its directory, and waits for no dead process's lock`, async () => {
    const directory = await Deno.makeTempDir();
    const location = format === "maildir" ? "maildir:~/Maildir" : "mbox:~/mail:INBOX=~/spool";
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      deno: { permissions: { read: [directory], write: [directory] } },
    });
    const locked: string[] = [];
    const killed = new Deno.Command("true").spawn();
    await killed.status;
    // Who waited for this lock would not be done in the time that a test has patience for.
    await Deno.mkdir(`${directory}/Maildir`);
    await Deno.writeTextFile(`${directory}/Maildir/dovecot-uidlist.lock`, `${killed.pid}:${Deno.hostname()}`);
    const started = performance.now();
    const { port1, port2 } = new MessageChannel();
    try {
      const control = connectRpc<StoreControlApi, KeeperForStoreApi>(worker, {
        lock: ({ path }) => ({ token: locked.push(path) }),
        unlock: () => null,
        isProcessGone: ({ pid }) => processIsGone(pid),
        log: () => null,
        sessionEnded: () => null,
      });
      await control.call("configure", {
        mailLocation: location,
        host: "mail.ref.test",
        systemHost: Deno.hostname(),
      });
      await control.call("attach", { reader: "imap 1", port: port1 }, [port1]);
      await control.call("grant", {
        session: "s",
        user: { name: "jane", home: directory },
        reader: "imap 1",
      });
      const api = connectRpc<StoreApi, ReaderApi>(port2, { changed: () => null });
      const opened = await api.call("appendOpen", {
        session: "s",
        name: "INBOX",
        options: { flags: ["\\Seen"] },
        octets: 1000,
      });
      assert(opened.ok);
      const { append } = opened.value;
      await api.call("appendWrite", { session: "s", append, bytes: utf8Bytes(messageOf("one")) });
      const committed = await api.call("appendCommit", { session: "s", append });
      assert(committed.ok, JSON.stringify(committed));
      assertEquals((await control.call("status", null)).sessions, 1);
      assert(performance.now() - started < 20_000);
      assertEquals(locked.includes(`${directory}/spool`), format === "mbox");
    } finally {
      port2.close();
      worker.terminate();
      await Deno.remove(directory, { recursive: true });
    }
  });
}
