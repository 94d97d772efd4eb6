/** MTA-STS (RFC 8461): a domain's policy as text, and the record that says that there is one. */

import { isValidDomain, normalizeDomain } from "../../tools/kit/mail/domain.ts";

export interface StsPolicy {
  readonly mode: "enforce" | "testing" | "none";
  /** `mx.example.test`, `*.example.test`; in lower case. At least one, unless the mode is none. */
  readonly mx: readonly string[];
  readonly maxAgeSeconds: number;
}

/** More is not read of a policy (§3.3 leaves the limit to the sender). */
export const maxStsPolicyOctets = 65_536;
/** RFC 8461 §3.2: about a year. */
const maxAgeLimit = 31_557_600;

/**
 * The id in a domain's `_mta-sts` records; `undefined`: it has no policy. Exactly one record may be of this kind (§3.1).
 *
 *     parseStsRecord(["v=STSv1; id=20160831085700Z;"])  ->  "20160831085700Z"
 */
export function parseStsRecord(texts: readonly string[]): string | undefined {
  const own = texts.filter((text) => /^v=STSv1[ \t]*;/.test(text));
  const [text] = own;
  if (text === undefined || own.length > 1) return undefined;
  for (const field of text.split(";").slice(1)) {
    const [, name, value] = /^[ \t]*([A-Za-z0-9][\w.-]{0,31})=(.*?)[ \t]*$/.exec(field) ?? [];
    if (name === "id") return /^[A-Za-z0-9]{1,32}$/.test(value ?? "") ? value : undefined;
  }
  return undefined;
}

/** A text says what is wrong with it (§3.2). Fields that are not known are passed over. */
export function parseStsPolicy(text: string): StsPolicy | string {
  const fields = new Map<string, string>();
  const mx: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const [, name, value] = /^([A-Za-z0-9][\w.-]{0,31}):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return `malformed line "${line.slice(0, 80)}"`;
    if (name === "mx") mx.push(value.toLowerCase());
    else if (!fields.has(name)) fields.set(name, value);
  }
  if (fields.get("version") !== "STSv1") return "no version: STSv1";
  const mode = fields.get("mode");
  if (mode !== "enforce" && mode !== "testing" && mode !== "none") return `unknown mode "${mode ?? ""}"`;
  const age = fields.get("max_age") ?? "";
  if (!/^[0-9]{1,10}$/.test(age)) return `malformed max_age "${age}"`;
  const bad = mx.find((pattern) => !isValidDomain(pattern.replace(/^\*\./, "")));
  if (bad !== undefined) return `malformed mx "${bad}"`;
  if (mx.length === 0 && mode !== "none") return "no mx";
  return { mode, mx, maxAgeSeconds: Math.min(Number(age), maxAgeLimit) };
}

/** Does a policy name the host? `*.` stands for one label (§4.1). */
export function stsAllows({ mx }: StsPolicy, host: string): boolean {
  const name = normalizeDomain(host);
  const dot = name.indexOf(".");
  return mx.some((pattern) =>
    pattern.startsWith("*.") ? dot > 0 && name.slice(dot + 1) === pattern.slice(2) : name === pattern
  );
}
