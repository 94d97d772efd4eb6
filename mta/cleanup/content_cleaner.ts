/**
 * A message's octets on their way into the queue (cleanup(8)): fields and lines are checked (header_checks(5)), addresses
 * in the header of local mail are made whole, and at its end fields are added that its sender left out. LF form in and
 * out; what nobody wants changed comes out as it went in. However the octets are cut, the same comes out.
 *
 * No more is held than one field or line, up to header_size_limit or line_length_limit; of what is longer the beginning
 * is looked at, and the rest goes its way. Where nothing is to be looked at, nothing is held at all.
 */

import { concatBytes, LF, noBytes, SPACE } from "../../tools/kit/base/bytes.ts";

import type { Evaluation } from "../address/lookup.ts";
import { ContentFindings, type MailFacts } from "./content_findings.ts";
import { BodyLines } from "./body_lines.ts";
import { FieldCleaner } from "./field_cleaner.ts";
import type { RewriteContext } from "./header_rewrite.ts";
import { type HeaderKind, MimeLevels } from "./mime_levels.ts";
import type { CleanupSettings } from "./settings.ts";

const TAB = 9;

export interface ContentOptions {
  readonly settings: CleanupSettings;
  readonly facts: MailFacts;
  readonly rewrite: RewriteContext;
  /** False: nothing is checked (internal mail). */
  readonly checks: boolean;
  /** What is put at the end of the message's header, when the names of its fields (lower case) are known; octets. */
  readonly atHeaderEnd?: ((names: ReadonlySet<string>) => Uint8Array) | undefined;
}

/** Has cleaning anything to do for such mail? Without, its octets need not come here. */
export function needsCleaning(options: Omit<ContentOptions, "facts">): boolean {
  const { settings, rewrite, checks, atHeaderEnd } = options;
  const { headerChecks, mimeHeaderChecks, nestedHeaderChecks, bodyChecks } = settings;
  return rewrite !== "none" || atHeaderEnd !== undefined ||
    (checks && settings.checkContent &&
      [headerChecks, mimeHeaderChecks, nestedHeaderChecks, bodyChecks].some(({ length }) => length > 0));
}

/** Where in the message the octets come from. */
type Place =
  | { readonly kind: "header"; readonly header: HeaderKind }
  /** Behind the limit of a field or line: to its end, which is kept or goes. */
  | { readonly kind: "rest"; readonly header: HeaderKind; readonly isKept: boolean }
  | { readonly kind: "body" }
  /** Nothing in it is looked at. */
  | { readonly kind: "free" };

export class ContentCleaner {
  readonly findings: ContentFindings;
  readonly #options: ContentOptions;
  readonly #fields: FieldCleaner;
  readonly #lines: BodyLines;
  readonly #levels: MimeLevels;
  readonly #hasBodyWork: boolean;
  #place: Place = { kind: "header", header: "primary" };
  #held: Uint8Array = noBytes;

  constructor(options: ContentOptions) {
    const { settings, facts, checks } = options;
    const checked = checks && settings.checkContent;
    this.#options = options;
    this.findings = new ContentFindings(facts);
    this.#fields = new FieldCleaner({ ...options, checks: checked, findings: this.findings });
    this.#lines = new BodyLines({ settings, findings: this.findings });
    this.#levels = new MimeLevels(settings.mimeNestingLimit);
    const { mimeHeaderChecks, nestedHeaderChecks, bodyChecks } = settings;
    this.#hasBodyWork = checked &&
      [mimeHeaderChecks, nestedHeaderChecks, bodyChecks].some(({ length }) => length > 0);
  }

  /** The text of the message's own Message-Id field, if it has one. */
  get messageId(): string | undefined {
    return this.#fields.messageId;
  }

  push(bytes: Uint8Array): Evaluation<Uint8Array> {
    return this.#take(bytes, false);
  }

