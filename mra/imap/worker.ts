/** The entry of the imap worker. */

import { startSession } from "../../tools/kit/net/runner.ts";

import { runReaderWorker } from "../reader_worker.ts";

import { ChangeRegistry } from "./change_registry.ts";
import { wireBytes } from "./protocol/writer.ts";
import { ImapService } from "./service.ts";
import { ImapSession } from "./session.ts";
import type { ImapSettings } from "./settings.ts";

const registry = new ChangeRegistry();

runReaderWorker<ImapSettings>({
  name: "imap",
  farewell: () => wireBytes("* BYE [UNAVAILABLE] Too many connections.\r\n"),
  createSession: (peer, { settings, hasCertificate, sessionId, login, store, log }) => {
    const startTls = settings.startTls && hasCertificate;
    const session = new ImapSession({ peer, settings: { ...settings, startTls }, sessionId });
    return startSession(session, new ImapService({ login, store, registry, log }));
  },
  changed: (session, mailbox) => registry.changed(session, mailbox),
  storeLost: () => registry.storeLost(),
});
