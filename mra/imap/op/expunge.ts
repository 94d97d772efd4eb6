/** EXPUNGE (RFC 3501 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1). The session tells the EXPUNGE responses. */

import type { Uid } from "../../../store/account.ts";

import { readMessages, readOnlyMailbox, selectedView } from "./messages.ts";
import {
  ask,
  type Completion,
  ok,
  type Operation,
  refuse,
  type Running,
  selected,
  type SessionContext,
} from "./operation.ts";

export const expunge: Operation = {
  name: "EXPUNGE",
  phases: selected,
  expunges: true,
  check: (cursor, session) => {
    cursor.end();
    return () => expungeMessages(session, undefined);
  },
};

export const uidExpunge: Operation = {
  name: "UID EXPUNGE",
  phases: selected,
  expunges: true,
  check: (cursor, session) => {
    cursor.space();
    const messages = readMessages(cursor, selectedView(session), { byUid: true });
    cursor.end();
    return () => expungeMessages(session, messages.map(({ message }) => message.uid));
  },
};

function* expungeMessages(session: SessionContext, uids: readonly Uid[] | undefined): Running<Completion> {
  const view = selectedView(session);
  if (view.readOnly) return readOnlyMailbox;
  const { result } = yield* ask({ kind: "expunge", uids });
  if (!result.ok) return refuse(result);
  for (const uid of result.value) view.vanish(uid);
  session.counters.expunged += result.value.length;
  return ok("Expunge completed.");
}
