/** Which parts of a message stand around the line at hand (RFC 2046 §5.1), as far as checks of headers need to know. */

import { latin1Bytes } from "../../tools/kit/base/bytes.ts";
import { findBoundary, hasDashes } from "../../tools/kit/mail/boundary.ts";
import { parseContentType, parseMimeToken, rawParameter } from "../../tools/kit/mail/parameter.ts";

/** Whose header it is: the message's, a part's, or that of a message within. */
export type HeaderKind = "primary" | "part" | "nested";

/** What a header says that matters here; values unfolded. */
export interface PartFields {
  readonly contentType: string | undefined;
  readonly transferEncoding: string | undefined;
}

interface Level {
  readonly boundary: Uint8Array;
  readonly isDigest: boolean;
}

export class MimeLevels {
  /** More parts in parts than the limit allows were seen. */
  isTooDeep = false;
  readonly #levels: Level[] = [];
  readonly #limit: number;
  /** The header at hand is that of a part of a digest. */
  #isInDigest = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The header ended: is a header what comes next (RFC 2046 §5.2.1)? */
  enterBody({ contentType, transferEncoding }: PartFields): "header" | "body" {
    const type = contentType === undefined ? undefined : parseContentType(contentType);
    const isMessage = contentType === undefined
      ? this.#isInDigest
      : type?.type.toLowerCase() === "message" && type.subtype.toLowerCase() === "rfc822";
    this.#isInDigest = false;
    if (isMessage && isPlain(transferEncoding)) return "header";
    if (type?.type.toLowerCase() !== "multipart") return "body";
    const boundary = rawParameter(type.parameters, "boundary");
    if (boundary === undefined || boundary === "") return "body";
    if (this.#levels.length >= this.#limit) this.isTooDeep = true;
    else {
      this.#levels.push({
        boundary: latin1Bytes(boundary),
        isDigest: type.subtype.toLowerCase() === "digest",
      });
    }
    return "body";
  }

  /** Is the line at `at` a boundary? If so, what comes after it. */
  boundary(octets: Uint8Array, at: number): "header" | "body" | undefined {
    if (this.#levels.length === 0 || !hasDashes(octets, at)) return undefined;
    const found = findBoundary(octets, at, this.#levels.map(({ boundary }) => boundary));
    if (found === undefined) return undefined;
    const level = this.#levels[found.index]!;
    this.#levels.length = found.isLast ? found.index : found.index + 1;
    if (found.isLast) return "body";
    this.#isInDigest = level.isDigest;
    return "header";
  }
}

function isPlain(transferEncoding: string | undefined): boolean {
  const name = transferEncoding === undefined ? "7bit" : parseMimeToken(transferEncoding);
  return ["7bit", "8bit", "binary"].includes(name?.toLowerCase() ?? "");
}
