import { assert, assertEquals } from "@std/assert";

import { latin1Text, utf8Bytes } from "../tools/kit/base/bytes.ts";
import { silentLog } from "../tools/kit/base/log.ts";
import type { Caller } from "../tools/kit/rpc/rpc.ts";
import { connectRpc } from "../tools/kit/rpc/rpc.ts";

import type { ReaderApi, Result, StoreApi } from "./api.ts";
import { StoreServer } from "./api_server.ts";
import { Locator } from "./locator.ts";
import { dotlocksOnly, messageOf } from "./mailbox_fixture.ts";
import { MaildirWorld } from "./maildir/maildir_fixture.ts";

const jane = { name: "jane", home: "/home/jane" };

interface Reader {
  readonly api: Caller<StoreApi>;
  readonly changed: { readonly session: string; readonly mailbox: number }[];
}

/** A server with two readers' workers, `imap` and `pop3`. */
async function withServer(
  action: (
    server: StoreServer,
    readers: { readonly imap: Reader; readonly pop3: Reader; ended: string[] },
  ) => Promise<
    void
  >,
): Promise<void> {
  const world = await MaildirWorld.simulated();
  const context = world.context();
  const locator = new Locator(context, "maildir:~/Maildir", dotlocksOnly(context));
  const ended: string[] = [];
  const server = new StoreServer({
    log: silentLog,
    open: (user) => locator.open(user),
    onSessionEnd: (session) => ended.push(session),
  });
  const ports: MessagePort[] = [];
  const attach = (name: string): Reader => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const changed: Reader["changed"] = [];
    server.attach(name, port1);
    const api = connectRpc<StoreApi, ReaderApi>(port2, {
      changed: (params) => {
        changed.push(params);
        return null;
      },
    });
    return { api, changed };
  };
  try {
    await action(server, { imap: attach("imap"), pop3: attach("pop3"), ended });
  } finally {
    for (const port of ports) port.close();
  }
}

function value<T>(result: Result<T>): T {
  assert(result.ok, JSON.stringify(result));
  return result.value;
}

async function append(api: Caller<StoreApi>, session: string, text: string): Promise<number> {
  const options = { flags: [] };
  const { append } = value(
    await api.call("appendOpen", { session, name: "INBOX", options, octets: text.length }),
  );
  value(await api.call("appendWrite", { session, append, bytes: utf8Bytes(text) }));
  return value(await api.call("appendCommit", { session, append })).uid;
}

Deno.test("a granted session reads and changes its mail through the port", () =>
  withServer(async (server, { imap }) => {
    server.grant("s1", jane, "imap");
    const { api } = imap;
    const session = "s1";
    const uid = await append(api, session, messageOf("one"));
    const { mailbox, snapshot } = value(await api.call("open", { session, name: "INBOX", readOnly: false }));
    assertEquals(snapshot.messages.map((message) => message.uid), [uid]);
    const bytes = value(await api.call("read", { session, mailbox, uid, offset: 0, length: 1e9 }));
    assertEquals(latin1Text(bytes), messageOf("one"));
    const [data] = value(
      await api.call("fetch", { session, mailbox, uids: [uid], want: { envelope: true } }),
    );
    assertEquals(data!.envelope!.subject, "one");
    value(await api.call("setFlags", { session, mailbox, uids: [uid], mode: "add", flags: ["\\Seen"] }));
    assertEquals(
      value(await api.call("search", { session, mailbox, key: { kind: "flag", flag: "\\Seen" } })),
      [uid],
    );
    value(await api.call("create", { session, name: "Saved" }));
    assertEquals(
      value(await api.call("copy", { session, mailbox, uids: [uid], destination: "Saved", move: true })).from,
      [uid],
    );
    assertEquals(value(await api.call("sync", { session, mailbox })).vanished, [uid]);
    assertEquals(
      value(await api.call("status", { session, name: "Saved", octets: true })).octets,
      messageOf("one").length,
    );
    value(await api.call("close", { session, mailbox }));
    assertEquals(server.status(), { sessions: 1, mailboxes: 0, accounts: 1 });
  }));

