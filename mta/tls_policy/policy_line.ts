/** Right-hand sides of smtp_tls_policy_maps: a level, then attributes (postconf(5)). */

import type { TlsLevel } from "./policy.ts";

const levels: readonly TlsLevel[] = [
  "none",
  "may",
  "encrypt",
  "dane",
  "dane-only",
  "fingerprint",
  "verify",
  "secure",
];

/** Attributes that override settings. */
export interface PolicyAttributes {
  readonly protocols?: string | undefined;
  readonly ciphers?: string | undefined;
  readonly excludeCiphers?: string | undefined;
  readonly serverName?: string | undefined;
  /** Names and strategies, or fingerprints. */
  readonly match?: readonly string[] | undefined;
}

export interface PolicyLine {
  readonly level: TlsLevel;
  readonly attributes: PolicyAttributes;
}

/** The words of a level in any case. */
export function parseTlsLevel(word: string): TlsLevel | undefined {
  const wanted = word.toLowerCase();
  return levels.find((level) => level === wanted);
}

/** A text says what is wrong with the line: the site gets no mail until it is mended. */
export function parsePolicyLine(value: string): PolicyLine | string {
  const [word = "", ...pairs] = value.split(/[\s,]+/).filter((part) => part !== "");
  const level = parseTlsLevel(word);
  if (level === undefined) return `invalid security level "${word}"`;
  const attributes: { -readonly [Name in keyof PolicyAttributes]: PolicyAttributes[Name] } = {};
  const match: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, equals)).toLowerCase();
    const text = pair.slice(equals + 1);
    if (name === "" || text === "") return `malformed attribute "${pair}"`;
    if (level === "none") return `attribute "${name}" at level none`;
    switch (name) {
      case "protocols":
        attributes.protocols = text.replaceAll(":", " ");
        break;
      case "ciphers":
        attributes.ciphers = text.toLowerCase();
        break;
      case "exclude":
        attributes.excludeCiphers = text.replaceAll(":", " ");
        break;
      case "servername":
        attributes.serverName = text;
        break;
      case "match":
        if (level === "verify" || level === "secure") match.push(...text.split(":"));
        else if (level === "fingerprint") match.push(...text.split("|"));
        else return `attribute "match" at level ${level}`;
        break;
      // Connections are reused as the settings say.
      case "connection_reuse":
        break;
      default:
        return `unknown attribute "${name}"`;
    }
  }
  const names = match.filter((name) => name !== "");
  return { level, attributes: names.length === 0 ? attributes : { ...attributes, match: names } };
}
