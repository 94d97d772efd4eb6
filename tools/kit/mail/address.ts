/**
 * Mail addresses of the envelope (RFC 5321 §4.1.2): what stands between `<` and `>` in MAIL and RCPT.
 *
 * An address is text in wire form: `user@example.test`, `"odd user"@example.test`, `user@[192.0.2.1]`, `postmaster`;
 * the null reverse-path is `""`. A local part is quoted exactly when it must be, so that equal local parts are equal
 * text (`"u1"@x` is given as `u1@x`). Text is Unicode (RFC 6531); decode the octets of a line before.
 */

import { utf8Bytes } from "../base/bytes.ts";
import { isAscii, maxDomainOctets, normalizeDomain, parseAddressLiteral, toAscii } from "./domain.ts";

/** RFC 5321 §4.5.3.1.1. */
const maxLocalPartOctets = 64;
/** RFC 5321 §4.5.3.1.3, with the punctuation. */
const maxPathOctets = 256;
/**
 * Deviation: RFC 5321 §4.5.3.1.1: unless asked to be strict, longer local parts are taken, since return paths that carry
 * another address (SRS, VERP) are longer and Postfix takes them.
 */
const tolerantMaxPathOctets = 1024;

export interface PathOptions {
  /**
   * Exactly RFC 5321: angle brackets, a domain on all but `postmaster`, no empty atoms, the lengths of §4.5.3.1
   * (postconf(5) strict_rfc821_envelopes). Otherwise also `MAIL FROM: a@b`, `a..b@c`, `user` and a dot after the domain.
   */
  readonly strict?: boolean;
}

export type PathReason =
  | "no path"
  | "no closing angle bracket"
  | "text after the path"
  | "bad source route"
  | "bad local part"
  | "bad domain"
  | "no domain"
  | "too long";

export type PathResult =
  | {
    readonly kind: "ok";
    /** Source route stripped; `""` for `<>`. */
    readonly path: string;
    /** What follows the path: parameters, without blanks around. */
    readonly rest: string;
  }
  | { readonly kind: "malformed"; readonly reason: PathReason };

export interface Mailbox {
  /** In wire form, quoted where it must be. */
  readonly localPart: string;
  /** As written; empty when there is none. */
  readonly domain: string;
}

/**
 * Reads the argument of `MAIL FROM:` or `RCPT TO:`, from after the colon.
 *
 *     parsePath("<a@b.test> SIZE=10")  ->  path "a@b.test", rest "SIZE=10"
 */
export function parsePath(text: string, options: PathOptions = {}): PathResult {
  const strict = options.strict === true;
  const argument = strict ? text : text.trimStart();
  if (argument.startsWith("<")) return parseBracketed(argument, strict);
  if (strict || argument === "") return malformed("no path");
  const end = endOfMailbox(argument, 0, isBlank);
  const rest = argument.slice(end);
  if (!/^\s*([A-Za-z0-9]|$)/.test(rest)) return malformed("text after the path");
  const mailbox = readMailbox(argument.slice(0, end), { strict: false });
  return typeof mailbox === "string" ? malformed(mailbox) : accepted(mailbox, rest, strict);
}

/** Cuts at the last `@` outside quotes; the domain is empty when there is none. Any text is taken. */
export function splitAddress(address: string): Mailbox {
  const at = address.lastIndexOf("@");
  if (at < 0 || address.endsWith('"')) return { localPart: address, domain: "" };
  return { localPart: address.slice(0, at), domain: address.slice(at + 1) };
}

export function formatAddress(mailbox: Mailbox): string {
  return mailbox.domain === "" ? mailbox.localPart : `${mailbox.localPart}@${mailbox.domain}`;
}

/** Plain text to wire form: quoted unless it is a dot-string (RFC 5321 §4.1.2). */
export function quoteLocalPart(plain: string): string {
  return isDotString(plain) ? plain : `"${plain.replace(/["\\]/g, "\\$&")}"`;
}

/** Wire form to plain text: `"odd user"` is `odd user`. */
export function unquoteLocalPart(localPart: string): string {
  if (localPart.length < 2 || !localPart.startsWith('"') || !localPart.endsWith('"')) return localPart;
  return localPart.slice(1, -1).replace(/\\(.)/gsu, "$1");
}

/**
 * The form to compare by: domain normalized (`bücher.test` is `xn--bcher-kva.test`), local part in lower case.
 *
 * Deviation: RFC 5321 §2.4: local parts that differ in case only are the same here, as in Postfix's duplicate filter
 * and in Delivered-To comparisons.
 */
export function normalizeAddress(address: string): string {
  const { localPart, domain } = splitAddress(address);
  const folded = quoteLocalPart(unquoteLocalPart(localPart).toLowerCase());
  return formatAddress({ localPart: address === "" ? "" : folded, domain: normalizeDomain(domain) });
}

export function equalAddresses(left: string, right: string): boolean {
  return left === right || normalizeAddress(left) === normalizeAddress(right);
}

/** Can the address only be given to a server that offers SMTPUTF8 (RFC 6531 §3.2)? */
export function needsSmtpUtf8(address: string): boolean {
  return !isAscii(address);
}

