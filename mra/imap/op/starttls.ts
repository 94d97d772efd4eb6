/** STARTTLS (RFC 3501 §6.2.1). What came behind it in plain text is dropped by the session. */

import { bad, ok, type Operation } from "./operation.ts";

export const starttls: Operation = {
  name: "STARTTLS",
  phases: ["greeted"],
  check: (cursor, session) => {
    cursor.end();
    // deno-lint-ignore require-yield
    return function* () {
      if (session.tls !== undefined) return bad("TLS is already active.");
      if (!session.settings.startTls) return bad("TLS support isn't enabled.");
      return { ...ok("Begin TLS negotiation now."), starttls: true };
    };
  },
};
