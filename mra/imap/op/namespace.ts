/** ENABLE (RFC 5161) and NAMESPACE (RFC 2342). */

import { separator } from "../protocol/mailbox_name.ts";
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

export const namespace: Operation = {
  name: "NAMESPACE",
  phases: loggedIn,
  check: (cursor) => {
    cursor.end();
    return function* () {
      yield* say(`* NAMESPACE (("" "${separator}")) NIL NIL`);
      return ok("Namespace completed.");
    };
  },
};
