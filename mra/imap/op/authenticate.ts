/** AUTHENTICATE (RFC 3501 §6.2.2) with an initial response (RFC 4959 SASL-IR). */

import { decodeBase64, encodeBase64 } from "../../../tools/kit/base/base64.ts";
import { decodeInitialResponse } from "../../../tools/kit/sasl/initial_response.ts";
import type { SaslMechanism } from "../../../tools/kit/sasl/mechanism.ts";
import { findMechanism } from "../../../tools/kit/sasl/mechanisms.ts";

import { failLogin, logIn, mayUseCleartext, refuseCleartext } from "./login.ts";
import {
  bad,
  type Completion,
  no,
  type Operation,
  type Running,
  say,
  type SessionContext,
  want,
} from "./operation.ts";

export const authenticate: Operation = {
  name: "AUTHENTICATE",
  phases: ["greeted"],
  check: (cursor, session) => {
    cursor.space();
    const name = cursor.keyword();
    const initial = cursor.take(" ") ? cursor.astring() : undefined;
    cursor.end();
    return function* () {
      const mechanism = session.settings.mechanisms.includes(name) ? findMechanism(name) : undefined;
      if (mechanism === undefined) return no("[CANNOT] Unsupported authentication mechanism.");
      if (mechanism.plaintext && !mayUseCleartext(session)) {
        return yield* refuseCleartext({ exposed: initial !== undefined });
      }
      return yield* exchange(session, mechanism, initial);
    };
  },
};

function* exchange(
  session: SessionContext,
  mechanism: SaslMechanism,
  initial: string | undefined,
): Running<Completion> {
  const decoded = initial === undefined ? undefined : decodeInitialResponse(initial);
  if (initial !== undefined && decoded === undefined) return bad("Invalid base64 data in initial response.");
  const dialogue = mechanism.create();
  let step = dialogue.begin(decoded);
  while (step.kind === "challenge") {
    yield* say(`+ ${encodeBase64(step.data)}`);
    const { text } = yield* want({ want: "line" }, "line");
    if (text === "*") return bad("Authentication aborted by client.");
    const response = decodeBase64(text);
    if (response === undefined) return bad("Invalid base64 data in continued response.");
    step = dialogue.respond(response);
  }
  if (step.kind === "credentials" && step.authorizationId === step.user) {
    return yield* logIn(session, { user: step.user, password: step.password, mechanism: mechanism.name });
  }
  // Nobody may act as somebody else yet, and the client is not told which part of what it said was wrong.
  session.counters.loginAttempts++;
  const user = step.kind === "credentials" ? step.user : "";
  return yield* failLogin(session, { user, mechanism: mechanism.name });
}
