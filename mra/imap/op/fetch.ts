/** FETCH (RFC 3501 §6.4.5): which messages, which items; `fetching.ts` gathers and says them. */

import { readAttributes } from "../fetch/attribute.ts";
import { planFetch } from "../fetch/plan.ts";
import { Fetching } from "./fetching.ts";
import { commandName, type Naming, readMessages, selectedView } from "./messages.ts";
import { no, ok, type Operation, refuse, selected } from "./operation.ts";

export function fetch(naming: Naming): Operation {
  return {
    name: commandName("FETCH", naming),
    phases: selected,
    holdsExpunges: !naming.byUid,
    check: (cursor, session) => {
      cursor.space();
      const messages = readMessages(cursor, selectedView(session), naming);
      cursor.space();
      const asked = readAttributes(cursor);
      cursor.end();
      // RFC 3501 §6.4.8: the answer to UID FETCH carries the UID, asked for or not.
      const isUid = asked.some((attribute) => attribute.kind === "plain" && attribute.name === "UID");
      const attributes = naming.byUid && !isUid ? [{ kind: "plain", name: "UID" } as const, ...asked] : asked;
      return function* () {
        const fetching = new Fetching(session, selectedView(session), planFetch(attributes));
        yield* fetching.run(messages);
        if (fetching.problem !== undefined) return refuse(fetching.problem);
        // RFC 2180 §4.1.2: who fetched by sequence number hears that some are gone; UIDs of those are silently none.
        if (fetching.missing === 0 || naming.byUid) return ok("Fetch completed.");
        return no("[EXPUNGEISSUED] Some of the requested messages no longer exist");
      };
    },
  };
}