function parseBracketed(argument: string, strict: boolean): PathResult {
  let start = 1;
  if (argument[start] === "@") {
    const routeEnd = endOfSourceRoute(argument);
    if (routeEnd === undefined) return malformed("bad source route");
    start = routeEnd;
  }
  const end = endOfMailbox(argument, start, (char) => char === ">");
  if (end === argument.length) return malformed("no closing angle bracket");
  const rest = argument.slice(end + 1);
  if (rest !== "" && !isBlank(rest[0]!)) return malformed("text after the path");
  if (end === 1) return { kind: "ok", path: "", rest: rest.trim() };
  const mailbox = readMailbox(argument.slice(start, end), { strict });
  return typeof mailbox === "string" ? malformed(mailbox) : accepted(mailbox, rest, strict);
}

function accepted(mailbox: Mailbox, rest: string, strict: boolean): PathResult {
  const path = formatAddress(mailbox);
  const octets = utf8Bytes(path).length + 2;
  if (octets > (strict ? maxPathOctets : tolerantMaxPathOctets)) return malformed("too long");
  if (strict && utf8Bytes(mailbox.localPart).length > maxLocalPartOctets) return malformed("too long");
  if (strict && mailbox.domain === "" && mailbox.localPart.toLowerCase() !== "postmaster") {
    return malformed("no domain");
  }
  return { kind: "ok", path, rest: rest.trim() };
}

/** After `@a,@b:` (RFC 5321 §4.1.2 A-d-l). */
function endOfSourceRoute(argument: string): number | undefined {
  const colon = argument.indexOf(":", 1);
  // An address literal in the route may hold colons itself.
  for (let end = colon; end > 0; end = argument.indexOf(":", end + 1)) {
    const hops = argument.slice(1, end).split(",");
    if (hops.every((hop) => hop.startsWith("@") && isPathDomain(hop.slice(1), { strict: true }))) {
      return end + 1;
    }
    if (end - 1 > tolerantMaxPathOctets) return undefined;
  }
  return undefined;
}

/** Where the mailbox that begins at `start` ends: at the first character outside quotes for which `isEnd`. */
function endOfMailbox(text: string, start: number, isEnd: (char: string) => boolean): number {
  let isQuoted = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (isQuoted && char === "\\") at++;
    // Only a quote at the start opens: elsewhere it is an error, and must not hide the end.
    else if (char === '"' && (isQuoted || at === start)) isQuoted = !isQuoted;
    else if (!isQuoted && isEnd(char)) return at;
  }
  return text.length;
}

function readMailbox(text: string, options: { readonly strict: boolean }): Mailbox | PathReason {
  const localEnd = text.startsWith('"') ? endOfQuotedString(text) : endOfLocalAtoms(text);
  if (localEnd === undefined || localEnd === 0) return "bad local part";
  const written = text.slice(0, localEnd);
  if (options.strict && !written.startsWith('"') && !isDotString(written)) return "bad local part";
  const localPart = quoteLocalPart(unquoteLocalPart(written));
  if (localEnd === text.length) return { localPart, domain: "" };
  if (text[localEnd] !== "@") return "bad local part";
  const domain = text.slice(localEnd + 1);
  return isPathDomain(domain, options) ? { localPart, domain } : "bad domain";
}

function endOfLocalAtoms(text: string): number {
  const at = text.indexOf("@");
  const end = at < 0 ? text.length : at;
  return atomsAndDots.test(text.slice(0, end)) ? end : 0;
}

/** After the closing quote; `undefined` when there is none or something in it may not be (RFC 5321 §4.1.2). */
function endOfQuotedString(text: string): number | undefined {
  const match = quotedString.exec(text);
  return match === null ? undefined : match[0].length;
}

function isPathDomain(domain: string, options: { readonly strict: boolean }): boolean {
  if (domain.startsWith("[")) return parseAddressLiteral(domain) !== undefined;
  const name = !options.strict && domain.endsWith(".") ? domain.slice(0, -1) : domain;
  const ascii = toAscii(name);
  if (ascii === undefined || ascii.length > maxDomainOctets) return false;
  return ascii.split(".").every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

function isDotString(text: string): boolean {
  return dotString.test(text);
}

function isBlank(char: string): boolean {
  return char === " " || char === "\t";
}

function malformed(reason: PathReason): PathResult {
  return { kind: "malformed", reason };
}

// What RFC 6531 §3.3 adds to ASCII, without controls, separators of lines, halves of surrogate pairs and the sign that
// stands for malformed UTF-8.
const beyondAscii = "\\u{a0}-\\u{2027}\\u{202a}-\\u{d7ff}\\u{e000}-\\u{fffc}\\u{10000}-\\u{10ffff}";
const atext = `[A-Za-z0-9!#$%&'*+/=?^_\`{|}~${beyondAscii}\\-]`;
const dotString = new RegExp(`^${atext}+(\\.${atext}+)*$`, "u");
const atomsAndDots = new RegExp(`^(${atext}|\\.)+$`, "u");
const quotedString = new RegExp(`^"([ !#-\\[\\]-~${beyondAscii}]|\\\\[ -~${beyondAscii}])*"`, "u");
