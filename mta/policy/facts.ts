/** What is known when policy decides; gathered elsewhere. All of it can be cloned. */

import type { TlsInfo } from "../../tools/kit/wire/engine.ts";

import type { SmtpRole } from "../smtp/question.ts";
import type { Refusal } from "./verdict.ts";

/** Where in the session, by the names of smtpd's log. */
export type Stage =
  | "CONNECT"
  | "HELO"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "END-OF-MESSAGE"
  | "ETRN"
  | "VRFY";

/** How the DNS knows the client. */
export interface ClientName {
  /** Verified both ways (PTR, and A/AAAA back), else `unknown`. */
  readonly name: string;
  /** Why it is `unknown`: for good, or for now. */
  readonly nameStatus: "ok" | "permanent" | "temporary";
  /** The PTR name, not verified, else `unknown`. */
  readonly reverseName: string;
  readonly reverseStatus: "ok" | "permanent" | "temporary";
}

/** The certificate that the client showed (smtpd_tls_ask_ccert). */
export interface ClientCertificate {
  /** Verified up to a certification authority that we trust. */
  readonly trusted: boolean;
  readonly subject: string;
  readonly issuer: string;
  /** As smtpd_tls_fingerprint_digest says: `AA:BB:...`, of the certificate and of its public key. */
  readonly fingerprint: string;
  readonly publicKeyFingerprint: string;
}

export interface PolicyFacts {
  readonly role: SmtpRole;
  readonly client: ClientName & { readonly address: string; readonly port: number };
  readonly server: { readonly address: string; readonly port: number };
  readonly helo: string | undefined;
  /** `SMTP`, `ESMTP` (also `LMTP`), for the log. */
  readonly protocol: string;
  readonly tls: TlsInfo | undefined;
  readonly certificate?: ClientCertificate | undefined;
  /** Who logged in. `sender` is MAIL's AUTH= parameter. */
  readonly login:
    | { readonly user: string; readonly mechanism: string; readonly sender?: string | undefined }
    | undefined;
  /** `undefined` before MAIL and for VRFY; `""` is the null sender. */
  readonly sender: string | undefined;
  /** `undefined` before RCPT, and at DATA and later when there is more than one. */
  readonly recipient: string | undefined;
  /** Recipients accepted before this one; at DATA and later, all. */
  readonly recipientCount: number;
  /** SIZE= at MAIL and RCPT; the message's size at its end. Octets. */
  readonly size: number | undefined;
  readonly queueId: string | undefined;
  /** Names this session's transaction to policy services (SMTPD_POLICY_README `instance`). */
  readonly instance: string;
  /** The client talked before its turn without having been offered PIPELINING. */
  readonly pipelined: boolean;
  /** What an earlier stage has left to be answered when all else permits (smtpd_delay_reject = no). */
  readonly pending?: Refusal | undefined;
  /** A rule said DISCARD for an earlier recipient of this message: no more rules are asked. */
  readonly discarded?: boolean | undefined;
  /** The argument of ETRN. */
  readonly etrnDomain: string | undefined;
}
