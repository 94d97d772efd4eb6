/**
 * The pop3 worker: listens, runs sessions, asks the keeper for logins and the store worker for mail. It has the right to
 * use the network and no other; certificate and key come as values.
 */

import { realClock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { createLog } from "../../tools/kit/base/log.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { startSession } from "../../tools/kit/net/runner.ts";
import { Server } from "../../tools/kit/net/server.ts";
import type { Connected, Handlers } from "../../tools/kit/rpc/rpc.ts";
import { connectRpc } from "../../tools/kit/rpc/rpc.ts";
import { workerPort } from "../../tools/kit/rpc/worker_port.ts";
import { encodeBase64 } from "../../tools/kit/sasl/base64.ts";
import type { Peer } from "../../tools/kit/wire/engine.ts";

import type { StoreApi } from "../../store/api.ts";

import type { ReaderKeeperApi, ReaderWorkerApi, ReaderWorkerStart } from "../reader_api.ts";

import type { Pop3Settings } from "./phase.ts";
import { formatError } from "./response.ts";
import { Pop3Service } from "./service.ts";
import { Pop3Session } from "./session.ts";

interface Running {
  readonly server: Server;
  settings: Pop3Settings;
  hasCertificate: boolean;
  store: Connected<StoreApi>;
}

let running: Running | undefined;

const handlers: Handlers<ReaderWorkerApi<Pop3Settings>> = {
  start: (params) => {
    const started = start(params);
    running = started;
    try {
      return started.server.listen();
    } catch (thrown) {
      // The keeper tells the administrator which address could not be had.
      throw new TempFailure("4.3.0", thrown instanceof Error ? thrown.message : String(thrown), {
        cause: thrown,
      });
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
    current.store.close("mail store was restarted");
    current.store = connectStore(store);
    return null;
  },
  drain: async ({ limitMs }) => {
    await mustRun().server.drain(limitMs);
    return null;
  },
  status: () => mustRun().server.status(),
};

const keeper = connectRpc<ReaderKeeperApi, ReaderWorkerApi<Pop3Settings>>(workerPort(), handlers);
const log = createLog((record) => keeper.tell("log", record), { now: realClock.now, part: "pop3" });

function start(
  { listeners, certificate, settings, limits, exempt, store }: ReaderWorkerStart<Pop3Settings>,
): Running {
  const exempted = new Set(exempt);
  const server = new Server({
    listeners: listeners.map((listener) => ({ ...listener, farewell: tooManyConnections })),
    createSession,
    clock: realClock,
    log,
    limits,
    isExempt: (address) => exempted.has(address),
  });
  if (certificate !== undefined) server.setCertificate(certificate.certPem, certificate.keyPem);
  return { server, settings, hasCertificate: certificate !== undefined, store: connectStore(store) };
}

function connectStore(port: MessagePort): Connected<StoreApi> {
  const caller = connectRpc<StoreApi>(port, {});
  port.start();
  return caller;
}

function createSession(peer: Peer) {
  const { settings, hasCertificate, store } = mustRun();
  const session = new Pop3Session({
    peer,
    settings: { ...settings, offerStls: settings.offerStls && hasCertificate },
    sessionId: encodeBase64(realRandom.bytes(9)),
  });
  return startSession(
    session,
    new Pop3Service({ login: keeper, store, log, isStoreLost: () => running?.store !== store }),
  );
}

function tooManyConnections(): Uint8Array {
  return formatError("Too many connections.", "SYS/TEMP");
}

function mustRun(): Running {
  if (running === undefined) throw new TempFailure("4.3.0", "the pop3 worker was not started");
  return running;
}
