/** What a client session is at; the table stands in `client.ts`. */

import type { Transaction } from "./transaction.ts";

export type State =
  | { readonly kind: "greeting" | "starttls" | "handshake" | "judging" | "idle" | "reset" | "quit" | "over" }
  | { readonly kind: "helo"; readonly verb: "EHLO" | "HELO" | "LHLO" }
  | { readonly kind: "login" }
  | { readonly kind: "transaction"; readonly transaction: Transaction };
