/** One header field on its way into the queue: checked, its addresses made whole, and noted. */

import {
  concatBytes,
  latin1Bytes,
  latin1Text,
  noBytes,
  utf8Bytes,
  utf8TextStrict,
} from "../../tools/kit/base/bytes.ts";

import type { Evaluation } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import type { Maps } from "../address/settings.ts";
import { findAction } from "./check_lookup.ts";
import type { ContentFindings } from "./content_findings.ts";
import { addressFields, type RewriteContext, rewriteHeaderValue } from "./header_rewrite.ts";
import type { HeaderKind } from "./mime_levels.ts";
import type { CleanupSettings } from "./settings.ts";

export interface FieldOptions {
  readonly settings: CleanupSettings;
  readonly rewrite: RewriteContext;
  readonly checks: boolean;
  readonly findings: ContentFindings;
}

export interface FieldPlace {
  readonly header: HeaderKind;
  /** Where in the field its colon stands. */
  readonly colon: number;
  /** False: the field goes on behind what is given. */
  readonly isWhole: boolean;
  readonly out: Uint8Array[];
}

/** Fields that mime_header_checks look at, wherever they stand. */
const mimeFields: ReadonlySet<string> = new Set([
  ...[
    "content-description",
    "content-disposition",
    "content-id",
    "content-transfer-encoding",
    "content-type",
  ],
  "mime-version",
]);

export class FieldCleaner {
  /** Names of the fields of the message's own header that stay, in lower case. */
  readonly names = new Set<string>();
  /** Of the header at hand, as they came. */
  contentType: string | undefined;
  /** Of the message. */
  messageId: string | undefined;
  transferEncoding: string | undefined;
  readonly #options: FieldOptions;

  constructor(options: FieldOptions) {
    this.#options = options;
  }

  /** A header begins. */
  begin(): void {
    this.contentType = undefined;
    this.transferEncoding = undefined;
  }

  /** True: what follows of a field that is not whole stays too. */
  *take(given: Uint8Array, { header, colon: givenColon, isWhole, out }: FieldPlace): Evaluation<boolean> {
    const { settings, rewrite, checks, findings } = this.#options;
    const name = latin1Text(given.subarray(0, givenColon)).trimEnd().toLowerCase();
    const colon = name.length;
    // Blanks before the colon are of the past (RFC 5322 §4.5.8).
    const field = colon === givenColon
      ? given
      : concatBytes([given.subarray(0, colon), given.subarray(givenColon)]);
    if (name === "content-type") this.contentType ??= unfolded(field, colon);
    else if (name === "message-id" && header === "primary") this.messageId ??= unfolded(field, colon);
    else if (name === "content-transfer-encoding") this.transferEncoding ??= unfolded(field, colon);

    let result = field;
    if (checks && !findings.isDecided) {
      const { maps, parameter } = checksOf(name, header, settings);
      if (maps.length > 0) {
        const checked = yield* this.#check(field, { maps, parameter, out });
        if (checked === undefined) return false;
        result = checked;
      }
    }
    const isReplaced = result !== field;
    if (header === "primary") {
      const kept = isReplaced ? nameOf(result) : name;
      this.names.add(kept);
      const kind = addressFields.get(kept);
      if (kind !== undefined && rewrite !== "none" && (isWhole || isReplaced)) {
        const colon = result.indexOf(COLON) + 1;
        const value = latin1Text(result.subarray(colon));
        const rewritten = yield* rewriteHeaderValue(value, kind, { settings, context: rewrite });
        if (isFailure(rewritten)) findings.failAddress(rewritten.failure);
        else if (rewritten !== value) {
          out.push(result.subarray(0, colon), latin1Bytes(rewritten));
          return true;
        }
      }
    }
    out.push(result);
    return !isReplaced;
  }

  /** What is left of the field; `undefined`: nothing. */
  *#check(
    field: Uint8Array,
    { maps, parameter, out }: { readonly maps: Maps; readonly parameter: string; readonly out: Uint8Array[] },
  ): Evaluation<Uint8Array | undefined> {
    const { findings } = this.#options;
    const { text, isUtf8 } = fieldText(field);
    const action = yield* findAction(maps, text, { parameter, isHeader: true, findings });
    findings.apply(action, "header", text);
    const bytes = (line: string) => isUtf8 ? utf8Bytes(`${line}\n`) : latin1Bytes(`${line}\n`);
    switch (action.kind) {
      case "ignore":
      case "strip":
        return undefined;
      case "replace":
        return bytes(action.value);
      case "prepend":
        out.push(bytes(action.value));
        return field;
      default:
        return field;
    }
  }
}

const COLON = 58;

function checksOf(
  name: string,
  header: HeaderKind,
  settings: CleanupSettings,
): { readonly maps: Maps; readonly parameter: string } {
  if (header === "part" || mimeFields.has(name)) {
    return { maps: settings.mimeHeaderChecks, parameter: "mime_header_checks" };
  }
  return header === "nested"
    ? { maps: settings.nestedHeaderChecks, parameter: "nested_header_checks" }
    : { maps: settings.headerChecks, parameter: "header_checks" };
}

/** Without the last line end; UTF-8 where it is that, else an octet string. */
export function fieldText(bytes: Uint8Array): { readonly text: string; readonly isUtf8: boolean } {
  const content = bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes;
  const text = utf8TextStrict(content);
  return text === undefined ? { text: latin1Text(content), isUtf8: false } : { text, isUtf8: true };
}

function nameOf(field: Uint8Array): string {
  const colon = field.indexOf(COLON);
  return latin1Text(colon < 0 ? noBytes : field.subarray(0, colon)).trimEnd().toLowerCase();
}

function unfolded(field: Uint8Array, colon: number): string {
  return latin1Text(field.subarray(colon + 1)).replace(/\n/g, "").trim();
}
