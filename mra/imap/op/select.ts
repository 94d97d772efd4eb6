/** SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2). */

import { parseMailboxName } from "../protocol/mailbox_name.ts";
import { View } from "../view.ts";
import { formatKnownFlags } from "./changes.ts";
import {
  ask,
  type Completion,
  loggedIn,
  no,
  type Operation,
  refuse,
  type Running,
  say,
  type SessionContext,
} from "./operation.ts";

export const select: Operation = selectOperation("SELECT", { readOnly: false });
export const examine: Operation = selectOperation("EXAMINE", { readOnly: true });

function selectOperation(name: string, options: { readonly readOnly: boolean }): Operation {
  return {
    name,
    phases: loggedIn,
    check: (cursor, session) => {
      cursor.space();
      const wireName = cursor.astring();
      cursor.end();
      return () => open(session, wireName, options);
    },
  };
}

function* open(
  session: SessionContext,
  wireName: string,
  options: { readonly readOnly: boolean },
): Running<Completion> {
  yield* deselect(session);
  if (session.state.phase !== "authenticated") throw new Error("SELECT before login");
  const parsed = parseMailboxName(wireName);
  if (parsed.kind === "invalid") return no(`[CANNOT] ${parsed.text}`);
  const { result } = yield* ask({ kind: "open", name: parsed.name, readOnly: options.readOnly });
  if (!result.ok) return refuse(result, { wireName });
  const { snapshot } = result.value;
  const view = new View(snapshot);
  session.state = { phase: "selected", user: session.state.user, name: parsed.name, view };
  const lines = [formatKnownFlags(view), `* ${view.exists} EXISTS`, `* ${view.recent} RECENT`];
  if (view.firstUnseen !== undefined) lines.push(`* OK [UNSEEN ${view.firstUnseen}] First unseen.`);
  lines.push(
    `* OK [UIDVALIDITY ${snapshot.uidValidity}] UIDs valid`,
    `* OK [UIDNEXT ${snapshot.uidNext}] Predicted next UID`,
  );
  yield* say(lines.join("\r\n"));
  const access = snapshot.readOnly ? "READ-ONLY" : "READ-WRITE";
  const text = options.readOnly ? "Examine completed." : "Select completed.";
  return { status: "OK", text: `[${access}] ${text}`, untold: true };
}

/** Closes the selected mailbox, if there is one, without expunging, and says so (RFC 7162 §3.2.11 CLOSED). */
export function* deselect(session: SessionContext): Running<void> {
  if (session.state.phase !== "selected") return;
  yield* ask({ kind: "close" });
  session.state = { phase: "authenticated", user: session.state.user };
  yield* say("* OK [CLOSED] Previous mailbox closed.");
}
