/** What policy decided as a line of the log, in smtpd(8)'s form: log watchers (pflogsumm, fail2ban) read it. */

import type { PolicyFacts, Stage } from "./facts.ts";
import type { PolicyLine } from "./verdict.ts";

/** The stage by the command that was given: HELO is `EHLO` or `LHLO` for whoever says so. */
export function whereOf(stage: Stage, { protocol }: Pick<PolicyFacts, "protocol">): string {
  if (stage !== "HELO" || protocol === "SMTP") return stage;
  return protocol === "LMTP" ? "LHLO" : "EHLO";
}

/**
 * `NOQUEUE: reject: RCPT from NAME[ADDRESS]: TEXT; from=<S> to=<R> proto=ESMTP helo=<H>`; fields are there as far as they
 * are known. `queueId` when it is known by now, else that of the facts.
 */
export function formatPolicyLine(
  stage: Stage,
  facts: PolicyFacts,
  { action, text }: PolicyLine,
  queueId: string | undefined = facts.queueId,
): string {
  const { client, sender, recipient, protocol, helo, login } = facts;
  const fields: string[] = [];
  if (sender !== undefined) fields.push(`from=<${sender}>`);
  if (recipient !== undefined) fields.push(`to=<${recipient}>`);
  // What HELO or EHLO make of the session is not yet in force when they are judged.
  fields.push(`proto=${stage === "CONNECT" || stage === "HELO" ? "SMTP" : protocol}`);
  if (helo !== undefined) fields.push(`helo=<${helo}>`);
  if (login !== undefined) {
    fields.push(`sasl_method=${login.mechanism}`, `sasl_username=${login.user}`);
    if (login.sender !== undefined) fields.push(`sasl_sender=${login.sender}`);
  }
  const head = `${queueId ?? "NOQUEUE"}: ${action}: ${whereOf(stage, facts)}`;
  const line = `${head} from ${client.name}[${client.address}]: ${text}; ${fields.join(" ")}`;
  // What a client says must not begin a line of its own.
  // deno-lint-ignore no-control-regex
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
