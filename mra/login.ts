/** Logins of readers (POP3, IMAP), as asked of the keeper by their workers. */

import type { Peer, TlsInfo } from "../tools/kit/wire/engine.ts";

/** What a session asks of its service. */
export interface LoginQuestion {
  readonly kind: "login";
  readonly user: string;
  readonly password: string;
  /** `PLAIN`, `LOGIN`, `USER`, ... for the log. */
  readonly mechanism: string;
  readonly peer: Peer;
  readonly tls: TlsInfo | undefined;
}

export interface LoginRequest extends Omit<LoginQuestion, "kind"> {
  readonly protocol: "pop3" | "imap";
}

export type LoginAnswer =
  /** `session` is the entitlement that the store worker knows (`store/api.ts`). */
  | { readonly kind: "accepted"; readonly user: string; readonly session: string }
  | { readonly kind: "refused" }
  | { readonly kind: "unavailable" };

/** Served by the keeper to readers' workers. */
export type LoginApi = {
  login(request: LoginRequest): LoginAnswer;
};
