/** CAPABILITY (RFC 3501 §6.1.1). */

import { anywhere, ok, type Operation, say } from "./operation.ts";

export const capability: Operation = {
  name: "CAPABILITY",
  phases: anywhere,
  check: (cursor, session) => {
    cursor.end();
    return function* () {
      yield* say(`* CAPABILITY ${session.capabilities()}`);
      return ok("Capability completed.");
    };
  },
};
