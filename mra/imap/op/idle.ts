/** IDLE (RFC 2177). An idling client is not disconnected for inactivity: it has asked to be told for as long as it likes. */

import { tellChanges } from "./changes.ts";
import { bad, loggedIn, ok, type Operation, say, want } from "./operation.ts";

export const idle: Operation = {
  name: "IDLE",
  phases: loggedIn,
  check: (cursor, session) => {
    cursor.end();
    return function* () {
      const { idleMs, notifyMs } = session.settings;
      yield* say("+ idling");
      yield { kind: "deadline", idleMs: notifyMs };
      const telling = { expunge: true, withUid: false };
      yield* tellChanges(session, telling);
      for (;;) {
        const event = yield* want({ want: "event" }, "line", "notice", "expired");
        switch (event.wanted) {
          case "notice":
            yield* tellChanges(session, telling);
            break;
          case "expired":
            // Keeps address translators from forgetting the connection, and finds out whether it is dead.
            yield* say("* OK Still here");
            yield { kind: "deadline", idleMs: notifyMs };
            break;
          case "line":
            yield { kind: "deadline", idleMs };
            return event.text.toUpperCase() === "DONE" ? ok("Idle completed.") : bad("Expected DONE.");
        }
      }
    };
  },
};
