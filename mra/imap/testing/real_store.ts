/** For tests: the mail store as its worker serves it, on a disk in memory, and a keeper that knows one password. */

import { silentLog } from "../../../tools/kit/base/log.ts";
import { connectRpc } from "../../../tools/kit/rpc/rpc.ts";

import type { ReaderApi, StoreApi } from "../../../store/api.ts";
import { StoreServer } from "../../../store/api_server.ts";
import type { OpenedAccount } from "../../../store/locator.ts";

import type { LoginApi } from "../../login.ts";

import { ChangeRegistry } from "../change_registry.ts";
import type { Backend } from "./client.ts";
import { portPair } from "./port_pair.ts";

/** Every session of `u1` reaches `account`. */
export function serveAccount(account: OpenedAccount): Backend {
  const registry = new ChangeRegistry();
  const server = new StoreServer({ log: silentLog, open: () => account });
  const [serverEnd, readerEnd] = portPair();
  server.attach("imap", serverEnd);
  const store = connectRpc<StoreApi, ReaderApi>(readerEnd, {
    changed: ({ session, mailbox }) => {
      registry.changed(session, mailbox);
      return null;
    },
  });
  const [keeperEnd, loginEnd] = portPair();
  let sessions = 0;
  connectRpc<Record<never, never>, LoginApi>(keeperEnd, {
    login: ({ user, password }) => {
      if (user !== "u1" || password !== "pw1") return { kind: "refused" };
      const session = `session-${++sessions}`;
      server.grant(session, { name: "u1", home: "/home/u1" }, "imap");
      return { kind: "accepted", user: "u1", session };
    },
  });
  return { login: connectRpc<LoginApi>(loginEnd, {}), store, registry };
}
