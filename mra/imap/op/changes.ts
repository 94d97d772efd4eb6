/** What a client is told of its mailbox unasked: EXPUNGE, EXISTS, RECENT, FLAGS, FETCH (RFC 3501 §7). */

import { formatFlags } from "../protocol/writer.ts";
import { systemFlags } from "../protocol/flag.ts";
import type { View, ViewEvent } from "../view.ts";
import { ask, type Running, say, type SessionContext } from "./operation.ts";

export interface TellOptions {
  /** EXPUNGE may be told now. */
  readonly expunge: boolean;
  /** FETCH carries the UID, as answers to UID commands must (RFC 3501 §6.4.8). */
  readonly withUid: boolean;
}

/** Looks what others did to the selected mailbox, and tells all that may be told. */
export function* tellChanges(session: SessionContext, options: TellOptions): Running<void> {
  if (session.state.phase !== "selected") return;
  const { view } = session.state;
  const { result } = yield* ask({ kind: "sync" });
  if (!result.ok && result.code !== "nonexistent") {
    // Nothing is lost: the next command looks again.
    yield { kind: "log", level: "warning", text: `cannot look for changes: ${result.text}` };
  } else if (!result.ok || result.value.gone) {
    session.endReason = "Selected mailbox was deleted";
    yield* say("* BYE Selected mailbox was deleted, have to disconnect.");
    yield { kind: "close" };
    return;
  } else {
    view.apply(result.value);
  }
  yield* tellEvents(view, view.flush({ expunge: options.expunge }), options);
}

/** Lines of one effect: a mailbox with many changes must not become many small writes, nor one huge string. */
const linesAtOnce = 500;

function* tellEvents(view: View, events: readonly ViewEvent[], options: TellOptions): Running<void> {
  for (let start = 0; start < events.length; start += linesAtOnce) {
    const part = events.slice(start, start + linesAtOnce);
    yield* say(part.map((event) => formatEvent(view, event, options)).join("\r\n"));
  }
}

function formatEvent(view: View, event: ViewEvent, options: TellOptions): string {
  switch (event.kind) {
    case "keywords":
      return formatKnownFlags(view);
    case "expunge":
      return `* ${event.sequence} EXPUNGE`;
    case "exists":
      return `* ${event.count} EXISTS\r\n* ${event.recent} RECENT`;
    case "flags": {
      const { uid, flags, recent } = event.message;
      const uidItem = options.withUid ? `UID ${uid} ` : "";
      return `* ${event.sequence} FETCH (${uidItem}FLAGS ${formatFlags(flags, recent)})`;
    }
  }
}

/** FLAGS and PERMANENTFLAGS; `\*` says that keywords may be made up, and stands in the second only (RFC 3501 §7.2.6). */
export function formatKnownFlags(view: View): string {
  const flags = [...systemFlags, ...view.keywords];
  const permanent = view.readOnly
    ? "* OK [PERMANENTFLAGS ()] Read-only mailbox."
    : `* OK [PERMANENTFLAGS ${formatFlags([...flags, "\\*"])}] Flags permitted.`;
  return `* FLAGS ${formatFlags(flags)}\r\n${permanent}`;
}
