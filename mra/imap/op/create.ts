/** CREATE (RFC 3501 §6.3.3). */

import { onMailbox } from "./on_mailbox.ts";
import { ask, no, ok, refuse } from "./operation.ts";

export const create = onMailbox("CREATE", function* (_session, name) {
  if (name === "INBOX") return no("[ALREADYEXISTS] Mailbox already exists");
  const { result } = yield* ask({ kind: "create", name });
  return result.ok ? ok("Create completed.") : refuse(result);
});
