/** DELETE (RFC 3501 §6.3.4). */

import { onMailbox } from "./on_mailbox.ts";
import { ask, no, ok, refuse } from "./operation.ts";
import { deselect } from "./select.ts";

export const deleteMailbox = onMailbox("DELETE", function* (session, name, wireName) {
  if (name === "INBOX") return no("[CANNOT] INBOX can't be deleted.");
  if (session.state.phase === "selected" && session.state.name === name) yield* deselect(session);
  const { result } = yield* ask({ kind: "delete", name });
  return result.ok ? ok("Delete completed.") : refuse(result, { wireName });
});
