/** CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 3501 §6.3.3 to §6.3.7). */

import { parseMailboxName, separator } from "../protocol/mailbox_name.ts";
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

/** A command whose one argument is a mailbox; `proceed` gets its seam name. */
function onMailbox(
  name: string,
  proceed: (session: SessionContext, mailbox: string, wireName: string) => Running<Completion>,
): Operation {
  return {
    name,
    phases: loggedIn,
    check: (cursor, session) => {
      cursor.space();
      const wireName = cursor.astring();
      cursor.end();
      return function* () {
        const parsed = parseMailboxName(name === "CREATE" ? withoutLastSeparator(wireName) : wireName);
        if (parsed.kind === "invalid") return no(`[CANNOT] ${parsed.text}`);
        return yield* proceed(session, parsed.name, wireName);
      };
    },
  };
}

/** `CREATE a/` says that names below `a` will follow; the mailbox is `a` (RFC 3501 §6.3.3). */
function withoutLastSeparator(wireName: string): string {
  return wireName.length > 1 && wireName.endsWith(separator) ? wireName.slice(0, -1) : wireName;
}

export const create = onMailbox("CREATE", function* (_session, name) {
  if (name === "INBOX") return no("[ALREADYEXISTS] Mailbox already exists");
  const { result } = yield* ask({ kind: "create", name });
  return result.ok ? ok("Create completed.") : refuse(result);
});

export const deleteMailbox = onMailbox("DELETE", function* (session, name, wireName) {
  if (name === "INBOX") return no("[CANNOT] INBOX can't be deleted.");
  if (session.state.phase === "selected" && session.state.name === name) yield* deselect(session);
  const { result } = yield* ask({ kind: "delete", name });
  return result.ok ? ok("Delete completed.") : refuse(result, { wireName });
});

export const subscribe = onMailbox("SUBSCRIBE", function* (_session, name, wireName) {
  const { result } = yield* ask({ kind: "subscribe", name });
  return result.ok ? ok("Subscribe completed.") : refuse(result, { wireName });
});

export const unsubscribe = onMailbox("UNSUBSCRIBE", function* (_session, name, wireName) {
  const { result } = yield* ask({ kind: "unsubscribe", name });
  return result.ok ? ok("Unsubscribe completed.") : refuse(result, { wireName });
});

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
