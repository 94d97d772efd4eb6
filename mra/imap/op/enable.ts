/** ENABLE (RFC 5161). */

import { loggedIn, ok, type Operation, say } from "./operation.ts";

export const enable: Operation = {
  name: "ENABLE",
  phases: loggedIn,
  check: (cursor) => {
    cursor.space();
    do cursor.keyword(); while (cursor.take(" "));
    cursor.end();
    return function* () {
      // RFC 5161 §3.1: unknown names are ignored, and nothing here needs enabling yet.
      yield* say("* ENABLED");
      return ok("Enabled.");
    };
  },
};
