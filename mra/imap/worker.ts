/**
 * The imap worker: listens, runs sessions, asks the keeper for logins and the store worker for mail. It has the right to
 * use the network and no other; certificate and key come as values.
 */

import { realClock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { createLog } from "../../tools/kit/base/log.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { startSession } from "../../tools/kit/net/runner.ts";
import { Server } from "../../tools/kit/net/server.ts";
import { type Caller, connectRpc, type Handlers } from "../../tools/kit/rpc/rpc.ts";
import { workerPort } from "../../tools/kit/rpc/worker_port.ts";
import { encodeBase64 } from "../../tools/kit/sasl/base64.ts";
import type { Peer } from "../../tools/kit/wire/engine.ts";

import type { ReaderApi, StoreApi } from "../../store/api.ts";

import type { ReaderKeeperApi, ReaderWorkerApi, ReaderWorkerStart } from "../reader_api.ts";

import { ChangeRegistry } from "./change_registry.ts";
import { wireBytes } from "./protocol/writer.ts";
import { ImapService } from "./service.ts";
import { ImapSession } from "./session.ts";
import type { ImapSettings } from "./settings.ts";

type Store = Caller<StoreApi> & { close(reason: string): void };

interface Running {
  readonly server: Server;
  readonly registry: ChangeRegistry;
  settings: ImapSettings;
  hasCertificate: boolean;
  store: Store;
}

let running: Running | undefined;

const handlers: Handlers<ReaderWorkerApi<ImapSettings>> = {
  start: (params) => {
    try {
      const started = start(params);
      running = started;
      return started.server.listen();
    } catch (thrown) {
      // The keeper tells the administrator which address could not be had.
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      throw new TempFailure("4.3.0", text, { cause: thrown });
    }
  },
  reconfigure: ({ settings }) => {
    mustRun().settings = settings;
    return null;
  },
  setCertificate: ({ certPem, keyPem }) => {
    const current = mustRun();
    current.server.setCertificate(certPem, keyPem);
    current.hasCertificate = true;
    return null;
  },
  setStore: ({ store }) => {
    const current = mustRun();
    const lost = current.store;
    current.store = connectStore(store, current.registry);
    current.registry.storeLost();
    lost.close("mail store was restarted");
    return null;
  },
  drain: async ({ limitMs }) => {
    await mustRun().server.drain(limitMs);
    return null;
  },
  status: () => mustRun().server.status(),
};

const keeper = connectRpc<ReaderKeeperApi, ReaderWorkerApi<ImapSettings>>(workerPort(), handlers);
const log = createLog((record) => keeper.tell("log", record), { now: realClock.now, part: "imap" });

function start(
  { listeners, certificate, settings, limits, exempt, store }: ReaderWorkerStart<ImapSettings>,
): Running {
  const exempted = new Set(exempt);
  const registry = new ChangeRegistry();
  const server = new Server({
    listeners: listeners.map((listener) => ({ ...listener, farewell: tooManyConnections })),
    createSession,
    clock: realClock,
    log,
    limits,
    isExempt: (address) => exempted.has(address),
  });
  if (certificate !== undefined) server.setCertificate(certificate.certPem, certificate.keyPem);
  const hasCertificate = certificate !== undefined;
  return { server, registry, settings, hasCertificate, store: connectStore(store, registry) };
}

function connectStore(port: MessagePort, registry: ChangeRegistry): Store {
  const notices: Handlers<ReaderApi> = {
    changed: ({ session, mailbox }) => {
      registry.changed(session, mailbox);
      return null;
    },
  };
  const caller = connectRpc<StoreApi, ReaderApi>(port, notices);
  port.start();
  return caller;
}

function createSession(peer: Peer) {
  const { settings, hasCertificate, store, registry } = mustRun();
  const session = new ImapSession({
    peer,
    settings: { ...settings, startTls: settings.startTls && hasCertificate },
    sessionId: encodeBase64(realRandom.bytes(9)),
  });
  return startSession(session, new ImapService({ login: keeper, store, registry, log }));
}

function tooManyConnections(): Uint8Array {
  return wireBytes("* BYE [UNAVAILABLE] Too many connections.\r\n");
}

function mustRun(): Running {
  if (running === undefined) throw new TempFailure("4.3.0", "the imap worker was not started");
  return running;
}
