/**
 * A decision as it is kept: one line of JSON each, so that `explain --why` can tell later what was decided and by what.
 * Pure. A line that cannot be read (torn by a crash, or by another version) is none.
 */

import type { PolicyFacts, Stage } from "../policy/facts.ts";
import type { Decision } from "../policy/verdict.ts";

export interface DecisionRecord {
  readonly kind: "decision";
  readonly timeMs: number;
  readonly stage: Stage;
  /** Of the transaction; `queued` says which message it became. */
  readonly instance: string;
  readonly client: { readonly name: string; readonly address: string };
  readonly helo?: string | undefined;
  readonly user?: string | undefined;
  readonly tls: boolean;
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
  readonly decision: Decision;
}

export interface QueuedRecord {
  readonly kind: "queued";
  readonly timeMs: number;
  readonly instance: string;
  readonly id: string;
}

export type KeptRecord = DecisionRecord | QueuedRecord;

export function decisionRecord(
  timeMs: number,
  stage: Stage,
  { facts, decision }: { readonly facts: PolicyFacts; readonly decision: Decision },
): DecisionRecord {
  const { client: { name, address }, helo, login, tls, sender, recipient, instance } = facts;
  return {
    kind: "decision",
    timeMs,
    stage,
    instance,
    client: { name, address },
    helo,
    user: login?.user,
    tls: tls !== undefined,
    sender,
    recipient,
    decision,
  };
}

/** With its line end. */
export function formatKeptRecord(record: KeptRecord): string {
  return `${JSON.stringify(record)}\n`;
}

export function parseKeptRecord(line: string): KeptRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isKeptRecord(value) ? value : undefined;
}

/** Written by this program: what the formatter goes by is looked at, no more. */
function isKeptRecord(value: unknown): value is KeptRecord {
  if (!isObject(value) || typeof value.timeMs !== "number" || typeof value.instance !== "string") {
    return false;
  }
  if (value.kind === "queued") return typeof value.id === "string";
  const { decision, client } = value;
  return value.kind === "decision" && typeof value.stage === "string" && isObject(client) &&
    typeof client.name === "string" && typeof client.address === "string" && isObject(decision) &&
    isObject(decision.verdict) && [decision.trail, decision.lines, decision.warnings].every(Array.isArray);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
