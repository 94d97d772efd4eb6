/** What policy decides, and why: the reason travels with the verdict. */

/** The rule that decided, and what in it: a table and its key, a list and its item, a line of a file. */
export interface Reason {
  readonly rule: string;
  /** Table or list that was asked: `mynetworks`, `hash:/etc/postfix/access`. */
  readonly table?: string | undefined;
  /** Key or item that was found. */
  readonly key?: string | undefined;
  readonly line?: number | undefined;
  /** What else there is to know, a clause: `REJECT in mynetworks is no trust (Postfix ignores it)`. */
  readonly note?: string | undefined;
}

/** What the client hears. */
export interface Refusal {
  readonly code: number;
  readonly status: string;
  readonly text: string;
}

export type Verdict =
  | { readonly kind: "permit"; readonly reason: Reason }
  /** For good: code 5xx. 521 also ends the session. */
  | { readonly kind: "reject"; readonly refusal: Refusal; readonly reason: Reason }
  /** For now: code 4xx. 421 also ends the session. */
  | { readonly kind: "defer"; readonly refusal: Refusal; readonly reason: Reason }
  /** access(5) HANGUP: the connection is closed without a word. */
  | { readonly kind: "hangup"; readonly reason: Reason };

/** What access(5) actions ask for the whole message (HOLD, DISCARD, FILTER, REDIRECT, BCC, PREPEND). */
export interface MessageActions {
  readonly hold?: boolean | undefined;
  readonly discard?: boolean | undefined;
  /** `transport:nexthop`; the last one wins. */
  readonly filter?: string | undefined;
  /** Replaces all recipients; the last one wins. */
  readonly redirect?: string | undefined;
  /** Further recipients. */
  readonly bcc?: readonly string[] | undefined;
  /** Header lines that are put above our own Received:. */
  readonly prepend?: readonly string[] | undefined;
}

/** One line for the log, in postfix-semantics §1.3's terms: `NOQUEUE: ACTION: STAGE from NAME[ADDR]: TEXT; from=<...`. */
export interface PolicyLine {
  readonly action:
    | "reject"
    | "reject_warning"
    | "hold"
    | "filter"
    | "discard"
    | "redirect"
    | "bcc"
    | "prepend"
    | "info"
    | "warn"
    | "permit"
    | "hangup";
  /** `554 5.7.1 <c.test[192.0.2.1]>: Client host rejected: Access denied`. */
  readonly text: string;
}

/** A question that was asked on the way, and what came back, in words for `explain`. */
export interface Looked {
  /** `hash:/etc/postfix/access`, `users`, `dns MX`, `unix:private/policy`. */
  readonly where: string;
  readonly key: string;
  /** The value, or what was found; `undefined`: nothing. */
  readonly answer: string | undefined;
  readonly line?: number | undefined;
  /** The lookup itself went wrong. */
  readonly failed?: boolean | undefined;
}

/** What one rule said: nothing, a verdict, or that the mail be deferred if another rule permits or rejects it. */
export type Outcome = Verdict | {
  readonly kind: "deferIfPermit" | "deferIfReject";
  readonly refusal: Refusal;
};

/** One rule that was looked at. */
export interface Step {
  /** `client`, `helo`, `sender`, `relay`, `recipient`, `data`, `end_of_data`, `etrn`, or `implicit`. */
  readonly list: string;
  /** As written, with its argument: `check_client_access hash:/etc/postfix/access`. */
  readonly rule: string;
  /** How deep in restriction classes and tables that name restrictions; 0 is the list itself. */
  readonly depth: number;
  /** `undefined`: it said nothing, go on. */
  readonly outcome: Outcome | undefined;
  /** warn_if_reject: would have refused, was only logged. */
  readonly warned?: boolean | undefined;
  /** Why, also where nothing was said: the rule's own reason. */
  readonly reason?: Reason | undefined;
  readonly looked: readonly Looked[];
}

export interface Decision {
  readonly verdict: Verdict;
  readonly actions: MessageActions;
  readonly lines: readonly PolicyLine[];
  /** Trouble for the log of the server (a table that cannot be read, a restriction that there is not). */
  readonly warnings: readonly string[];
  /** All that was evaluated, in order; the last one decided. */
  readonly trail: readonly Step[];
  /** With smtpd_delay_reject = no: what a later stage is to answer when all else permits. */
  readonly pending?: Refusal | undefined;
}

/** The status's first digit follows the code's (`554`, `4.7.1` gives `5.7.1`): the two cannot disagree. */
export function refusal(code: number, status: string, text: string): Refusal {
  return { code, status: `${Math.floor(code / 100)}${status.slice(1)}`, text };
}

/** Reject or defer, as the code says. */
export function refusing(refusal: Refusal, reason: Reason): Verdict {
  return { kind: refusal.code < 500 ? "defer" : "reject", refusal, reason };
}
