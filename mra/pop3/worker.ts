/** The entry of the pop3 worker. */

import { startSession } from "../../tools/kit/net/runner.ts";

import { runReaderWorker } from "../reader_worker.ts";

import { formatError } from "./response.ts";
import { Pop3Service } from "./service.ts";
import { Pop3Session } from "./session.ts";
import type { Pop3Settings } from "./settings.ts";

runReaderWorker<Pop3Settings>({
  name: "pop3",
  farewell: () => formatError("Too many connections.", "SYS/TEMP"),
  createSession: (peer, { settings, hasCertificate, sessionId, login, store, log, isStoreLost }) => {
    const offerStls = settings.offerStls && hasCertificate;
    const session = new Pop3Session({ peer, settings: { ...settings, offerStls }, sessionId });
    return startSession(session, new Pop3Service({ login, store, log, isStoreLost }));
  },
  // A maildrop is a snapshot (RFC 1939 §8): what comes meanwhile is for the next session, and a request to a store that
  // is gone fails by itself.
  changed: () => {},
  storeLost: () => {},
});
