/** FETCH responses on their way out: text, octets and streams in their order, gathered into few effects. */

import { concatBytes } from "../../../tools/kit/base/bytes.ts";

import { wireBytes } from "../protocol/writer.ts";
import type { ImapEffect, MessageRange } from "../question.ts";

export class FetchResponse {
  readonly #effects: ImapEffect[] = [];
  #chunks: Uint8Array[] = [];
  #text = "";

  text(text: string): void {
    this.#text += text;
  }

  octets(octets: Uint8Array): void {
    this.#endText();
    this.#chunks.push(octets);
  }

  /** A range of a message that is copied out while it is read. */
  stream(source: MessageRange): void {
    this.#endChunks();
    this.#effects.push({ kind: "stream", source, framing: "exact" });
  }

  /** All of it; then it is empty. */
  take(): readonly ImapEffect[] {
    this.#endChunks();
    return this.#effects.splice(0);
  }

  #endText(): void {
    if (this.#text !== "") this.#chunks.push(wireBytes(this.#text));
    this.#text = "";
  }

  #endChunks(): void {
    this.#endText();
    if (this.#chunks.length > 0) this.#effects.push({ kind: "send", bytes: concatBytes(this.#chunks) });
    this.#chunks = [];
  }
}
