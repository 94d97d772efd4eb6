/** STATUS (RFC 3501 §6.3.10; SIZE: RFC 8438). */

import type { MailboxStatus } from "../../../store/account.ts";

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { formatMailboxName, parseMailboxName } from "../protocol/mailbox_name.ts";
import { ask, loggedIn, no, ok, type Operation, refuse, say } from "./operation.ts";

type StatusItem = "MESSAGES" | "RECENT" | "UIDNEXT" | "UIDVALIDITY" | "UNSEEN" | "SIZE";

const items: Readonly<Record<StatusItem, (status: MailboxStatus) => number>> = {
  MESSAGES: (status) => status.messages,
  RECENT: (status) => status.recent,
  UIDNEXT: (status) => status.uidNext,
  UIDVALIDITY: (status) => status.uidValidity,
  UNSEEN: (status) => status.unseen,
  SIZE: (status) => status.octets,
};

export type StatusItems = readonly StatusItem[];

export function readStatusItems(cursor: Cursor): StatusItems {
  return cursor.list(() => {
    const name = cursor.keyword();
    if (!isStatusItem(name)) throw new BadSyntax(`Invalid status item ${name}`);
    return name;
  });
}

function isStatusItem(name: string): name is StatusItem {
  return Object.hasOwn(items, name);
}

/** What to ask of the store for these. */
export function statusQuestion(name: string, wanted: StatusItems) {
  return { kind: "status", name, octets: wanted.includes("SIZE") } as const;
}

export function formatStatus(name: string, wanted: StatusItems, status: MailboxStatus): string {
  return `* STATUS ${formatMailboxName(name)} (${
    wanted.map((item) => `${item} ${items[item](status)}`).join(" ")
  })`;
}

export const status: Operation = {
  name: "STATUS",
  phases: loggedIn,
  check: (cursor, session) => {
    cursor.space();
    const wireName = cursor.astring();
    cursor.space();
    const wanted = readStatusItems(cursor);
    cursor.end();
    return function* () {
      const parsed = parseMailboxName(wireName);
      if (parsed.kind === "invalid") return no(`[CANNOT] ${parsed.text}`);
      const { result } = yield* ask(statusQuestion(parsed.name, wanted));
      if (!result.ok) return refuse(result, { wireName });
      yield* say(formatStatus(parsed.name, wanted, result.value));
      const own = session.state.phase === "selected" && session.state.name === parsed.name;
      return ok(own ? "[CLIENTBUG] Status on selected mailbox completed." : "Status completed.");
    };
  },
};
