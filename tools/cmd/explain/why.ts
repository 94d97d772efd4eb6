/** `mailsrv explain --why`: what was recorded when a message, or a client, was handled. */

import { formatSyslogTime } from "../../kit/base/log.ts";

import type { QueuedMessage } from "../../../store/spool/spool.ts";

import type { DecisionRecord, KeptRecord } from "../../../mta/reception/decision_record.ts";

import type { ExplainedStage } from "./explanation.ts";
import { formatStages } from "./format.ts";

export interface WhyQuestion {
  /** A queue id, an address of a client, or an address of a sender or recipient. */
  readonly what: string;
  /** A part of the time as the log shows it: `Nov 25 01:11`. */
  readonly time?: string | undefined;
}

/** Transactions that are told of, at most; the last ones. */
const maxTransactions = 20;

/** The decisions of the transactions that are meant, each transaction's together, in the order of their beginning. */
export function findRecords(
  records: readonly KeptRecord[],
  { what, time }: WhyQuestion,
): readonly (readonly DecisionRecord[])[] {
  // Short queue ids come back: the last message of that name is meant.
  const tie = records.findLast((record) => record.kind === "queued" && record.id === what);
  const name = what.replace(/^<(.*)>$/, "$1").toLowerCase();
  const isMeant = (record: DecisionRecord) =>
    tie !== undefined
      ? record.instance === tie.instance
      : [record.client.address, record.client.name, record.sender, record.recipient]
        .some((word) => word?.toLowerCase() === name && name !== "");
  const byInstance = new Map<string, DecisionRecord[]>();
  for (const record of records) {
    if (record.kind !== "decision" || !isMeant(record)) continue;
    if (time !== undefined && !formatSyslogTime(record.timeMs).includes(time)) continue;
    const group = byInstance.get(record.instance);
    if (group === undefined) byInstance.set(record.instance, [record]);
    else group.push(record);
  }
  for (const group of byInstance.values()) group.sort((one, other) => one.timeMs - other.timeMs);
  return [...byInstance.values()]
    .sort(([one], [other]) => one!.timeMs - other!.timeMs)
    .slice(-maxTransactions);
}

/** `idOf` says which message became of a transaction. */
export function formatRecords(
  transactions: readonly (readonly DecisionRecord[])[],
  idOf: (instance: string) => string | undefined,
): string {
  return transactions.map((records) => {
    const first = records[0]!;
    const { client: { name, address }, helo, user, tls, sender } = first;
    const words = [
      `${formatSyslogTime(first.timeMs)} ${idOf(first.instance) ?? "NOQUEUE"}`,
      `client ${name}[${address}]`,
      ...(helo === undefined ? [] : [`helo ${helo}`]),
      ...(user === undefined ? [] : [`as ${user}`]),
      ...(tls ? ["over tls"] : []),
      ...(sender === undefined ? [] : [`from <${sender}>`]),
    ];
    const stages = records.map((record): ExplainedStage => ({
      stage: record.stage,
      reply: `${record.recipient === undefined ? "" : `<${record.recipient}>: `}${replyOf(record)}`,
      decision: record.decision,
    }));
    return `${words.join(" ")}\n${formatStages(stages)}`;
  }).join("\n");
}

/** Where the message is now, and what became of each recipient so far. */
export function formatQueued({ queue, envelope, outcomes, nextAttemptMs, attempts }: QueuedMessage): string {
  const next = queue === "deferred" ? `, next attempt ${formatSyslogTime(nextAttemptMs)}` : "";
  const lines = envelope.recipients.map(({ address, original }, index) => {
    const outcome = outcomes[index];
    const from = original === "" || original === address ? "" : ` (given as ${original})`;
    const fate = outcome === undefined
      ? "not tried yet"
      : `${outcome.kind} ${outcome.status} ${outcome.text}`;
    return `  <${address}>${from}: ${fate}\n`;
  });
  return `Queue ${queue}, ${attempts} attempts${next}\n${lines.join("")}`;
}

function replyOf({ decision: { verdict } }: DecisionRecord): string {
  switch (verdict.kind) {
    case "permit":
      return "permitted";
    case "reject":
    case "defer":
      return `${verdict.refusal.code} ${verdict.refusal.status} ${verdict.refusal.text}`;
    case "hangup":
      return "(the connection was closed without a reply)";
  }
}
