/** What checks of the content have found so far, and its lines for the log (cleanup(8)). */

import type { CheckAction } from "./check_action.ts";

/** Of whom the lines tell. */
export interface MailFacts {
  /** Queue id. */
  readonly id: string;
  /** `NAME[IP]` of the client, or `local`. */
  readonly from: string;
  readonly sender: string;
  /** The last one. */
  readonly recipient: string | undefined;
  readonly protocol?: string | undefined;
  readonly helo?: string | undefined;
}

export interface Rejection {
  readonly status: string;
  readonly text: string;
}

export interface CleanupLine {
  readonly level: "info" | "warning";
  readonly text: string;
}

const maxShown = 200;

export class ContentFindings {
  hold = false;
  discard = false;
  filter: string | undefined;
  redirect: string | undefined;
  readonly bcc: string[] = [];
  rejection: Rejection | undefined;
  /** A table could not be asked: the message is not to be had now. */
  failed = false;
  /** Nothing more is to be looked at (REJECT, DISCARD, PASS). */
  isDecided = false;
  readonly lines: CleanupLine[] = [];
  readonly #facts: MailFacts;

  constructor(facts: MailFacts) {
    this.#facts = facts;
  }

  /** Takes up what an action asks for the whole message; what it asks for the text itself is the caller's. */
  apply(action: CheckAction, context: "header" | "body", content: string): void {
    const log = (name: string, text = "") => this.#log(name, `${context} ${shown(content)}`, text);
    switch (action.kind) {
      case "none":
      case "ignore":
        return;
      case "log":
        return log(action.name, action.text);
      case "strip":
        return log("strip", action.text);
      case "reject":
        this.reject(action);
        return log("reject", `${action.status} ${action.text}`.trimEnd());
      case "hold":
        if (this.hold || this.discard) return;
        this.hold = true;
        return log("hold", action.text);
      case "discard":
        this.discard = true;
        this.isDecided = true;
        return log("discard", action.text);
      case "pass":
        this.isDecided = true;
        return log("pass", action.text);
      case "filter":
        this.filter = action.value;
        return log("filter", action.value);
      case "redirect":
        this.redirect = action.value;
        return log("redirect", action.value);
      case "bcc":
        this.bcc.push(action.value);
        return log("bcc", action.value);
      case "prepend":
        return log("prepend", action.value);
      case "replace":
        return log("replace", action.value);
    }
  }

  /** The lines so far, which are then forgotten: a message may make as many as it has lines. */
  takeLines(): readonly CleanupLine[] {
    return this.lines.splice(0);
  }

  reject({ status, text }: Rejection): void {
    this.rejection ??= { status, text };
    this.isDecided = true;
  }

  /** mime_nesting_limit */
  rejectNesting(content: string): void {
    const rejection = { status: "5.6.0", text: "MIME nesting exceeds safety limit" };
    this.reject(rejection);
    this.#log("reject", `mime-error ${rejection.text}: ${shown(content, 100)}`, "");
  }

  /** A table of checks could not be asked. */
  fail(parameter: string, failure: string): void {
    this.#giveUp(`${parameter} map lookup problem`, failure);
  }

  /** A table of addresses could not be asked: `failure` says which. */
  failAddress(failure: string): void {
    this.#giveUp(failure, undefined);
  }

  warn(text: string): void {
    this.lines.push({ level: "warning", text });
  }

  #giveUp(what: string, why: string | undefined): void {
    this.failed = true;
    this.isDecided = true;
    const cause = why === undefined ? "" : ` (${why})`;
    this.warn(`${this.#facts.id}: ${what} -- message not accepted, try again later${cause}`);
  }

  #log(name: string, what: string, text: string): void {
    const { id, from, sender, recipient, protocol, helo } = this.#facts;
    let line = `${id}: ${name}: ${what} from ${from}; from=<${sender}>`;
    if (recipient !== undefined) line += ` to=<${recipient}>`;
    if (protocol !== undefined) line += ` proto=${protocol}`;
    if (helo !== undefined) line += ` helo=<${helo}>`;
    this.lines.push({ level: "info", text: text === "" ? line : `${line}: ${text}` });
  }
}

/** Printable, and not too long. */
function shown(content: string, max = maxShown): string {
  // deno-lint-ignore no-control-regex
  return content.slice(0, max).replace(/[\u0000-\u001f\u007f]/g, "?");
}
