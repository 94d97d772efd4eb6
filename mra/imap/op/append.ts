/** APPEND (RFC 3501 §6.3.11) with APPENDUID (RFC 4315 §3) and APPENDLIMIT (RFC 7889). The message is never held whole. */

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { parseDateTime } from "../protocol/date.ts";
import { readFlagList } from "../protocol/flag.ts";
import { parseMailboxName } from "../protocol/mailbox_name.ts";
import {
  ask,
  bad,
  type Completion,
  loggedIn,
  no,
  ok,
  type Operation,
  type PendingLiteral,
  refuse,
  type Running,
  say,
  type SessionContext,
  want,
} from "./operation.ts";

interface AppendArguments {
  readonly wireName: string;
  readonly flags: readonly string[];
  readonly receivedMs: number | undefined;
  readonly literal: PendingLiteral;
}

export const append: Operation = {
  name: "APPEND",
  phases: loggedIn,
  takesMessage: true,
  check: (cursor, session) => {
    const args = readArguments(cursor);
    return () => appendMessage(session, args);
  },
};

function readArguments(cursor: Cursor): AppendArguments {
  cursor.space();
  const wireName = cursor.astring();
  cursor.space();
  let flags: readonly string[] = [];
  if (cursor.peek() === "(") {
    flags = readFlagList(cursor);
    cursor.space();
  }
  let receivedMs: number | undefined;
  if (cursor.peek() === '"') {
    receivedMs = parseDateTime(cursor.string());
    if (receivedMs === undefined) throw new BadSyntax("Invalid date-time");
    cursor.space();
  }
  return { wireName, flags, receivedMs, literal: cursor.pendingLiteral() };
}

function* appendMessage(session: SessionContext, args: AppendArguments): Running<Completion> {
  const { literal, wireName, flags, receivedMs } = args;
  const limit = session.settings.maxMessageOctets;
  const parsed = parseMailboxName(wireName);
  let refused: Completion | undefined;
  if (parsed.kind === "invalid") refused = no(`[CANNOT] ${parsed.text}`);
  else if (literal.octets === 0) refused = no("Can't save a zero byte message.");
  else if (limit > 0 && literal.octets > limit) {
    refused = no(`[TOOBIG] Message is larger than ${limit} octets`);
  } else {
    const options = { flags, receivedMs };
    const { result } = yield* ask({ kind: "appendOpen", name: parsed.name, options, octets: literal.octets });
    if (!result.ok) refused = refuse(result, { wireName, creatable: true });
  }
  if (refused !== undefined) {
    session.refuseLiteral();
    return refused;
  }
  session.acceptLiteral();
  if (literal.synchronizing) yield* say("+ OK");
  for (let last = false; !last;) {
    const octets = yield* want({ want: "octets" }, "octets");
    if (octets.bytes.length > 0) yield { kind: "body", bytes: octets.bytes };
    last = octets.last;
  }
  const rest = yield* want({ want: "rest" }, "rest");
  if (!rest.clean) {
    yield { kind: "discard" };
    return bad("Error in IMAP command APPEND: Unexpected arguments.");
  }
  const { result } = yield* ask({ kind: "appendCommit" });
  if (!result.ok) return refuse(result, { wireName, creatable: true });
  return ok(`[APPENDUID ${result.value.uidValidity} ${result.value.uid}] Append completed.`);
}
