/**
 * SASL, the server's side (RFC 4422): mechanisms as pure state machines. SMTP, POP3 and IMAP each do their own base64 and
 * framing around them. PLAIN and LOGIN now; SCRAM, OAUTHBEARER and EXTERNAL get their step kinds when they come.
 */

import type { Bytes } from "../base/bytes.ts";

export type SaslStep =
  /** Send this to the client and give its answer to `respond`. */
  | { readonly kind: "challenge"; readonly data: Bytes }
  /** The client has said who it is: check the password, then tell it the outcome. */
  | {
    readonly kind: "credentials";
    /** Whom to act as; equal to `user` when the client named nobody. */
    readonly authorizationId: string;
    readonly user: string;
    readonly password: string;
  }
  /** What the client sent is not of the mechanism's form. */
  | { readonly kind: "malformed"; readonly reason: string };

export interface SaslExchange {
  /** Begins, with the initial response if there was one (it may be empty). */
  begin(initial: Uint8Array | undefined): SaslStep;
  respond(response: Uint8Array): SaslStep;
}

export interface SaslMechanism {
  /** Registered name, upper case. */
  readonly name: string;
  /** Shows the password to whoever listens: only inside TLS or on loopback. */
  readonly plaintext: boolean;
  create(): SaslExchange;
}
