/** Which queued messages a command means: by sender, recipient, domain, age, reason, queue. Pure. */

import type { QueuedMessage, QueueName } from "../../../store/spool/spool.ts";

import { parseDuration } from "../../config/units.ts";

import type { Arguments, CommandOption } from "../command.ts";
import { UsageError } from "../command.ts";

/** All that is given must hold. A value that can be sent over the control socket. */
export interface QueueFilter {
  /** Address, `*` for anything; `<>` or MAILER-DAEMON for the empty one. */
  readonly sender?: string;
  /** Of one recipient that is not done. */
  readonly recipient?: string;
  /** Of one recipient that is not done; subdomains do not count. */
  readonly domain?: string;
  readonly olderMs?: number;
  readonly newerMs?: number;
  /** Part of the text why one recipient waits. */
  readonly reason?: string;
  readonly queues?: readonly QueueName[];
}

export const filterOptions: readonly CommandOption[] = [
  { name: "sender", value: "ADDRESS", summary: "from ADDRESS (* for anything, <> for the empty one)" },
  { name: "recipient", value: "ADDRESS", summary: "still to be delivered to ADDRESS (* for anything)" },
  { name: "domain", value: "DOMAIN", summary: "still to be delivered to somebody at DOMAIN" },
  { name: "older", value: "TIME", summary: "that came longer ago than TIME (30m, 2h, 3d)" },
  { name: "newer", value: "TIME", summary: "that came within TIME" },
  { name: "reason", value: "TEXT", summary: "that wait for a reason with TEXT in it" },
  { name: "state", value: "QUEUES", summary: "in these queues: maildrop,active,incoming,deferred,hold" },
];

const queueWords: readonly QueueName[] = ["maildrop", "active", "incoming", "deferred", "hold"];

/** @throws UsageError for a value that cannot be understood */
export function readFilter({ options }: Arguments, command: string): QueueFilter {
  const text = (name: string) => {
    const value = options[name];
    return typeof value === "string" ? value : undefined;
  };
  const time = (name: string) => {
    const given = text(name);
    const value = given === undefined ? undefined : parseDuration(given, "s");
    if (given !== undefined && value === undefined) {
      throw new UsageError(`${command}: --${name} ${given}: expected a time such as 30m, 2h or 3d`);
    }
    return value;
  };
  const given = {
    sender: text("sender"),
    recipient: text("recipient"),
    domain: text("domain"),
    olderMs: time("older"),
    newerMs: time("newer"),
    reason: text("reason"),
    queues: text("state")?.split(/[\s,]+/).map((word) => readQueue(word, command)),
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  // What was given, under its own names: what the type says.
  return Object.fromEntries(entries) as QueueFilter;
}

function readQueue(word: string, command: string): QueueName {
  const queue = queueWords.find((known) => known === word);
  if (queue === undefined) {
    throw new UsageError(`${command}: there is no queue "${word}"; there are ${queueWords.join(", ")}`);
  }
  return queue;
}

/** Must a message's file be read to tell? */
export function looksInside({ queues: _queues, ...inside }: QueueFilter): boolean {
  return Object.keys(inside).length > 0;
}

export function matchesFilter(message: QueuedMessage, filter: QueueFilter, nowMs: number): boolean {
  const { envelope: { sender, recipients, arrivedMs }, outcomes } = message;
  const waiting = recipients.flatMap(({ address }, index) => {
    const outcome = outcomes[index];
    return outcome === undefined || outcome.kind === "deferred"
      ? [{ address, reason: outcome?.text ?? "" }]
      : [];
  });
  const { domain, reason } = filter;
  return (filter.queues?.includes(message.queue) ?? true) &&
    (filter.sender === undefined || matchesAddress(sender, filter.sender)) &&
    (filter.olderMs === undefined || nowMs - arrivedMs > filter.olderMs) &&
    (filter.newerMs === undefined || nowMs - arrivedMs <= filter.newerMs) &&
    (filter.recipient === undefined ||
      waiting.some(({ address }) => matchesAddress(address, filter.recipient!))) &&
    (domain === undefined || waiting.some(({ address }) => isAt(address, domain))) &&
    (reason === undefined || waiting.some((one) => one.reason.toLowerCase().includes(reason.toLowerCase())));
}

/** Is a message on its way to somebody at this domain? */
export function isAt(address: string, domain: string): boolean {
  return address.toLowerCase().endsWith(`@${domain.toLowerCase()}`);
}

function matchesAddress(address: string, pattern: string): boolean {
  if (pattern === "<>" || pattern === "MAILER-DAEMON") return address === "";
  const parts = pattern.toLowerCase().split("*");
  const text = address.toLowerCase();
  if (parts.length === 1) return text === parts[0];
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) {
    return false;
  }
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
