/**
 * What a restriction is to the evaluator: a rule that looks at facts, may ask, and says something or nothing. What follows
 * from what it says (warnings only, deferring, logging, classes) is the evaluator's business: `evaluate.ts`.
 */

import { formatAddress, splitAddress, unquoteLocalPart } from "../../tools/kit/mail/address.ts";

import type { PolicyFacts, Stage } from "./facts.ts";
import type { PolicyEvaluation } from "./question.ts";
import type { ListName, RestrictionCall } from "./restriction_call.ts";
import type { PolicySettings } from "./settings.ts";
import { type MessageActions, type PolicyLine, type Reason, type Refusal, refusal } from "./verdict.ts";

/** What is being judged, in the words of replies: `<c.test[192.0.2.1]>: Client host rejected: ...`. */
export interface Subject {
  readonly name: string;
  /** As it stands on the wire, where it is a mail address. */
  readonly address?: string;
  readonly class:
    | "Client host"
    | "Unverified Client host"
    | "Client certificate"
    | "SASL login name"
    | "Helo command"
    | "Sender address"
    | "Recipient address"
    | "Etrn command"
    | "Data command"
    | "End-of-data";
}

export interface Scope {
  readonly stage: Stage;
  readonly list: ListName;
  readonly facts: PolicyFacts;
  readonly settings: PolicySettings;
  /** Of the list, or of the table that named this restriction. */
  readonly subject: Subject;
}

/** What becomes of a permit: it may count, be a mistake of the settings (451), or be passed over. */
export type Permits = "count" | "forbidden" | "ignored";

export type Said =
  & { readonly reason: Reason; readonly warnings?: readonly string[] | undefined }
  & (
    | { readonly kind: "nothing" }
    /** `logged`: what `permit` lines of the log say of it, when that is not the restriction itself. */
    | {
      readonly kind: "permit";
      readonly logged?: { readonly action: string; readonly subject: Subject; readonly table: string };
    }
    /** `fault`: the settings or the server are at fault, so that warn_if_reject does not help. */
    | { readonly kind: "refuse"; readonly refusal: Refusal; readonly fault?: boolean }
    | { readonly kind: "deferIfPermit" | "deferIfReject"; readonly refusal: Refusal }
    | { readonly kind: "hangup"; readonly text: string }
    | { readonly kind: "act"; readonly actions?: MessageActions; readonly line: PolicyLine | undefined }
    /** Goes on with these. */
    | {
      readonly kind: "list";
      readonly calls: readonly RestrictionCall[];
      readonly subject: Subject;
      readonly permits: Permits;
    }
  );

/** One restriction, today's name. `argument` is there when the restriction needs one. */
export interface Rule {
  readonly name: string;
  evaluate(scope: Scope, argument: string): PolicyEvaluation<Said>;
}

/** A rule that asks nothing. */
export function plainRule(name: string, decide: (scope: Scope, argument: string) => Said): Rule {
  return {
    name,
    // deno-lint-ignore require-yield
    *evaluate(scope, argument) {
      return decide(scope, argument);
    },
  };
}

export function nothing(reason: Reason): Said {
  return { kind: "nothing", reason };
}

export function permit(reason: Reason): Said {
  return { kind: "permit", reason };
}

export function refuse(refusal: Refusal, reason: Reason): Said {
  return { kind: "refuse", refusal, reason };
}

/** `<N>: CLASS rejected: TEXT` */
export function rejected({ name, class: of }: Subject, text: string): string {
  return `<${name}>: ${of} rejected: ${text}`;
}

const serverError: Refusal = refusal(451, "4.3.5", "Server configuration error");

/** The settings are wrong: `warning` for the log, 451 for the client. */
export function serverFault(reason: Reason, warning: string): Said {
  return { kind: "refuse", fault: true, refusal: serverError, reason, warnings: [warning] };
}

/** A table cannot be read: for smtpd an answer of the table, which warn_if_reject only logs. */
export function tableFault(reason: Reason, warning: string, subject: Subject): Said {
  const text = rejected(subject, "Server configuration error");
  return { kind: "refuse", refusal: refusal(451, "4.3.5", text), reason, warnings: [warning] };
}

/** Names of hosts that anybody can give himself must not let him in (access(5)). */
export function forbiddenPermit(reason: Reason, name: string): Said {
  return {
    ...serverFault(
      { ...reason, note: "this restriction may not permit: write DUNNO" },
      `restriction ${reason.rule} returns OK for ${name}`,
    ),
    warnings: [
      `restriction ${reason.rule} returns OK for ${name}`,
      "this is not allowed for security reasons",
      "use DUNNO instead of OK if you want to make an exception",
    ],
  };
}

/** An address cannot be looked up now. */
export function lookupFault(reason: Reason, address: string, failure: string): Said {
  return {
    kind: "refuse",
    fault: true,
    refusal: refusal(451, "4.3.0", `<${shownAddress(address)}>: Temporary lookup failure`),
    reason,
    warnings: [failure],
  };
}

/** `hostname[address]`, `unknown[address]` */
export function clientLabel({ client }: PolicyFacts): string {
  return `${client.name}[${client.address}]`;
}

export function clientSubject(facts: PolicyFacts): Subject {
  return { name: clientLabel(facts), class: "Client host" };
}

export function senderSubject(sender: string): Subject {
  return { name: shownAddress(sender), address: sender, class: "Sender address" };
}

export function recipientSubject(recipient: string): Subject {
  return { name: shownAddress(recipient), address: recipient, class: "Recipient address" };
}

/** As replies show it: without the quotes of the wire (`<odd user@ref.test>`). */
export function shownAddress(address: string): string {
  const { localPart, domain } = splitAddress(address);
  return formatAddress({ localPart: unquoteLocalPart(localPart), domain });
}

/** What the list itself judges. */
export function subjectOf(list: ListName, facts: PolicyFacts): Subject {
  switch (list) {
    case "client":
      return clientSubject(facts);
    case "helo":
      return { name: facts.helo ?? "", class: "Helo command" };
    case "sender":
      return senderSubject(facts.sender ?? "");
    case "relay":
    case "recipient":
      return recipientSubject(facts.recipient ?? "");
    case "data":
      return { name: "DATA", class: "Data command" };
    case "end_of_data":
      return { name: "END-OF-MESSAGE", class: "End-of-data" };
    case "etrn":
      return { name: facts.etrnDomain ?? "", class: "Etrn command" };
  }
}