Deno.test("two sessions of one user share the mailbox, and the idle one is told", () =>
  withServer(async (server, { imap, pop3 }) => {
    server.grant("s1", jane, "imap");
    server.grant("s2", jane, "pop3");
    const { mailbox } = value(await imap.api.call("open", { session: "s1", name: "INBOX", readOnly: false }));
    const uid = await append(pop3.api, "s2", messageOf("new"));
    value(await imap.api.call("list", { session: "s1" }));
    assertEquals(imap.changed, [{ session: "s1", mailbox }]);
    const { appeared } = value(await imap.api.call("sync", { session: "s1", mailbox }));
    assertEquals(appeared.map((message) => message.uid), [uid]);
    assertEquals(server.status(), { sessions: 2, mailboxes: 1, accounts: 1 });
  }));

Deno.test("a session that was not granted, not to this worker, or is over, is refused", () =>
  withServer(async (server, { imap, pop3, ended }) => {
    server.grant("s1", jane, "imap");
    const code = async (api: Caller<StoreApi>, session: string) => {
      const result = await api.call("list", { session });
      return result.ok ? "ok" : result.code;
    };
    assertEquals(await code(imap.api, "s1"), "ok");
    assertEquals(await code(pop3.api, "s1"), "noPermission");
    assertEquals(await code(imap.api, "guess"), "noPermission");
    pop3.api.tell("endSession", { session: "s1" });
    assertEquals(await code(pop3.api, "s2"), "noPermission");
    assertEquals(await code(imap.api, "s1"), "ok");
    imap.api.tell("endSession", { session: "s1" });
    assertEquals(await code(imap.api, "s1"), "noPermission");
    assertEquals(ended, ["s1"]);
    server.grant("s3", jane, "pop3");
    await server.revoke("s3");
    assertEquals(await code(pop3.api, "s3"), "noPermission");
  }));

Deno.test("handles belong to their session, and a message may not be longer than announced", () =>
  withServer(async (server, { imap: { api } }) => {
    server.grant("s1", jane, "imap");
    server.grant("s2", { name: "joe", home: "/home/joe" }, "imap");
    const { mailbox } = value(await api.call("open", { session: "s1", name: "INBOX", readOnly: false }));
    assertEquals((await api.call("sync", { session: "s2", mailbox })).ok, false);
    assertEquals((await api.call("sync", { session: "s1", mailbox: 99 })).ok, false);
    const { append } = value(
      await api.call("appendOpen", { session: "s1", name: "INBOX", options: { flags: [] }, octets: 3 }),
    );
    const written = await api.call("appendWrite", { session: "s1", append, bytes: utf8Bytes("four") });
    assertEquals(written.ok ? "" : written.code, "cannot");
    assertEquals((await api.call("appendCommit", { session: "s1", append })).ok, false);
    assertEquals(value(await api.call("sync", { session: "s1", mailbox })).appeared, []);
  }));

Deno.test("a refusal crosses the port as a value with its code and text", () =>
  withServer(async (server, { imap: { api } }) => {
    server.grant("s1", jane, "imap");
    assertEquals(await api.call("open", { session: "s1", name: "Nowhere", readOnly: true }), {
      ok: false,
      code: "nonexistent",
      text: "Mailbox doesn't exist: Nowhere",
    });
  }));

Deno.test("a worker that is gone takes its sessions along", () =>
  withServer(async (server, { imap: { api }, ended }) => {
    server.grant("s1", jane, "imap");
    server.grant("s2", jane, "pop3");
    value(await api.call("open", { session: "s1", name: "INBOX", readOnly: false }));
    await server.detach("imap");
    assertEquals(ended, ["s1"]);
    assertEquals(server.status(), { sessions: 1, mailboxes: 0, accounts: 1 });
  }));
