/** What the value of an access table asks for (access(5)): actions in the order in which smtpd recognizes them. */

import { type RestrictionCall } from "./restriction_call.ts";
import { parseRestrictions } from "./restriction_list.ts";
import {
  forbiddenPermit,
  nothing,
  type Permits,
  refuse,
  rejected,
  type Said,
  type Scope,
  serverFault,
  type Subject,
  tableFault,
} from "./rule.ts";
import { fixStatus } from "./status.ts";
import { type MessageActions, type PolicyLine, type Reason, refusal } from "./verdict.ts";

/** Where the value comes from, and what it is about. */
export interface ActionPlace {
  readonly scope: Scope;
  readonly subject: Subject;
  readonly reason: Reason;
  /** `hash:/etc/postfix/access`, or the policy server. */
  readonly table: string;
  readonly permits: Permits;
}

/**
 * | value | says |
 * |---|---|
 * | empty | a mistake: 451 |
 * | digits, OK, RELAY | permit |
 * | DUNNO | nothing |
 * | REJECT, DEFER, 4NN, 5NN | refusal |
 * | DEFER_IF_PERMIT, DEFER_IF_REJECT | refusal later on |
 * | HOLD, DISCARD, FILTER, REDIRECT, BCC, PREPEND | something for the message |
 * | INFO, WARN, HANGUP | a line; the end |
 * | else | restrictions |
 */
export function sayAction(value: string, place: ActionPlace): Said {
  const { reason, table } = place;
  const trimmed = value.trim();
  if (trimmed === "") {
    return tableFault(reason, `access table ${table} entry ${reason.key} has empty value`, place.subject);
  }
  const [, word = "", text = ""] = /^(\S+)\s*(.*)$/s.exec(trimmed) ?? [];
  const action = actions.get(word.toUpperCase());
  if (action !== undefined) return action(text, place);
  if (/^[0-9]+$/.test(trimmed)) return sayPermit(trimmed, place);
  if (/^[45][0-9][0-9]$/.test(word)) return sayRefusal(Number(word), text, place);
  return sayRestrictions(trimmed, place);
}

type Action = (text: string, place: ActionPlace) => Said;

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["DUNNO", (_, { reason }) => nothing(reason)],
  ["OK", (text, place) => sayPermit(`OK ${text}`, place)],
  ["RELAY", (text, place) => sayPermit(`RELAY ${text}`, place)],
  ["REJECT", (text, place) => sayRefusal(place.scope.settings.codes.accessMapReject, text, place)],
  ["DEFER", (text, place) => sayRefusal(place.scope.settings.codes.accessMapDefer, text, place)],
  ["DEFER_IF_PERMIT", (text, place) => sayPutOff("deferIfPermit", text, place)],
  ["DEFER_IF_REJECT", (text, place) => sayPutOff("deferIfReject", text, place)],
  ["HANGUP", (text, { reason }) => ({ kind: "hangup", text, reason })],
  ["INFO", (text, place) => act(place, { line: { action: "info", text } })],
  ["WARN", (text, place) => act(place, { line: { action: "warn", text } })],
  ["HOLD", (text, place) => forMessage("HOLD", place, { actions: { hold: true }, words: text })],
  ["DISCARD", (text, place) => forMessage("DISCARD", place, { actions: { discard: true }, words: text })],
  ["FILTER", (text, place) =>
    withArgument("FILTER", text, place, {
      isGood: (text) => text.includes(":"),
      needed: "transport:destination",
      actions: { filter: text },
    })],
  ["REDIRECT", (text, place) =>
    withArgument("REDIRECT", text, place, {
      isGood: (text) => text.includes("@"),
      needed: "user@domain target",
      actions: { redirect: text },
    })],
  ["BCC", (text, place) =>
    withArgument("BCC", text, place, {
      isGood: (text) => text.includes("@"),
      needed: "user@domain target",
      actions: { bcc: [text] },
    })],
  ["PREPEND", (text, place) => sayPrepend(text, place)],
]);

function sayPermit(value: string, { reason, permits, subject, table }: ActionPlace): Said {
  if (permits === "count") {
    return { kind: "permit", reason, logged: { action: value.trim(), subject, table } };
  }
  if (permits === "ignored") {
    return nothing({ ...reason, note: "does not permit an address with routing in it" });
  }
  return forbiddenPermit(reason, subject.name);
}

function sayRefusal(code: number, text: string, { subject, reason }: ActionPlace): Said {
  const { status, rest } = splitStatus(text);
  const fixed = fixStatus(status ?? (code < 500 ? "4.7.1" : "5.7.1"), subject.class);
  return refuse(refusal(code, fixed, rejected(subject, rest === "" ? "Access denied" : rest)), reason);
}

