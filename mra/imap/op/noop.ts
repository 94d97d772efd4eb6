/** NOOP (RFC 3501 §6.1.2): a look at the mailbox, as after every command. */

import { anywhere, ok, type Operation } from "./operation.ts";

export const noop: Operation = {
  name: "NOOP",
  phases: anywhere,
  check: (cursor) => {
    cursor.end();
    // deno-lint-ignore require-yield
    return function* () {
      return ok("NOOP completed.");
    };
  },
};
