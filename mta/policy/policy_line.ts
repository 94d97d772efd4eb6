/** What policy decided as a line of the log, in smtpd(8)'s form: log watchers read it. */

import type { PolicyFacts, Stage } from "./facts.ts";
import type { PolicyLine } from "./verdict.ts";

/**
 * `NOQUEUE: reject: RCPT from NAME[ADDRESS]: TEXT; from=<S> to=<R> proto=ESMTP helo=<H>`; fields are there as far as they
 * are known.
 */
export function formatPolicyLine(stage: Stage, facts: PolicyFacts, { action, text }: PolicyLine): string {
  const { client, sender, recipient, protocol, helo, login, queueId } = facts;
  // Extended protocols begin with EHLO.
  const where = stage === "HELO" && protocol === "ESMTP" ? "EHLO" : stage;
  const fields: string[] = [];
  if (sender !== undefined) fields.push(`from=<${sender}>`);
  if (recipient !== undefined) fields.push(`to=<${recipient}>`);
  fields.push(`proto=${protocol}`);
  if (helo !== undefined) fields.push(`helo=<${helo}>`);
  if (login !== undefined) {
    fields.push(`sasl_method=${login.mechanism}`, `sasl_username=${login.user}`);
    if (login.sender !== undefined) fields.push(`sasl_sender=${login.sender}`);
  }
  const message = queueId ?? "NOQUEUE";
  return `${message}: ${action}: ${where} from ${client.name}[${client.address}]: ${text}; ${
    fields.join(" ")
  }`;
}
