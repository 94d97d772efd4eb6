/**
 * What is said to policy servers and by them (Postfix SMTPD_POLICY_README): how one is written in the settings, the
 * request, the answer.
 */

import { type Bytes, LF, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

export type ServiceAddress =
  | { readonly transport: "tcp"; readonly host: string; readonly port: number }
  /** Relative to queue_directory unless it begins with `/`. */
  | { readonly transport: "unix"; readonly path: string };

/** What stands behind check_policy_service. `undefined`: as for all servers. */
export interface PolicyServer {
  /** `inet:127.0.0.1:9998`, for messages. */
  readonly name: string;
  readonly address: ServiceAddress;
  readonly timeoutMs: number | undefined;
  readonly tryLimit: number | undefined;
  readonly retryDelayMs: number | undefined;
  readonly defaultAction: string | undefined;
  readonly policyContext: string | undefined;
}

export type PolicyServerResult =
  | { readonly kind: "ok"; readonly server: PolicyServer }
  | { readonly kind: "malformed"; readonly reason: string };

const attributeNames = ["timeout", "try_limit", "retry_delay", "default_action", "policy_context"] as const;
type AttributeName = typeof attributeNames[number];

const longestTimeMs = 365 * 86_400_000;

/**
 * ```ts
 * parsePolicyServer("unix:private/policy");
 * parsePolicyServer("{ inet:127.0.0.1:9998, timeout=10s, { default_action = 451 4.3.5 Later } }");
 * ```
 */
export function parsePolicyServer(text: string): PolicyServerResult {
  const inner = /^\s*\{([^]*)\}\s*$/.exec(text)?.[1] ?? text;
  const items = splitItems(inner);
  const [name, ...attributes] = items ?? [];
  const address = name === undefined ? undefined : parseAddress(name);
  if (name === undefined || address === undefined) {
    return { kind: "malformed", reason: `bad policy server "${text}": need inet:host:port or unix:path` };
  }
  const values = new Map<AttributeName, string>();
  for (const attribute of attributes) {
    const [, word, value] = /^([a-z_]+)\s*=\s*([^]*)$/.exec(attribute) ?? [];
    const known = attributeNames.find((candidate) => candidate === word);
    if (known === undefined || value === undefined) {
      return { kind: "malformed", reason: `bad policy server attribute "${attribute}" of ${name}` };
    }
    values.set(known, value.trim());
  }
  const timeoutMs = readTime(values.get("timeout"));
  const retryDelayMs = readTime(values.get("retry_delay"));
  const tryLimit = readCount(values.get("try_limit"));
  const bad = Object.entries({ timeout: timeoutMs, retry_delay: retryDelayMs, try_limit: tryLimit })
    .find(([, value]) => value === "bad");
  if (bad !== undefined || timeoutMs === "bad" || retryDelayMs === "bad" || tryLimit === "bad") {
    return { kind: "malformed", reason: `bad value of ${bad?.[0]} of the policy server ${name}` };
  }
  return {
    kind: "ok",
    server: {
      name,
      address,
      timeoutMs,
      tryLimit,
      retryDelayMs,
      defaultAction: values.get("default_action"),
      policyContext: values.get("policy_context"),
    },
  };
}

/** `inet:host:port`, `inet:port`, `host:port`, `unix:path`, `local:path`. */
function parseAddress(name: string): ServiceAddress | undefined {
  const [, path] = /^(?:unix|local):(.+)$/.exec(name) ?? [];
  if (path !== undefined) return { transport: "unix", path };
  const match = /^(?:inet:)?(?:(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/i.exec(name);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port < 1 || port > 65535) return undefined;
  return { transport: "tcp", host: match[1] ?? match[2] ?? "127.0.0.1", port };
}

/** Items between commas and blanks; `{ ... }` is one. */
function splitItems(text: string): readonly string[] | undefined {
  const items: string[] = [];
  let rest = text.replace(/^[\s,]+/, "");
  while (rest !== "") {
    const match = /^\{\s*([^{}]*?)\s*\}(?=[\s,]|$)|^([^\s,{}]+)/.exec(rest);
    if (match === null) return undefined;
    items.push((match[1] ?? match[2])!);
    rest = rest.slice(match[0].length).replace(/^[\s,]+/, "");
  }
  return items;
}

const unitMs: Readonly<Record<string, number>> = {
  ...{ "": 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 },
};

function readTime(text: string | undefined): number | undefined | "bad" {
  if (text === undefined) return undefined;
  const [, digits, unit] = /^(\d{1,9})([smhdw]?)$/i.exec(text) ?? [];
  if (digits === undefined) return "bad";
  return Math.min(Number(digits) * unitMs[unit!.toLowerCase()]!, longestTimeMs);
}

function readCount(text: string | undefined): number | undefined | "bad" {
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : "bad";
}

export type PolicyAttributes = readonly (readonly [name: string, value: string])[];

/** Lines `name=value` and an empty one. No value can end its line. `policyContext` takes the place of what is there. */
export function formatPolicyRequest(attributes: PolicyAttributes, policyContext: string | undefined): Bytes {
  const values = new Map([["request", "smtpd_access_policy"], ...attributes]);
  if (policyContext !== undefined) values.set("policy_context", policyContext);
  // deno-lint-ignore no-control-regex
  const lines = Array.from(values, ([name, value]) => `${name}=${value.replace(/[\x00-\x1f\x7f]/g, "?")}\n`);
  return utf8Bytes(`${lines.join("")}\n`);
}

/** Octets of an answer, at most. */
export const maxAnswerOctets = 65_536;

export type PolicyAnswerResult =
  | { readonly kind: "more" }
  | { readonly kind: "action"; readonly action: string; readonly octets: number }
  | { readonly kind: "malformed"; readonly reason: string };

/** Reads the answer in all that has come so far. Attributes that are not known are passed over. */
export function readPolicyAnswer(bytes: Uint8Array): PolicyAnswerResult {
  let action: string | undefined;
  for (let start = 0;;) {
    const end = bytes.indexOf(LF, start);
    if (end < 0) {
      if (bytes.length <= maxAnswerOctets) return { kind: "more" };
      return { kind: "malformed", reason: "the answer is too long" };
    }
    const line = utf8Text(bytes.subarray(start, end)).replace(/\r$/, "");
    start = end + 1;
    if (line === "") {
      if (action === undefined) return { kind: "malformed", reason: "the answer has no action" };
      return { kind: "action", action, octets: start };
    }
    const [, name, value] = /^([^=\s]+)\s*=\s*([^]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      return { kind: "malformed", reason: `a line that is no attribute: "${line.slice(0, 100)}"` };
    }
    if (name === "action") action ??= value;
  }
}
