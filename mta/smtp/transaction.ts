/**
 * A mail transaction and where it stands (RFC 5321 §3.3). Only the states that have one carry it.
 *
 * | state | since | MAIL | RCPT | DATA | BDAT |
 * |---|---|---|---|---|---|
 * | none | start, EHLO, RSET, the end of a message | starts one | 503 | 503 | 503, spoiled |
 * | mail | MAIL | 503 | adds one | takes the message | takes a chunk |
 * | chunks | a chunk that was taken | 503 | 503 | 503 | takes a chunk |
 * | spoiled | a chunk that was not taken | 503 | 503 | 503 | drops a chunk; LAST ends it |
 */

import type { Intake } from "./intake.ts";
import type { EnvelopeRecipient, MailParameters, ReversePath } from "./question.ts";

export interface OpenTransaction {
  readonly sender: ReversePath;
  readonly parameters: MailParameters;
  /** Accepted so far. */
  readonly recipients: EnvelopeRecipient[];
  /** Recipients refused because there were too many. */
  overshoot: number;
}

export type MailState =
  | { readonly kind: "none" }
  | { readonly kind: "mail"; readonly transaction: OpenTransaction }
  | { readonly kind: "chunks"; readonly transaction: OpenTransaction; readonly intake: Intake }
  /** `octets` were dropped. */
  | { readonly kind: "spoiled"; readonly octets: number };

export const noMail: MailState = { kind: "none" };