  /** What is still held at the end of the message. */
  finish(): Evaluation<Uint8Array> {
    return this.#take(noBytes, true);
  }

  *#take(bytes: Uint8Array, isLast: boolean): Evaluation<Uint8Array> {
    if (this.#place.kind === "free") return bytes;
    const input = this.#held.length === 0 ? bytes : concatBytes([this.#held, bytes]);
    this.#held = noBytes;
    const out: Uint8Array[] = [];
    let at = 0;
    while (at < input.length) {
      const next = yield* this.#step(input, at, { out, isLast });
      if (next === undefined) break;
      at = next;
    }
    if (at < input.length) this.#held = input.slice(at);
    if (isLast && this.#place.kind === "header" && this.#place.header === "primary") {
      out.push(this.#headerEnd());
      this.#place = { kind: "free" };
    }
    return concatBytes(out);
  }

  /** Goes one field, line or stretch on: where the next begins, or `undefined` when more is needed to tell. */
  #step(input: Uint8Array, at: number, io: Io): Evaluation<number | undefined> {
    switch (this.#place.kind) {
      case "header":
        return this.#headerStep(input, at, { ...io, header: this.#place.header });
      case "rest":
        return this.#restStep(input, at, io);
      case "body":
        return this.#bodyStep(input, at, io);
      case "free":
        return free(input, at, io);
    }
  }

  *#headerStep(
    input: Uint8Array,
    at: number,
    { out, isLast, header }: Io & { readonly header: HeaderKind },
  ): Evaluation<number | undefined> {
    if (input[at] === LF) {
      this.#endHeader(header, out);
      out.push(input.subarray(at, at + 1));
      return at + 1;
    }
    if (header !== "primary") {
      const lineEnd = input.indexOf(LF, at);
      if (lineEnd < 0 && !isLast && input.length - at < this.#options.settings.headerSizeLimit) {
        return undefined;
      }
      const after = this.#levels.boundary(input, at);
      if (after !== undefined) return yield* this.#passBoundary(input, at, { out, isLast, after });
    }
    const colon = fieldColon(input, at);
    if (colon === "undecided" && !isLast && input.length - at <= maxNameOctets) return undefined;
    if (typeof colon !== "number") {
      // No field: what comes is body, for every reader (an empty line is put before it where the message's header ends).
      this.#endHeader(header, out);
      if (header === "primary") out.push(Uint8Array.of(LF));
      return at;
    }
    const end = fieldEnd(input, at, isLast);
    const { headerSizeLimit } = this.#options.settings;
    if (end === undefined && input.length - at <= headerSizeLimit) return undefined;
    const isWhole = end !== undefined && end - at <= headerSizeLimit;
    const taken = isWhole ? end : Math.min(input.length, at + headerSizeLimit);
    const isKept = yield* this.#fields.take(input.subarray(at, taken), {
      header,
      colon: colon - at,
      isWhole,
      out,
    });
    if (!isWhole) this.#place = { kind: "rest", header, isKept };
    return taken;
  }

  /** The rest of a field that is too long to be looked at. */
  // deno-lint-ignore require-yield
  *#restStep(input: Uint8Array, at: number, { out, isLast }: Io): Evaluation<number | undefined> {
    const { header, isKept } = this.#place as Extract<Place, { kind: "rest" }>;
    const lineEnd = input.indexOf(LF, at);
    // The octet behind a line end tells whether the field goes on.
    const end = lineEnd < 0 ? input.length : lineEnd + 1;
    const isUndecided = lineEnd >= 0 && end === input.length && !isLast;
    const until = isUndecided ? lineEnd : end;
    if (isKept) out.push(input.subarray(at, until));
    if (isUndecided) return until > at ? until : undefined;
    if (lineEnd >= 0 && !isBlank(input[end])) this.#place = { kind: "header", header };
    return end;
  }

  *#bodyStep(input: Uint8Array, at: number, { out, isLast }: Io): Evaluation<number | undefined> {
    const { lineLengthLimit } = this.#options.settings;
    const lineEnd = input.indexOf(LF, at);
    const end = lineEnd < 0 ? input.length : lineEnd + 1;
    if (lineEnd < 0 && !isLast && input.length - at <= Math.max(lineLengthLimit, maxNameOctets)) {
      return undefined;
    }
    if (!this.#lines.isInLine) {
      const after = this.#levels.boundary(input, at);
      if (after !== undefined) return yield* this.#passBoundary(input, at, { out, isLast, after });
    }
    // The line end goes with the last piece.
    const isShort = end - at - (lineEnd < 0 ? 0 : 1) <= lineLengthLimit;
    const taken = isShort ? end : at + lineLengthLimit;
    yield* this.#lines.take(input.subarray(at, taken), out);
    return taken;
  }

  /** A boundary is a line of the body for the checks, and what follows begins anew. */
  *#passBoundary(
    input: Uint8Array,
    at: number,
    { out, after }: Io & { readonly after: "header" | "body" },
  ): Evaluation<number> {
    const lineEnd = input.indexOf(LF, at);
    const end = lineEnd < 0 ? input.length : lineEnd + 1;
    this.#lines.beginPart();
    yield* this.#lines.take(input.subarray(at, end), out);
    this.#lines.beginPart();
    this.#place = after === "header" ? { kind: "header", header: "part" } : { kind: "body" };
    if (after === "header") this.#fields.begin();
    return end;
  }

  #endHeader(header: HeaderKind, out: Uint8Array[]): void {
    if (header === "primary") out.push(this.#headerEnd());
    if (!this.#hasBodyWork) {
      this.#place = { kind: "free" };
      return;
    }
    const next = this.#levels.enterBody(this.#fields);
    if (this.#levels.isTooDeep && !this.findings.isDecided) {
      this.findings.rejectNesting(this.#fields.contentType ?? "");
    }
    this.#lines.beginPart();
    this.#fields.begin();
    this.#place = next === "header" ? { kind: "header", header: "nested" } : { kind: "body" };
  }

  #headerEnd(): Uint8Array {
    return this.#options.atHeaderEnd?.(this.#fields.names) ?? noBytes;
  }
}

