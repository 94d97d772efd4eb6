/**
 * The canonical form of an address, as trivial-rewrite(8) gives it to everything that comes in (postconf(5)
 * swap_bangpath, allow_percent_hack, append_at_myorigin, append_dot_mydomain).
 */

import { quoteLocalPart } from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

export interface RewriteSettings {
  readonly myorigin: string;
  readonly mydomain: string;
  readonly appendAtMyorigin: boolean;
  readonly appendDotMydomain: boolean;
  readonly swapBangpath: boolean;
  readonly allowPercentHack: boolean;
}

/**
 * With a domain, which is normalized, the local part as it was. `""` and a lone `@` are the null address.
 *
 *     @relay.test,@b.test:joe@REF.test.  ->  joe@ref.test
 *     site.test!joe                      ->  joe@site.test
 *     joe%site.test                      ->  joe@site.test
 *     joe                                ->  joe@$myorigin
 */
export function rewriteAddress(address: string, settings: RewriteSettings): string {
  if (address === "" || address === "@" || address === '""') return address === "@" ? "" : address;
  const { local, domain } = addDomain(cutDomain(withoutRoute(address)), settings);
  if (domain === undefined) return local.replace(trailingDot, "");
  const isShort = settings.appendDotMydomain && domain !== "" && !/[.[]/.test(domain);
  const complete = isShort ? `${domain}.${settings.mydomain}` : domain;
  const bare = complete.replace(trailingDot, "");
  // A dot that is left makes it no name; it must not be taken off to look like one.
  return `${local}@${bare.endsWith(".") ? bare.toLowerCase() : normalizeDomain(bare)}`;
}

/** One dot at the end, not one of two and not one that is alone. */
const trailingDot = /(?<=[^.])\.$/;

export interface CutAddress {
  readonly local: string;
  /** `undefined`: there is no `@`. */
  readonly domain: string | undefined;
}

/** Cuts at the last `@` that is not quoted. */
export function cutDomain(address: string): CutAddress {
  const at = findLastOperator(address, "@");
  return at < 0
    ? { local: address, domain: undefined }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

/** postconf(5) does the same: RFC 5321 §4.1.1.3 says that source routes are to be ignored. */
function withoutRoute(address: string): string {
  const route = /^@(?:[^":[]|\[[^\]]*\])*:(?=.)/.exec(address);
  return route === null ? address : address.slice(route[0].length);
}

function addDomain(cut: CutAddress, settings: RewriteSettings): CutAddress {
  const { local, domain } = cut;
  if (domain !== undefined) return cut;
  const bang = settings.swapBangpath ? findOperator(local, "!") : -1;
  if (bang >= 0) return { local: local.slice(bang + 1), domain: local.slice(0, bang) };
  const percent = settings.allowPercentHack ? findLastOperator(local, "%") : -1;
  if (percent >= 0) return { local: local.slice(0, percent), domain: local.slice(percent + 1) };
  return settings.appendAtMyorigin ? { local, domain: settings.myorigin } : cut;
}

/** Where `operator` first stands outside quotes; -1: nowhere. */
export function findOperator(text: string, operator: string): number {
  return operatorsAt(text, operator)[0] ?? -1;
}

export function findLastOperator(text: string, operator: string): number {
  return operatorsAt(text, operator).at(-1) ?? -1;
}

function operatorsAt(text: string, operator: string): readonly number[] {
  if (!text.includes(operator)) return [];
  const found: number[] = [];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at++;
    else if (char === '"') quoted = !quoted;
    else if (char === operator && !quoted) found.push(at);
  }
  // A quote that is not closed quotes nothing.
  return quoted ? [...text].flatMap((char, at) => char === operator ? [at] : []) : found;
}

/** A local part as it is meant: quotes and backslashes taken out, wherever they stand. */
export function plainLocalPart(local: string): string {
  return local.replace(/"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_, quoted?: string, char?: string) => {
    return char ?? (quoted ?? "").replace(/\\(.)/gs, "$1");
  });
}

/** In wire form: a local part that needs quotes is one quoted string, any other has none. */
export function requote(address: string): string {
  const { local, domain } = cutDomain(address);
  if (local === "") return address;
  const quoted = quoteLocalPart(plainLocalPart(local));
  return domain === undefined ? quoted : `${quoted}@${domain}`;
}

/** `user@site` with whatever stands before the last `@` quoted where it must be. */
export function quoteAddress(plain: string): string {
  const at = plain.lastIndexOf("@");
  return at < 0 ? plain : `${quoteLocalPart(plain.slice(0, at))}@${plain.slice(at + 1)}`;
}
