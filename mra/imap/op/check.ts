/** CHECK (RFC 3501 §6.4.1). */

import { ok, type Operation, selected } from "./operation.ts";

export const check: Operation = {
  name: "CHECK",
  phases: selected,
  check: (cursor) => {
    cursor.end();
    // Every change is durable before its command is answered; there is nothing to do but to look for others'.
    // deno-lint-ignore require-yield
    return function* () {
      return ok("Check completed.");
    };
  },
};
