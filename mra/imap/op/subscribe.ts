/** SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.6, §6.3.7). */

import { onMailbox } from "./on_mailbox.ts";
import { ask, ok, refuse } from "./operation.ts";

export const subscribe = onMailbox("SUBSCRIBE", function* (_session, name, wireName) {
  const { result } = yield* ask({ kind: "subscribe", name });
  return result.ok ? ok("Subscribe completed.") : refuse(result, { wireName });
});

export const unsubscribe = onMailbox("UNSUBSCRIBE", function* (_session, name, wireName) {
  const { result } = yield* ask({ kind: "unsubscribe", name });
  return result.ok ? ok("Unsubscribe completed.") : refuse(result, { wireName });
});