interface Io {
  readonly out: Uint8Array[];
  readonly isLast: boolean;
}

// deno-lint-ignore require-yield
function* free(input: Uint8Array, at: number, { out }: Io): Evaluation<number> {
  out.push(input.subarray(at));
  return input.length;
}

/** Names that are longer are none. */
const maxNameOctets = 1000;
const COLON = 58;

/** Where the colon of the field at `at` stands; `none`: it is no field. */
function fieldColon(input: Uint8Array, at: number): number | "none" | "undecided" {
  let nameEnd = at;
  while (nameEnd < input.length && isNameOctet(input[nameEnd]!)) nameEnd++;
  let colon = nameEnd;
  while (colon < input.length && isBlank(input[colon])) colon++;
  if (colon - at > maxNameOctets) return "none";
  if (colon === input.length) return "undecided";
  return input[colon] === COLON && nameEnd > at ? colon : "none";
}

/** Behind the field that begins at `at` and the lines that continue it. */
function fieldEnd(input: Uint8Array, at: number, isLast: boolean): number | undefined {
  for (let lineEnd = input.indexOf(LF, at); lineEnd >= 0; lineEnd = input.indexOf(LF, lineEnd + 1)) {
    if (lineEnd + 1 === input.length) return isLast ? input.length : undefined;
    if (!isBlank(input[lineEnd + 1])) return lineEnd + 1;
  }
  return isLast ? input.length : undefined;
}

function isBlank(octet: number | undefined): boolean {
  return octet === SPACE || octet === TAB;
}

/** ftext (RFC 5322 §3.6.8). */
function isNameOctet(octet: number): boolean {
  return octet > 32 && octet < 127 && octet !== COLON;
}
