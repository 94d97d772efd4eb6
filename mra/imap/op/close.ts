/** CLOSE (RFC 3501 §6.4.2) and UNSELECT (RFC 3691). */

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

export const close: Operation = {
  name: "CLOSE",
  phases: selected,
  check: (cursor, session) => {
    cursor.end();
    return () => leave(session, { expunge: true, text: "Close completed." });
  },
};

export const unselect: Operation = {
  name: "UNSELECT",
  phases: selected,
  check: (cursor, session) => {
    cursor.end();
    return () => leave(session, { expunge: false, text: "Unselect completed." });
  },
};

function* leave(
  session: SessionContext,
  options: { readonly expunge: boolean; readonly text: string },
): Running<Completion> {
  if (session.state.phase !== "selected") throw new Error("no mailbox is selected");
  if (options.expunge && !session.state.view.readOnly) {
    const { result } = yield* ask({ kind: "expunge" });
    if (!result.ok) return refuse(result);
    session.counters.expunged += result.value.length;
  }
  yield* ask({ kind: "close" });
  session.state = { phase: "authenticated", user: session.state.user };
  return ok(options.text);
}
