/** STORE (RFC 3501 §6.4.6). */

import type { Flag, FlagMode } from "../../../store/account.ts";

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { readStoreFlags, sameFlags } from "../protocol/flag.ts";
import { formatFlags } from "../protocol/writer.ts";
import type { Numbered, View } from "../view.ts";
import { formatKnownFlags } from "./changes.ts";
import {
  commandName,
  inBatches,
  type Naming,
  readMessages,
  readOnlyMailbox,
  selectedView,
} from "./messages.ts";
import {
  ask,
  type Completion,
  ok,
  type Operation,
  refuse,
  type Running,
  say,
  selected,
  type SessionContext,
} from "./operation.ts";

interface StoreArguments {
  readonly mode: FlagMode;
  readonly silent: boolean;
  readonly flags: readonly Flag[];
}

const modes: Readonly<Record<string, FlagMode>> = { "+": "add", "-": "remove", "": "replace" };

/** Changes are small: more of them in one question than of messages read. */
const changesAtOnce = 1000;

export function store(naming: Naming): Operation {
  return {
    name: commandName("STORE", naming),
    phases: selected,
    holdsExpunges: !naming.byUid,
    check: (cursor, session) => {
      cursor.space();
      const messages = readMessages(cursor, selectedView(session), naming);
      cursor.space();
      const args = readArguments(cursor);
      cursor.end();
      return () => storeFlags(session, messages, { ...args, naming });
    },
  };
}

function readArguments(cursor: Cursor): StoreArguments {
  const match = /^([+-]?)FLAGS(\.SILENT)?$/.exec(cursor.keyword());
  if (match === null) throw new BadSyntax("Invalid store item");
  cursor.space();
  return { mode: modes[match[1]!]!, silent: match[2] !== undefined, flags: readStoreFlags(cursor) };
}

function* storeFlags(
  session: SessionContext,
  messages: readonly Numbered[],
  args: StoreArguments & { readonly naming: Naming },
): Running<Completion> {
  const view = selectedView(session);
  if (view.readOnly) return readOnlyMailbox;
  const { mode, flags } = args;
  let missing = 0;
  for (const batch of inBatches(messages, changesAtOnce)) {
    const uids = batch.map(({ message }) => message.uid);
    const { result } = yield* ask({ kind: "setFlags", uids, mode, flags });
    if (!result.ok) return refuse(result);
    missing += uids.length - result.value.length;
    const stored = new Map(result.value.map((change) => [change.uid, change]));
    const lines: string[] = [];
    for (const numbered of batch) {
      const change = stored.get(numbered.message.uid);
      if (change === undefined) continue;
      const expected = applied(numbered.message.flags, args);
      view.noteFlags(change.uid, change.flags, change.modSeq, { tell: true });
      // With .SILENT the client is told only what it cannot know: that somebody else had changed the flags.
      if (!args.silent) lines.push(formatLine(numbered, args.naming));
      if (!args.silent || sameFlags(expected, change.flags)) view.told(change.uid);
      if (flags.includes("\\Deleted") && mode !== "remove") session.counters.deleted++;
    }
    yield* tellLines(view, lines);
  }
  // RFC 2180 §4.2.2: the flags of those that are there have been set; that others are gone is no failure of STORE.
  return ok(missing === 0 || args.naming.byUid ? "Store completed." : "[EXPUNGEISSUED] Store completed.");
}

function* tellLines(view: View, lines: string[]): Running<void> {
  if (view.takeKeywordsChanged()) lines.unshift(formatKnownFlags(view));
  if (lines.length > 0) yield* say(lines.join("\r\n"));
}

function formatLine({ sequence, message }: Numbered, naming: Naming): string {
  const uid = naming.byUid ? `UID ${message.uid} ` : "";
  return `* ${sequence} FETCH (${uid}FLAGS ${formatFlags(message.flags, message.recent)})`;
}

/** What the flags become when nobody else changes them. */
function applied(before: readonly Flag[], { mode, flags }: StoreArguments): readonly Flag[] {
  const folded = new Set(flags.map((flag) => flag.toLowerCase()));
  const others = before.filter((flag) => !folded.has(flag.toLowerCase()));
  switch (mode) {
    case "add":
      return [...others, ...flags];
    case "remove":
      return others;
    case "replace":
      return flags;
  }
}
