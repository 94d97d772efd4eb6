/**
 * SASL LOGIN: never a standard (draft-murchison-sasl-login), still what many clients try. Two questions, two answers;
 * an initial response is taken as the user's name.
 */

import { utf8Bytes, utf8TextStrict } from "../base/bytes.ts";

import type { SaslExchange, SaslMechanism, SaslStep } from "./mechanism.ts";

export const login: SaslMechanism = {
  name: "LOGIN",
  plaintext: true,
  create: () => new LoginExchange(),
};

class LoginExchange implements SaslExchange {
  #user: string | undefined;

  begin(initial: Uint8Array | undefined): SaslStep {
    // Clients look at these very words.
    return initial === undefined
      ? { kind: "challenge", data: utf8Bytes("Username:") }
      : this.respond(initial);
  }

  respond(response: Uint8Array): SaslStep {
    const text = utf8TextStrict(response);
    if (text === undefined || text.includes("\0")) {
      return { kind: "malformed", reason: "LOGIN response is not UTF-8 text" };
    }
    if (this.#user === undefined) {
      if (text === "") return { kind: "malformed", reason: "LOGIN response names no user" };
      this.#user = text;
      return { kind: "challenge", data: utf8Bytes("Password:") };
    }
    if (text === "") return { kind: "malformed", reason: "LOGIN response has no password" };
    return { kind: "credentials", authorizationId: this.#user, user: this.#user, password: text };
  }
}
