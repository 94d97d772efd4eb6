/**
 * The store worker: all work on mailboxes, on a thread of its own, so that a large mailbox never holds up SMTP. Reads and
 * writes the mail directories; has no network, runs nothing, loads nothing.
 */

import { realClock } from "../tools/kit/base/clock.ts";
import { TempFailure } from "../tools/kit/base/failure.ts";
import type { Log } from "../tools/kit/base/log.ts";
import { createLog } from "../tools/kit/base/log.ts";
import { realRandom } from "../tools/kit/base/random.ts";
import { connectRpc } from "../tools/kit/rpc/rpc.ts";
import { workerPort } from "../tools/kit/rpc/worker_port.ts";

import { StoreServer } from "./api_server.ts";
import type { KeeperForStoreApi, StoreConfiguration, StoreControlApi } from "./control.ts";
import { realDisk } from "./file/real_disk.ts";
import { Locator } from "./locator.ts";
import type { MailboxLocks } from "./mailbox/mailbox_locks.ts";
import { Dotlocks } from "./mailbox/dotlock.ts";

let server: StoreServer | undefined;

function configured(): StoreServer {
  if (server === undefined) throw new TempFailure("4.3.0", "the mail store is starting");
  return server;
}

function createServer(
  { mailLocation, host, systemHost }: StoreConfiguration,
  log: Log,
  locks: MailboxLocks,
): StoreServer {
  const means = { disk: realDisk, clock: realClock, random: realRandom, log };
  const dotlocks = new Dotlocks({
    ...means,
    process: { id: Deno.pid, host: systemHost, isGone: (pid) => keeper.call("isProcessGone", { pid }) },
  });
  const context = { ...means, host, dotlocks };
  const locator = new Locator(context, mailLocation, locks);
  return new StoreServer({
    log,
    open: (user) => locator.open(user),
    onSessionEnd: (session) => keeper.tell("sessionEnded", { session }),
  });
}

const keeper = connectRpc<KeeperForStoreApi, StoreControlApi>(workerPort(), {
  configure: (configuration) => {
    server = createServer(configuration, storeLog, keeperLocks);
    return null;
  },
  attach: ({ reader, port }) => {
    configured().attach(reader, port);
    return null;
  },
  detach: async ({ reader }) => {
    await configured().detach(reader);
    return null;
  },
  grant: ({ session, user, reader }) => {
    configured().grant(session, user, reader);
    return null;
  },
  revoke: async ({ session }) => {
    await configured().revoke(session);
    return null;
  },
  delivered: async ({ user, mailbox }) => {
    await configured().delivered(user, mailbox);
    return null;
  },
  status: () => configured().status(),
});

const storeLog = createLog((record) => keeper.tell("log", record), {
  now: () => realClock.now(),
  part: "store",
  leastLevel: "debug",
});

/** The system's locks need calls into libc, which this worker may not make: the keeper takes all in their order. */
const keeperLocks: MailboxLocks = {
  lock: async (path) => {
    const { token } = await keeper.call("lock", { path });
    return async () => {
      await keeper.call("unlock", { token });
    };
  },
};
