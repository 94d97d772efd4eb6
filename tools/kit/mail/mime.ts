/**
 * The MIME tree of a message (RFC 2045, 2046), with offsets, for BODYSTRUCTURE, sections and search.
 *
 * Texts are octet strings (`latin1Text`). Offsets and sizes count octets of the message's CRLF form.
 */

import { CR, LF, noBytes } from "../base/bytes.ts";
import { findBoundary, hasDashes, maxBoundaryOctets } from "./boundary.ts";
import { type Envelope, envelopeOf, parseEnvelope } from "./envelope.ts";
import { type Header, isEmptyLine, parseHeader } from "./header.ts";
import { type Described, describePart, type Description, type Surroundings } from "./mime_header.ts";
import type { MimeParameters } from "./parameter.ts";

export type { MimeParameters };

export interface MimePart {
  /** As written, or the default (`text`/`plain`; `message`/`rfc822` in a digest). */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: MimeParameters;
  readonly id?: string | undefined;
  readonly description?: string | undefined;
  /** Content-Transfer-Encoding as written; `7bit` when absent. */
  readonly encoding: string;
  readonly disposition?: { readonly type: string; readonly parameters: MimeParameters } | undefined;
  readonly language?: readonly string[] | undefined;
  readonly location?: string | undefined;
  readonly md5?: string | undefined;
  /** The part's header: from here to `bodyStart`, its empty line included. */
  readonly headerStart: number;
  readonly bodyStart: number;
  /** End of the body, exclusive; the CRLF before a boundary is not part of it (RFC 2046 §5.1.1). */
  readonly bodyEnd: number;
  /** Line ends in the body; a last line without one does not count (as Dovecot counts). */
  readonly lines: number;
  /** Children of a multipart, in order; empty otherwise. */
  readonly parts: readonly MimePart[];
  /** What a message/rfc822 holds. */
  readonly message?: { readonly envelope: Envelope; readonly root: MimePart } | undefined;
}

export interface MimeLimits {
  /** Levels of parts in parts; what lies deeper is shown as application/octet-stream. */
  readonly maxDepth: number;
  /** Parts in all; in the last one the rest of the message is text. */
  readonly maxParts: number;
}

/** The limits that Dovecot has. */
export const mimeLimits: MimeLimits = { maxDepth: 100, maxParts: 10_000 };

/** A part being read; it is the `MimePart` when the parser is done. */
interface OpenPart extends Described {
  headerStart: number;
  bodyStart: number;
  bodyEnd: number;
  lines: number;
  parts: OpenPart[];
  message?: { readonly envelope: Envelope; readonly root: OpenPart };
}

/** A part on the way from the root to the one at hand. */
interface Level {
  readonly part: OpenPart;
  readonly surroundings: Surroundings;
  /** Lines of the message before its body. */
  linesBefore: number;
  /** Of a multipart, until its end was seen. */
  boundary?: Uint8Array | undefined;
  isDigest?: boolean;
}

interface Boundary {
  readonly depth: number;
  readonly isLast: boolean;
}

/**
 * The tree of `message`, whose lines may end in LF or CRLF. Any octets make a tree; where they are broken it is the one
 * that Dovecot makes:
 *
 * - A boundary is a line that begins with `--` and the boundary, whatever follows; the longest one that fits counts,
 *   among equals the innermost. An outer boundary also ends what is inside.
 * - A boundary within a header ends the header, and the part has no body.
 * - A multipart without a boundary parameter, or in which no boundary comes, has no parts.
 */
export function parseMime(message: Uint8Array, limits: MimeLimits = mimeLimits): MimePart {
  return new Parser(message, limits).parse();
}

class Parser {
  readonly #octets: Uint8Array;
  readonly #limits: MimeLimits;
  /** Start of the line at hand. */
  #at = 0;
  /** CRs that the lines before lack: what an offset grows by in CRLF form. */
  #missing = 0;
  #lines = 0;
  #partCount = 0;
  /** Where the stretch of body at hand began, after a header or after a multipart's last boundary. */
  #bodyFrom = 0;
  readonly #levels: Level[] = [];

  constructor(octets: Uint8Array, limits: MimeLimits) {
    this.#octets = octets;
    this.#limits = limits;
  }

  parse(): MimePart {
    const root = this.#open({ isMimePart: false, isInDigest: false });
    let boundary = this.#readHeaders();
    for (;;) {
      boundary ??= this.#readBody();
      if (boundary === undefined) break;
      boundary = this.#enter(boundary);
    }
    this.#closeBelow(-1, this.#mark, this.#mark);
    return root;
  }

