/**
 * The values of Content-* fields (RFC 2045 §5.1, RFC 2183 §2, RFC 3282 §2): tokens, and parameters, those of RFC 2231
 * put together. Values are octet strings.
 *
 * Nothing is refused but a field without its type. A parameter that breaks the grammar is left out, and reading goes
 * on after the next semicolon:
 *
 * | parameter       | value    | since                                                                      |
 * |-----------------|----------|----------------------------------------------------------------------------|
 * | `a="b \"c\""`   | `b "c"`  |                                                                            |
 * | `a=b=c`, `a=b c`| `b`      | there the token ends                                                       |
 * | `a==_b`, `a=<b>`| as given | it should have been quoted: all up to a blank or `;`                       |
 * | `a=`            | empty    |                                                                            |
 * | `a`, `a b=c`    | none     |                                                                            |
 * | `a="b; c=d`     | none     | without the closing quote nobody knows where it ends; so is all after it   |
 */

import { Lexer, mimeLexicon, type Token } from "./lexer.ts";
import { joinPieces, type MimeParameters } from "./parameter_pieces.ts";

export type { MimeParameters };

export interface ContentType {
  /** As written: compare without regard to case. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: MimeParameters;
}

export interface ContentDisposition {
  /** As written: compare without regard to case. */
  readonly type: string;
  readonly parameters: MimeParameters;
}

/** Parameters of one field that are looked at; pieces count each. */
const maxParameters = 10_000;

/** Content-Type; `undefined` without both a type and a subtype. */
export function parseContentType(value: string): ContentType | undefined {
  const lexer = new Lexer(value, mimeLexicon);
  const type = takeToken(lexer);
  if (type === undefined || !takeSpecial(lexer, "/")) return undefined;
  const subtype = takeToken(lexer);
  return subtype === undefined ? undefined : { type, subtype, parameters: readParameters(lexer) };
}

/** Content-Disposition; `undefined` without a type. */
export function parseContentDisposition(value: string): ContentDisposition | undefined {
  const lexer = new Lexer(value, mimeLexicon);
  const type = takeToken(lexer);
  return type === undefined ? undefined : { type, parameters: readParameters(lexer) };
}

/** A value that is one token, such as Content-Transfer-Encoding; `undefined` for anything else. */
export function parseMimeToken(value: string): string | undefined {
  const lexer = new Lexer(value, mimeLexicon);
  const token = takeToken(lexer);
  return peek(lexer) === undefined ? token : undefined;
}

/** Content-Language: its tags, without entries that are none. */
export function parseLanguages(value: string): string[] {
  const lexer = new Lexer(value, mimeLexicon);
  const languages: string[] = [];
  while (peek(lexer) !== undefined) {
    const language = takeToken(lexer);
    const isAlone = isAtEnd(lexer, ",");
    if (language !== undefined && isAlone) languages.push(language);
    skipPast(lexer, ",");
  }
  return languages;
}

/** The first value under that name, as it was sent: for what is plain ASCII, such as boundary and charset. */
export function rawParameter(parameters: MimeParameters, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return parameters.find(([given]) => given.toLowerCase() === wanted)?.[1];
}

/** All that is left: `*(";" parameter)`, and what stands between. */
function readParameters(lexer: Lexer): MimeParameters {
  const parameters: [name: string, value: string][] = [];
  while (skipPast(lexer, ";") && parameters.length < maxParameters) {
    const name = takeToken(lexer);
    if (name === undefined || !takeSpecial(lexer, "=")) continue;
    const value = takeValue(lexer);
    if (value !== undefined) parameters.push([name, value]);
  }
  return joinPieces(parameters);
}

function takeValue(lexer: Lexer): string | undefined {
  const first = peek(lexer);
  if (first === undefined || isSpecial(first, ";")) return "";
  if (first.kind === "special") return lexer.nextRun(";");
  return lexer.next()!.kind === "broken" ? undefined : first.text;
}

function takeToken(lexer: Lexer): string | undefined {
  return peek(lexer)?.kind === "atom" ? lexer.next()!.text : undefined;
}

function takeSpecial(lexer: Lexer, special: string): boolean {
  const isNext = isSpecial(peek(lexer), special);
  if (isNext) lexer.next();
  return isNext;
}

/** Is there one? */
function skipPast(lexer: Lexer, special: string): boolean {
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (isSpecial(token, special)) return true;
  }
  return false;
}

function isAtEnd(lexer: Lexer, special: string): boolean {
  const token = peek(lexer);
  return token === undefined || isSpecial(token, special);
}

/** The next token that is no comment. */
function peek(lexer: Lexer): Token | undefined {
  let token = lexer.peek();
  for (; token?.kind === "comment"; token = lexer.peek()) lexer.next();
  return token;
}

function isSpecial(token: Token | undefined, special: string): boolean {
  return token?.kind === "special" && token.text === special;
}
