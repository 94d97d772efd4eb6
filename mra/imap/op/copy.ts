/** COPY (RFC 3501 §6.4.7) and MOVE (RFC 6851), all or nothing, with COPYUID (RFC 4315 §3). */

import type { CopyResult, Uid } from "../../../store/account.ts";

import { parseMailboxName } from "../protocol/mailbox_name.ts";
import { formatSequenceSet } from "../protocol/sequence_set.ts";
import { commandName, type Naming, readMessages, readOnlyMailbox, selectedView } from "./messages.ts";
import {
  ask,
  type Completion,
  no,
  ok,
  type Operation,
  refuse,
  type Running,
  say,
  selected,
  type SessionContext,
} from "./operation.ts";

export function copy(naming: Naming): Operation {
  return transfer("COPY", naming, { move: false });
}

export function move(naming: Naming): Operation {
  return transfer("MOVE", naming, { move: true });
}

function transfer(name: string, naming: Naming, options: { readonly move: boolean }): Operation {
  return {
    name: commandName(name, naming),
    phases: selected,
    expunges: options.move,
    check: (cursor, session) => {
      cursor.space();
      const messages = readMessages(cursor, selectedView(session), naming);
      cursor.space();
      const wireName = cursor.astring();
      cursor.end();
      const uids = messages.map(({ message }) => message.uid);
      return () => transferMessages(session, { uids, wireName, move: options.move });
    },
  };
}

interface Transfer {
  readonly uids: readonly Uid[];
  readonly wireName: string;
  readonly move: boolean;
}

function* transferMessages(session: SessionContext, { uids, wireName, move }: Transfer): Running<Completion> {
  const view = selectedView(session);
  const parsed = parseMailboxName(wireName);
  if (parsed.kind === "invalid") return no(`[CANNOT] ${parsed.text}`);
  if (move && view.readOnly) return readOnlyMailbox;
  if (uids.length === 0) return ok("No messages found.");
  const { result } = yield* ask({ kind: "copy", uids, destination: parsed.name, move });
  if (!result.ok) return refuse(result, { wireName, creatable: true });
  const code = formatCopyUid(result.value);
  if (!move) return ok(`${code}Copy completed.`);
  // RFC 6851 §4.3: before the EXPUNGEs, which end what its first set names.
  if (code !== "") yield* say(`* OK ${code}Moved UIDs.`);
  for (const uid of result.value.from) view.vanish(uid);
  session.counters.expunged += result.value.from.length;
  return ok("Move completed.");
}

function formatCopyUid({ uidValidity, from, to }: CopyResult): string {
  if (from.length === 0) return "";
  return `[COPYUID ${uidValidity} ${formatSequenceSet(from)} ${formatSequenceSet(to)}] `;
}
