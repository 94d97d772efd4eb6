/** CREATE (RFC 3501 §6.3.3). */

import { separator } from "../protocol/mailbox_name.ts";

import { onMailbox } from "./on_mailbox.ts";
import { ask, no, ok, refuse } from "./operation.ts";

export const create = onMailbox("CREATE", function* (_session, name, wireName) {
  if (name === "INBOX") return no("[ALREADYEXISTS] Mailbox already exists");
  // RFC 3501 §6.3.3: a separator at the end says that names below will follow; some formats must know.
  const wanted = wireName.endsWith(separator) ? `${name}${separator}` : name;
  const { result } = yield* ask({ kind: "create", name: wanted });
  return result.ok ? ok("Create completed.") : refuse(result);
});
