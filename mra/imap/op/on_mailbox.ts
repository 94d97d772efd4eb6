/** What commands on one mailbox by its name share. */

import { parseMailboxName, separator } from "../protocol/mailbox_name.ts";

import {
  type Completion,
  loggedIn,
  no,
  type Operation,
  type Running,
  type SessionContext,
} from "./operation.ts";

/** A command whose one argument is a mailbox; `proceed` gets its seam name. */
export function onMailbox(
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
export function withoutLastSeparator(wireName: string): string {
  return wireName.length > 1 && wireName.endsWith(separator) ? wireName.slice(0, -1) : wireName;
}
