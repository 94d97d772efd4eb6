/** Explanations as text: short, aligned, and one fact a line, so that grep finds it. */

import type { Looked, Outcome, Reason, Step } from "../../../mta/policy/verdict.ts";

import type { Branch, ExplainedClient, ExplainedStage, Explanation } from "./explanation.ts";

/** Rules longer than this do not push the others' results away. */
const maxRuleWidth = 60;
const maxPlaceWidth = 40;

export function formatExplanation(explanation: Explanation): string {
  const { sender, recipient, client, stages, rewriting, delivery, notes } = explanation;
  return [
    `mail from <${sender}> to <${recipient}>\n${client === undefined ? "" : formatClient(client)}`,
    ...(stages.length === 0 ? [] : [formatStages(stages)]),
    ...(rewriting.length === 0 ? [] : [`Rewriting\n${formatBranches(rewriting)}`]),
    ...(delivery.length === 0 ? [] : [`Delivery\n${formatBranches(delivery)}`]),
    ...(notes.length === 0 ? [] : [`Notes\n${notes.map((note) => `  ${note}\n`).join("")}`]),
  ].map(printable).join("\n");
}

function formatClient(client: ExplainedClient): string {
  const { name = "unknown", address, helo, user, tls, service } = client;
  const words = [
    `client ${name}[${address}]`,
    ...(helo === undefined ? [] : [`helo ${helo}`]),
    ...(user === undefined ? [] : [`as ${user}`]),
    ...(tls ? ["over tls"] : []),
    `on ${service}`,
  ];
  return `${words.join(" ")}\n`;
}

/** Each stage with what the client hears, and below it what was evaluated. */
export function formatStages(stages: readonly ExplainedStage[]): string {
  const width = Math.max(...stages.map(({ stage }) => stage.length));
  return stages.map(({ stage, reply, decision }) => {
    const { trail, warnings, lines } = decision;
    const logged = lines.filter(({ action }) => action !== "reject")
      .map(({ action, text }) => `  log: ${action}: ${text}\n`);
    return `${stage.padEnd(width)}  ${reply}\n${formatTrail(trail)}${logged.join("")}${
      warnings.map((warning) => `  warning: ${warning}\n`).join("")
    }`;
  }).join("");
}

/** Rules in order, under the names of their lists, each with its result, and below it what it looked up. */
function formatTrail(trail: readonly Step[]): string {
  const ruleOf = ({ depth, rule }: Step) => `    ${"  ".repeat(depth)}${rule}`;
  const width = Math.min(maxRuleWidth, Math.max(0, ...trail.map((step) => ruleOf(step).length)));
  let list = "";
  let text = "";
  for (const step of trail) {
    if (step.list !== list) text += `  ${list = step.list}\n`;
    text += `${ruleOf(step).padEnd(width)}  ${formatOutcome(step)}\n`;
    text += formatLooked(step.looked, `        ${"  ".repeat(step.depth)}`);
  }
  return text;
}

const outcomeWords: Readonly<Record<Outcome["kind"], string>> = {
  permit: "permit",
  reject: "reject",
  defer: "defer",
  hangup: "hang up",
  deferIfPermit: "defer if permit",
  deferIfReject: "defer if reject",
};

/** `reject 554 5.7.1 (mynetworks: 192.0.2.0/24)`; `-` when the rule said nothing. */
function formatOutcome({ outcome, warned, reason, looked }: Step): string {
  const words = outcome === undefined ? "-" : outcomeWords[outcome.kind];
  const reply = outcome !== undefined && "refusal" in outcome
    ? ` ${outcome.refusal.code} ${outcome.refusal.status}`
    : "";
  const why = formatReason(
    reason ?? (outcome !== undefined && "reason" in outcome ? outcome.reason : undefined),
    looked,
  );
  return `${words}${reply}${warned === true ? ", only logged (warn_if_reject)" : ""}${
    why === "" ? "" : `  (${why})`
  }`;
}

/** What the lookups below do not say already. */
function formatReason(reason: Reason | undefined, looked: readonly Looked[]): string {
  if (reason === undefined) return "";
  const { table, key, line, note } = reason;
  const isShown = looked.some(({ where, key: asked }) => where === table && asked === key);
  const place = isShown || table === undefined
    ? ""
    : `${table}${line === undefined ? "" : `:${line}`}${key === undefined ? "" : `: ${key}`}`;
  return [place, note ?? ""].filter((part) => part !== "").join("; ");
}

/** `hash:/etc/postfix/access:12  av.com -> REJECT`, places aligned; `a@av.com, b.com -> -` for keys that are not there. */
function formatLooked(looked: readonly Looked[], indent: string): string {
  const rows = joinMisses(looked);
  const width = Math.min(maxPlaceWidth, Math.max(0, ...rows.map(({ place }) => place.length)));
  return rows.map(({ place, keys, said }) =>
    `${indent}${place.padEnd(width)}  ${keys.join(", ")} -> ${said ?? "-"}\n`
  ).join("");
}

interface LookedRow {
  readonly place: string;
  readonly keys: string[];
  readonly said: string | undefined;
}

/** Keys that a table does not have, one after another, are one row; what was asked twice is told once. */
function joinMisses(looked: readonly Looked[]): readonly LookedRow[] {
  const rows: LookedRow[] = [];
  const told = new Set<string>();
  for (const { where, key, answer, line, failed } of looked) {
    const place = `${where}${line === undefined ? "" : `:${line}`}`;
    if (told.has(`${place}\n${key}`)) continue;
    told.add(`${place}\n${key}`);
    const said = failed === true ? `failed: ${answer ?? ""}` : answer;
    const last = rows.at(-1);
    if (said === undefined && last?.said === undefined && last?.place === place) last.keys.push(key);
    else rows.push({ place, keys: [key], said });
  }
  return rows;
}

function formatBranches(branches: readonly Branch[], indent = "  "): string {
  return branches.map(({ text, looked = [], branches: below = [] }) =>
    `${indent}${text}\n${formatLooked(looked, `${indent}    `)}${formatTree(below, indent)}`
  ).join("");
}

/** Branches with the lines that hold them to their trunk. */
function formatTree(branches: readonly Branch[], indent: string): string {
  return branches.map(({ text, looked = [], branches: below = [] }, index) => {
    const isLast = index === branches.length - 1;
    const inner = `${indent}${isLast ? "   " : "|  "}`;
    return `${indent}${isLast ? "`- " : "|- "}${text}\n${formatLooked(looked, `${inner}    `)}${
      formatTree(below, inner)
    }`;
  }).join("");
}

/** Others have written much of this: no control character reaches the terminal. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
}
