/**
 * The addresses in a header field, with their places, so that one can be put in another's place and everything around it
 * (names, comments, folds) stays as it was written (RFC 5322 §3.4, with the obsolete forms of §4.4).
 *
 * What breaks the grammar is no address and is left alone: nobody can say what it was to mean.
 *
 * | value                          | addresses           |
 * |--------------------------------|---------------------|
 * | `Ann <ann@x.test>, bob`        | `ann@x.test`, `bob` |
 * | `<@relay.test:ann@x.test>`     | `ann@x.test`        |
 * | `ann (home) @ x . test`        | `ann@x.test`        |
 * | `"odd one"@x.test`             | `"odd one"@x.test`  |
 * | `team: ann, bob;`              | `ann`, `bob`        |
 * | `Ann Lee`, `<>`, `<ann@x.test` | none                |
 */

import { latin1Bytes, latin1Text, utf8Bytes, utf8TextStrict } from "../../tools/kit/base/bytes.ts";
import { formatAddress, quoteLocalPart } from "../../tools/kit/mail/address.ts";
import { addressLexicon, Lexer, type Token } from "../../tools/kit/mail/lexer.ts";

export interface HeaderAddress {
  /** In wire form, Unicode, without a route. */
  readonly address: string;
  /** Where it stands in the value. */
  readonly start: number;
  readonly end: number;
  /** Comments between its words, which would be lost with it. */
  readonly comments: readonly string[];
}

/** A token and where it ends. */
interface Piece extends Token {
  readonly end: number;
}

/** `value`: an octet string, folded or not, as it stands after the colon. */
export function findHeaderAddresses(value: string): readonly HeaderAddress[] {
  const pieces = piecesOf(value);
  if (pieces === undefined) return [];
  const addresses: HeaderAddress[] = [];
  let entry: Piece[] = [];
  let inAngle = false;
  const end = () => {
    const address = inAngle ? undefined : readEntry(entry, value);
    if (address !== undefined) addresses.push(address);
    entry = [];
    inAngle = false;
  };
  for (const piece of pieces) {
    const special = piece.kind === "special" ? piece.text : "";
    if (special === "<") inAngle = true;
    if (special === ">") inAngle = false;
    // In a route, commas and colons part hosts.
    if (!inAngle && (special === "," || special === ";")) end();
    else if (!inAngle && special === ":") entry = [];
    else entry.push(piece);
  }
  end();
  return addresses;
}

/** `value` with other addresses in the places of those that `changes` has, in wire form. */
export function replaceHeaderAddresses(
  value: string,
  changes: readonly (readonly [place: HeaderAddress, address: string])[],
): string {
  let text = "";
  let at = 0;
  for (const [{ start, end, comments }, address] of changes) {
    text += value.slice(at, start) + latin1Text(utf8Bytes(address)) +
      comments.map((comment) => ` ${comment}`).join("");
    at = end;
  }
  return text + value.slice(at);
}

function piecesOf(value: string): readonly Piece[] | undefined {
  const lexer = new Lexer(value, addressLexicon);
  const pieces: Piece[] = [];
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.kind === "broken") return undefined;
    const until = lexer.peek()?.start ?? value.length;
    pieces.push({ ...token, end: token.start + value.slice(token.start, until).trimEnd().length });
  }
  return pieces;
}

function readEntry(entry: readonly Piece[], value: string): HeaderAddress | undefined {
  const open = entry.findIndex((piece) => isSpecial(piece, "<"));
  if (open < 0) return readAddress(entry, value);
  const close = entry.findIndex((piece) => isSpecial(piece, ">"));
  if (close < open || entry.slice(open + 1, close).some((piece) => isSpecial(piece, "<"))) return undefined;
  return readAddress(withoutRoute(entry.slice(open + 1, close)), value);
}

/** RFC 5322 §4.4 obs-route; its hosts go with the address. */
function withoutRoute(pieces: readonly Piece[]): readonly Piece[] {
  const words = pieces.filter(({ kind }) => kind !== "comment");
  if (words[0] === undefined || !isSpecial(words[0], "@")) return pieces;
  const colon = words.findIndex((piece) => isSpecial(piece, ":"));
  if (colon < 0) return [];
  const [first, ...rest] = words.slice(colon + 1);
  // The place begins where the route did.
  return first === undefined ? [] : [{ ...first, start: words[0].start }, ...rest];
}

function readAddress(pieces: readonly Piece[], value: string): HeaderAddress | undefined {
  const words = pieces.filter(({ kind }) => kind !== "comment");
  const [first, last] = [words[0], words.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const address = addressOf(words);
  if (address === undefined) return undefined;
  const comments = pieces.filter(({ kind, start }) =>
    kind === "comment" && start > first.start && start < last.start
  ).map(({ start, end }) => value.slice(start, end));
  return { address, start: first.start, end: last.end, comments };
}

function addressOf(words: readonly Piece[]): string | undefined {
  const at = words.findIndex((piece) => isSpecial(piece, "@"));
  const local = joined(at < 0 ? words : words.slice(0, at), ["atom", "quoted"]);
  const domain = at < 0 ? "" : joined(words.slice(at + 1), ["atom", "literal"]);
  if (local === undefined || domain === undefined || (at >= 0 && domain === "")) return undefined;
  const plain = utf8TextStrict(latin1Bytes(local));
  const name = utf8TextStrict(latin1Bytes(domain));
  if (plain === undefined || name === undefined) return undefined;
  return formatAddress({ localPart: quoteLocalPart(plain), domain: name });
}

/** Words with dots between and nothing else. */
function joined(words: readonly Piece[], kinds: readonly Token["kind"][]): string | undefined {
  if (words.length === 0) return undefined;
  let wasWord = false;
  for (const word of words) {
    const isDot = isSpecial(word, ".");
    if (!isDot && (wasWord || !kinds.includes(word.kind))) return undefined;
    wasWord = !isDot;
  }
  return words.map(({ text }) => text).join("");
}

function isSpecial(piece: Token, text: string): boolean {
  return piece.kind === "special" && piece.text === text;
}