  get #top(): Level {
    return this.#levels[this.#levels.length - 1]!;
  }

  /** The start of the line at hand. */
  get #mark(): Mark {
    return { at: this.#at + this.#missing, lines: this.#lines };
  }

  #open(surroundings: Surroundings): OpenPart {
    const start = this.#mark.at;
    const part: OpenPart = {
      type: "text",
      subtype: "plain",
      parameters: [],
      encoding: "7bit",
      headerStart: start,
      bodyStart: start,
      bodyEnd: start,
      lines: 0,
      parts: [],
    };
    this.#levels.push({ part, surroundings, linesBefore: this.#lines });
    this.#partCount++;
    return part;
  }

  /** Steps over a boundary line and reads the header of the part that it begins. */
  #enter(boundary: Boundary): Boundary | undefined {
    const level = this.#top;
    const isWhole = this.#passLine();
    if (boundary.isLast || !isWhole) {
      level.boundary = boundary.isLast ? undefined : level.boundary;
      this.#bodyFrom = this.#mark.at;
      return undefined;
    }
    level.part.parts.push(this.#open({ isMimePart: true, isInDigest: level.isDigest === true }));
    return this.#readHeaders();
  }

  /** The header of the part at hand and, while that is a message, of what it holds; gives the boundary that cut it. */
  #readHeaders(): Boundary | undefined {
    for (;;) {
      const level = this.#top;
      const start = this.#at;
      let boundary = this.#passHeader();
      const header = parseHeader(this.#octets, { start, end: this.#at });
      const description = describePart(header, level.surroundings);
      Object.assign(level.part, description.fields);
      this.#tellEnvelope(header);
      if (boundary === undefined) {
        const mark = this.#mark;
        level.part.bodyStart = this.#bodyFrom = mark.at;
        level.linesBefore = mark.lines;
        if (description.kind === "multipart") this.#beginMultipart(level, description, header);
        // An empty line right before somebody else's boundary belongs to that boundary.
        boundary = this.#boundaryHere();
        if (boundary?.depth === this.#levels.length - 1) boundary = undefined;
      }
      const message = description.kind === "message" ? this.#beginMessage(level) : undefined;
      if (boundary !== undefined) {
        this.#cutHeader(boundary, level, message);
        return boundary;
      }
      if (message === undefined) return undefined;
    }
  }

  #beginMultipart(
    level: Level,
    description: Description & { readonly kind: "multipart" },
    header: Header,
  ): void {
    const isEnded = header.bodyStart > header.end;
    if (!isEnded || description.boundary === undefined) return;
    if (this.#levels.length >= this.#limits.maxDepth) this.#asOctets(level);
    else {
      level.boundary = description.boundary.subarray(0, maxBoundaryOctets);
      level.isDigest = description.isDigest;
    }
  }

  /** Opens what a message/rfc822 holds. */
  #beginMessage(level: Level): OpenPart | undefined {
    if (this.#levels.length >= this.#limits.maxDepth || this.#partCount >= this.#limits.maxParts) {
      this.#asOctets(level);
      return undefined;
    }
    const root = this.#open({ isMimePart: false, isInDigest: false });
    level.part.message = { envelope: emptyEnvelope, root };
    return root;
  }

  /** A part whose inside is not looked at must not claim to have one. */
  #asOctets(level: Level): void {
    level.part.type = "application";
    level.part.subtype = "octet-stream";
  }

  #tellEnvelope(header: Header): void {
    const root = this.#top.part;
    const holder = this.#levels[this.#levels.length - 2]?.part;
    if (holder?.message?.root === root) holder.message = { envelope: envelopeOf(header), root };
  }

  /**
   * A boundary ends the header, or follows its empty line. The line end before the boundary is the boundary's; the part
   * around keeps it, as Dovecot counts. `inner` is the message, of nothing, that the part holds.
   */
  #cutHeader(boundary: Boundary, level: Level, inner: OpenPart | undefined): void {
    const mark = this.#mark;
    const own = mark.at === level.part.headerStart ? mark : lineEndBefore(mark);
    level.part.bodyStart = own.at;
    level.linesBefore = own.lines;
    if (inner !== undefined) {
      inner.headerStart = inner.bodyStart = inner.bodyEnd = own.at;
      this.#levels.pop();
    }
    this.#closeBelow(boundary.depth, own, mark);
  }

  /** Lines up to the boundary that ends the part at hand or parts it; nothing at the end of the message. */
  #readBody(): Boundary | undefined {
    const isParted = this.#levels.some((level) => level.boundary !== undefined);
    while (this.#at < this.#octets.length) {
      const boundary = isParted ? this.#boundaryHere() : undefined;
      if (boundary !== undefined) {
        const mark = this.#mark;
        const end = mark.at === this.#bodyFrom ? mark : lineEndBefore(mark);
        this.#closeBelow(boundary.depth, end, end);
        return boundary;
      }
      this.#passLine();
    }
    return undefined;
  }

  #passHeader(): Boundary | undefined {
    while (this.#at < this.#octets.length) {
      const boundary = this.#boundaryHere();
      if (boundary !== undefined) return boundary;
      const start = this.#at;
      this.#passLine();
      if (isEmptyLine(this.#octets, start, this.#at)) return undefined;
    }
    return undefined;
  }

  /** False when the message ends without a line end. */
  #passLine(): boolean {
    const lineEnd = this.#octets.indexOf(LF, this.#at);
    if (lineEnd < 0) {
      this.#at = this.#octets.length;
      return false;
    }
    if (this.#octets[lineEnd - 1] !== CR) this.#missing++;
    this.#lines++;
    this.#at = lineEnd + 1;
    return true;
  }

  #boundaryHere(): Boundary | undefined {
    if (!hasDashes(this.#octets, this.#at) || this.#partCount >= this.#limits.maxParts) return undefined;
    const found = findBoundary(this.#octets, this.#at, this.#levels.map((level) => level.boundary));
    return found === undefined ? undefined : { depth: found.index, isLast: found.isLast };
  }

  /** Ends the parts below `depth`: the innermost at `own`, those around it at `outer`. */
  #closeBelow(depth: number, own: Mark, outer: Mark): void {
    let end = own;
    while (this.#levels.length - 1 > depth) {
      const { part, linesBefore } = this.#levels.pop()!;
      part.bodyEnd = Math.max(part.bodyStart, end.at);
      part.lines = Math.max(0, end.lines - linesBefore);
      end = outer;
    }
  }
}

/** A place in CRLF form and the line ends before it. */
interface Mark {
  readonly at: number;
  readonly lines: number;
}

function lineEndBefore(mark: Mark): Mark {
  return { at: mark.at - 2, lines: mark.lines - 1 };
}

const emptyEnvelope = parseEnvelope(noBytes);
