/** NAMESPACE (RFC 2342). */

import { separator } from "../protocol/mailbox_name.ts";
import { loggedIn, ok, type Operation, say } from "./operation.ts";

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
