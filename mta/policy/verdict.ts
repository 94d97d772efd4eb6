/** What policy decides, and why: the reason travels with the verdict. */

/** The rule that decided, and what in it: a table and its key, a list and its item, a line of a file. */
export interface Reason {
  readonly rule: string;
  /** Table or list that was asked: `mynetworks`, `hash:/etc/postfix/access`. */
  readonly table?: string | undefined;
  /** Key or item that was found. */
  readonly key?: string | undefined;
  readonly line?: number | undefined;
}

/** What the client hears. */
export interface Refusal {
  readonly code: number;
  readonly status: string;
  readonly text: string;
}

export type Verdict =
  | { readonly kind: "permit"; readonly reason: Reason }
  /** For good: code 5xx. */
  | { readonly kind: "reject"; readonly refusal: Refusal; readonly reason: Reason }
  /** For now: code 4xx. */
  | { readonly kind: "defer"; readonly refusal: Refusal; readonly reason: Reason };

/** One rule that was looked at: in which list, and what it said (`undefined`: nothing, go on). */
export interface Step {
  readonly list: string;
  readonly rule: string;
  readonly verdict: Verdict | undefined;
}

export interface Decision {
  readonly verdict: Verdict;
  /** All that was evaluated, in order; the last one decided. */
  readonly trail: readonly Step[];
}

/** Reject or defer as the code says; the status's class is made to follow it (`554`, `4.7.1` gives `5.7.1`). */
export function refuse(reason: Reason, code: number, status: string, text: string): Verdict {
  const refusal: Refusal = { code, status: `${Math.floor(code / 100)}${status.slice(1)}`, text };
  return code < 500 ? { kind: "defer", refusal, reason } : { kind: "reject", refusal, reason };
}

export function permit(reason: Reason): Verdict {
  return { kind: "permit", reason };
}
