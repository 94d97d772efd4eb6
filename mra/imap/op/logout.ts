/** LOGOUT (RFC 3501 §6.1.3). */

import { anywhere, ok, type Operation, say } from "./operation.ts";

export const logout: Operation = {
  name: "LOGOUT",
  phases: anywhere,
  check: (cursor, session) => {
    cursor.end();
    return function* () {
      session.endReason = session.state.phase === "greeted" ? "Aborted login by logging out" : "Logged out";
      yield* say("* BYE Logging out");
      return { ...ok("Logout completed."), untold: true, close: true };
    };
  },
};
