/** RENAME (RFC 3501 §6.3.5). */

import { parseMailboxName, separator } from "../protocol/mailbox_name.ts";

import { withoutLastSeparator } from "./on_mailbox.ts";
import {
  ask,
  type Completion,
  loggedIn,
  no,
  ok,
  type Operation,
  refuse,
  type Running,
  type SessionContext,
} from "./operation.ts";
import { deselect } from "./select.ts";

export const rename: Operation = {
  name: "RENAME",
  phases: loggedIn,
  check: (cursor, session) => {
    cursor.space();
    const wireFrom = cursor.astring();
    cursor.space();
    const wireTo = cursor.astring();
    cursor.end();
    return () => renameMailbox(session, wireFrom, wireTo);
  },
};

function* renameMailbox(session: SessionContext, wireFrom: string, wireTo: string): Running<Completion> {
  const from = parseMailboxName(wireFrom);
  const to = parseMailboxName(withoutLastSeparator(wireTo));
  if (from.kind === "invalid") return no(`[CANNOT] ${from.text}`);
  if (to.kind === "invalid") return no(`[CANNOT] ${to.text}`);
  if (to.name === "INBOX") return no("[ALREADYEXISTS] Mailbox already exists");
  if (to.name.startsWith(`${from.name}${separator}`) && from.name !== "INBOX") {
    return no("[CANNOT] Can't rename mailbox under itself.");
  }
  // The handle of a mailbox that moves away is worth nothing; INBOX stays where it is.
  const moved = session.state.phase === "selected" && from.name !== "INBOX" &&
    `${session.state.name}${separator}`.startsWith(`${from.name}${separator}`);
  if (moved) yield* deselect(session);
  const { result } = yield* ask({ kind: "rename", from: from.name, to: to.name });
  return result.ok ? ok("Rename completed.") : refuse(result, { wireName: wireFrom });
}
