/** SASL PLAIN (RFC 4616): `[authzid] NUL authcid NUL passwd`, all UTF-8, in one message. */

import { noBytes, utf8TextStrict } from "../base/bytes.ts";

import type { SaslMechanism, SaslStep } from "./mechanism.ts";

export const plain: SaslMechanism = {
  name: "PLAIN",
  plaintext: true,
  create: () => ({
    // An initial response that is there and empty is a message, and not a good one: no second chance by a challenge.
    begin: (initial) => initial === undefined ? { kind: "challenge", data: noBytes } : readMessage(initial),
    respond: readMessage,
  }),
};

function readMessage(message: Uint8Array): SaslStep {
  const text = utf8TextStrict(message);
  if (text === undefined) return { kind: "malformed", reason: "PLAIN response is not UTF-8" };
  const [authorizationId, user, password, ...more] = text.split("\0");
  if (authorizationId === undefined || user === undefined || password === undefined || more.length > 0) {
    return { kind: "malformed", reason: "PLAIN response has not three parts" };
  }
  // RFC 4616 §2: neither may be empty. An empty password must never reach a check that might take it for another.
  if (user === "") return { kind: "malformed", reason: "PLAIN response names no user" };
  if (password === "") return { kind: "malformed", reason: "PLAIN response has no password" };
  return {
    kind: "credentials",
    authorizationId: authorizationId === "" ? user : authorizationId,
    user,
    password,
  };
}
