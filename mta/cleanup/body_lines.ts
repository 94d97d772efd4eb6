/** Lines of the body on their way into the queue, asked for in body_checks(5); long ones piece by piece. */

import { latin1Bytes, LF, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import type { Evaluation } from "../address/lookup.ts";
import { findAction } from "./check_lookup.ts";
import type { ContentFindings } from "./content_findings.ts";
import { fieldText } from "./field_cleaner.ts";
import type { CleanupSettings } from "./settings.ts";

export class BodyLines {
  /** The next piece goes on with a line. */
  isInLine = false;
  readonly #settings: CleanupSettings;
  readonly #findings: ContentFindings;
  /** Octets of this part so far. */
  #octets = 0;
  /** Something of the line at hand has gone out. */
  #hasBegun = false;

  constructor(options: { readonly settings: CleanupSettings; readonly findings: ContentFindings }) {
    this.#settings = options.settings;
    this.#findings = options.findings;
  }

  /** body_checks_size_limit counts anew. */
  beginPart(): void {
    this.#octets = 0;
    this.isInLine = false;
  }

  /** A line, or a piece of a long one. */
  *take(piece: Uint8Array, out: Uint8Array[]): Evaluation<void> {
    const { bodyChecks, bodyChecksSizeLimit } = this.#settings;
    const wasInLine = this.isInLine;
    const isEnded = piece.at(-1) === LF;
    this.isInLine = !isEnded;
    if (!wasInLine) this.#hasBegun = false;
    const room = bodyChecksSizeLimit === 0 ? piece.length : bodyChecksSizeLimit - this.#octets;
    this.#octets += piece.length;
    const content = isEnded ? piece.subarray(0, -1) : piece;
    if (bodyChecks.length === 0 || this.#findings.isDecided || content.length === 0 || room <= 0) {
      this.#hasBegun = true;
      return void out.push(piece);
    }
    const { text, isUtf8 } = fieldText(content.subarray(0, room));
    const action = yield* findAction(bodyChecks, text, {
      parameter: "body_checks",
      isHeader: false,
      findings: this.#findings,
    });
    this.#findings.apply(action, "body", text);
    const bytes = (line: string) => isUtf8 ? utf8Bytes(line) : latin1Bytes(line);
    const lineEnd = isEnded ? "\n" : "";
    switch (action.kind) {
      case "ignore":
      case "strip":
        // The line end stays with what stays of the line.
        if (isEnded && wasInLine && this.#hasBegun) out.push(bytes("\n"));
        return;
      case "replace":
        out.push(bytes(`${action.value}${lineEnd}`));
        break;
      case "prepend":
        if (!wasInLine) out.push(bytes(`${action.value}\n`));
        out.push(piece);
        break;
      default:
        out.push(piece);
    }
    this.#hasBegun = true;
  }
}
