/**
 * What the right-hand side of header_checks(5) and body_checks(5) asks for. The first word counts, without regard to case;
 * what follows is for the log, or what the action needs.
 */

export type CheckAction =
  /** DUNNO, OK: as if nothing had been found. */
  | { readonly kind: "none" }
  /** `status` is of class 4 or 5; the client hears both. */
  | { readonly kind: "reject"; readonly status: string; readonly text: string }
  /** Only a line in the log, named so. */
  | { readonly kind: "log"; readonly name: "warning" | "info"; readonly text: string }
  | { readonly kind: "hold" | "discard" | "pass" | "strip"; readonly text: string }
  /** The field or line goes, without a word. */
  | { readonly kind: "ignore" }
  | { readonly kind: "filter" | "redirect" | "bcc" | "prepend" | "replace"; readonly value: string };

export interface ParsedAction {
  readonly action: CheckAction;
  /** What is wrong with it, for the log. */
  readonly warning?: string | undefined;
}

export interface ActionPlace {
  /** `header_checks`, for warnings. */
  readonly parameter: string;
  /** What is put in must be a field; else a line. */
  readonly isHeader: boolean;
}

const none: CheckAction = { kind: "none" };

/**
 *     REJECT               ->  reject, 5.7.1 message content rejected
 *     reject 4.7.0 Later   ->  reject, 4.7.0 Later
 *     PREPEND X-Seen: yes  ->  prepend, X-Seen: yes
 */
export function parseCheckAction(value: string, place: ActionPlace): ParsedAction {
  const [, word = "", text = ""] = /^\s*(\S*)\s*([^]*?)\s*$/.exec(value) ?? [];
  const name = word.toUpperCase();
  const { parameter, isHeader } = place;
  const bad = (warning: string): ParsedAction => ({ action: none, warning });
  const say = (action: CheckAction): ParsedAction => ({ action });
  switch (name) {
    case "":
    case "DUNNO":
    case "OK":
      return say(none);
    case "REJECT":
      return rejection(text);
    case "WARN":
      return say({ kind: "log", name: "warning", text });
    case "INFO":
      return say({ kind: "log", name: "info", text });
    case "HOLD":
    case "DISCARD":
    case "PASS":
    case "STRIP":
      return say({ kind: lowerCase[name], text });
    case "IGNORE":
      return say({ kind: "ignore" });
    case "FILTER":
      if (text === "") return bad(`missing FILTER command argument in ${parameter} map`);
      if (!text.includes(":")) {
        return bad(`bad FILTER command ${text} in ${parameter} -- need transport:destination`);
      }
      return say({ kind: "filter", value: text });
    case "REDIRECT":
      if (!text.includes("@")) {
        return bad(`bad REDIRECT target "${text}" in ${parameter} map -- need user@domain`);
      }
      return say({ kind: "redirect", value: text });
    case "BCC":
      if (!text.includes("@")) {
        return bad(`bad BCC address "${text}" in ${parameter} map -- need user@domain`);
      }
      return say({ kind: "bcc", value: text });
    case "PREPEND":
    case "REPLACE":
      if (text === "") return bad(`${name} action without text in ${parameter} map`);
      if (isHeader && !isField(text)) {
        return bad(
          `bad ${name} header text "${text}" in ${parameter} map -- need "headername: headervalue"`,
        );
      }
      return say({ kind: name === "PREPEND" ? "prepend" : "replace", value: text });
    default:
      return bad(`unknown command in ${parameter} map: ${value}`);
  }
}

const lowerCase = { HOLD: "hold", DISCARD: "discard", PASS: "pass", STRIP: "strip" } as const;

function rejection(said: string): ParsedAction {
  if (said === "") return { action: { kind: "reject", status: "5.7.1", text: "message content rejected" } };
  const [, status, text = ""] = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+([^]*))?$/.exec(said) ?? [];
  if (status === undefined) return { action: { kind: "reject", status: "5.7.1", text: said } };
  if (!status.startsWith("2")) return { action: { kind: "reject", status, text } };
  return {
    action: { kind: "reject", status: `4${status.slice(1)}`, text },
    warning: `bad DSN action in ${said} -- need 4.x.x or 5.x.x`,
  };
}

/** `Name: value` (RFC 5322 §2.2). */
export function isField(text: string): boolean {
  return /^[!-9;-~]+[ \t]*:/.test(text);
}