function sayPutOff(kind: "deferIfPermit" | "deferIfReject", text: string, place: ActionPlace): Said {
  const { subject, reason, scope } = place;
  const { status, rest } = splitStatus(text);
  const fixed = fixStatus(status ?? "4.7.1", subject.class);
  const words = rejected(subject, rest === "" ? "Service unavailable" : rest);
  return { kind, refusal: refusal(scope.settings.codes.accessMapDefer, fixed, words), reason };
}

/** A status code that a text begins with (RFC 3463). */
export function splitStatus(text: string): { readonly status: string | undefined; readonly rest: string } {
  const match = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+(.*)|$)/s.exec(text);
  return match === null ? { status: undefined, rest: text } : { status: match[1], rest: match[2] ?? "" };
}

function about({ name, class: of }: Subject, text: string): string {
  return `<${name}>: ${of} ${text}`.trimEnd();
}

function act(
  { reason }: ActionPlace,
  did: { readonly actions?: MessageActions; readonly line: PolicyLine | undefined },
): Said {
  return { kind: "act", reason, ...did };
}

/** Actions for the whole message; the lists of client and HELO come before there can be one. */
function forMessage(
  action: "HOLD" | "DISCARD" | "FILTER" | "REDIRECT" | "BCC",
  place: ActionPlace,
  { actions, words }: { readonly actions: MessageActions; readonly words: string },
): Said {
  if (isTooEarly(place.scope)) return tooEarly(action, place);
  const text = about(place.subject, words === "" ? `triggers ${action} action` : words);
  return act(place, { actions, line: { action: lower[action], text } });
}

const lower = {
  HOLD: "hold",
  DISCARD: "discard",
  FILTER: "filter",
  REDIRECT: "redirect",
  BCC: "bcc",
} as const;

function withArgument(
  action: "FILTER" | "REDIRECT" | "BCC",
  text: string,
  place: ActionPlace,
  { isGood, needed, actions }: {
    readonly isGood: (text: string) => boolean;
    readonly needed: string;
    readonly actions: MessageActions;
  },
): Said {
  // deno-lint-ignore no-control-regex
  if (!isGood(text) || /[\x00-\x1f\x7f]/.test(text)) {
    return useless(place, `entry "${place.reason.key}" ${action} requires ${needed}`);
  }
  return forMessage(action, place, { actions, words: `triggers ${action} ${text}` });
}

function sayPrepend(text: string, place: ActionPlace): Said {
  const { scope } = place;
  if (isTooEarly(scope)) return tooEarly("PREPEND", place);
  if (scope.stage === "END-OF-MESSAGE") {
    return useless(place, `action PREPEND must be used before smtpd_end_of_data_restrictions`);
  }
  if (!/^[\x21-\x39\x3b-\x7e]+:/.test(text)) {
    return useless(place, `entry "${place.reason.key}" PREPEND requires header: text`);
  }
  // A value that a server or a database gives must not bring more than one field.
  // deno-lint-ignore no-control-regex
  const field = text.replace(/[\x00\r]|\n(?![ \t])/g, " ");
  return act(place, { actions: { prepend: [field] }, line: undefined });
}

function isTooEarly({ stage, settings }: Scope): boolean {
  return !settings.delayReject && (stage === "CONNECT" || stage === "HELO");
}

function tooEarly(action: string, place: ActionPlace): Said {
  return useless(
    place,
    `with smtpd_delay_reject=no, action ${action} is always skipped in client or helo restrictions`,
  );
}

/** Says nothing, with a warning. */
function useless({ reason, table }: ActionPlace, why: string): Said {
  return { ...nothing({ ...reason, note: why }), warnings: [`access table ${table}: ${why}`] };
}

/** Names of restrictions and of restriction classes. */
function sayRestrictions(value: string, place: ActionPlace): Said {
  const { scope, subject, reason, table, permits } = place;
  if (value.includes(":")) {
    return {
      ...serverFault(
        { ...reason, note: "tables are not asked from within a table: define a restriction class" },
        `access table ${table} has entry with lookup table: ${value}`,
      ),
      warnings: [
        `access table ${table} has entry with lookup table: ${value}`,
        "do not specify lookup tables inside SMTPD access maps",
        "define a restriction class and specify its name instead.",
      ],
    };
  }
  const calls: readonly RestrictionCall[] = parseRestrictions(value, {
    list: undefined,
    classes: [...scope.settings.classes.keys()],
  }).calls;
  return { kind: "list", calls, subject, permits, reason };
}
