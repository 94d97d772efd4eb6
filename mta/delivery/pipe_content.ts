/** What a program of pipe(8) is given: the lines that its flags put before and behind the message, and its line ends. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, DOT, LF, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { formatFromLine } from "../../store/mbox/from_line.ts";

import type { PipeErrand } from "./pipe_command.ts";
import type { PipeSettings } from "./pipe_settings.ts";

const from = utf8Bytes("From ");

/** Chunks of the message as the program gets it. `content` has LF for line ends. */
export async function* pipeContent(
  settings: PipeSettings,
  errand: PipeErrand,
  { content, nowMs }: { readonly content: AsyncIterable<Bytes>; readonly nowMs: number },
): AsyncGenerator<Bytes> {
  const lines = new PipeLines(settings);
  yield lines.plain(header(settings, errand, nowMs));
  for await (const chunk of content) {
    const bytes = lines.take(chunk);
    if (bytes.length > 0) yield bytes;
  }
  yield lines.end();
  if (settings.flags.includes("B")) yield lines.plain("\n");
}

/** In the order that Postfix has them in. */
function header({ flags }: PipeSettings, { message, recipients }: PipeErrand, nowMs: number): string {
  const { sender } = message.envelope;
  const [first] = recipients;
  const lines: string[] = [];
  if (flags.includes("F")) lines.push(formatFromLine(sender, nowMs));
  if (flags.includes("R")) lines.push(`Return-Path: <${sender}>`);
  if (flags.includes("O") && first !== undefined) lines.push(`X-Original-To: ${first.original}`);
  if (flags.includes("D") && first !== undefined) lines.push(`Delivered-To: ${first.address}`);
  // deno-lint-ignore no-control-regex
  return lines.map((line) => `${line.replace(/[\x00-\x1f\x7f]/g, "?")}\n`).join("");
}

/** Lines of the message that are changed one by one; one that a chunk cuts is kept as far as it may need a mark. */
class PipeLines {
  readonly #eol: Bytes;
  readonly #isPlain: boolean;
  readonly #dots: boolean;
  readonly #froms: boolean;
  #atStart = true;
  /** The beginning of a line that may be `From `. */
  #held: Bytes = new Uint8Array(0);

  constructor({ flags, eol }: PipeSettings) {
    this.#eol = utf8Bytes(eol);
    this.#dots = flags.includes(".");
    this.#froms = flags.includes(">");
    this.#isPlain = eol === "\n" && !this.#dots && !this.#froms;
  }

  /** Text of whole lines that need no marks. */
  plain(text: string): Bytes {
    return utf8Bytes(text.replaceAll("\n", new TextDecoder().decode(this.#eol)));
  }

  take(chunk: Bytes): Bytes {
    if (chunk.length > 0 && this.#isPlain) this.#atStart = chunk[chunk.length - 1] === LF;
    return this.#isPlain ? chunk : this.#lines(concatBytes([this.#held, chunk]), { isEnd: false });
  }

  /** What is still held, and the end of a last line that had none. */
  end(): Bytes {
    const rest = this.#lines(this.#held, { isEnd: true });
    return this.#atStart ? rest : concatBytes([rest, this.#eol]);
  }

  #lines(bytes: Bytes, { isEnd }: { readonly isEnd: boolean }): Bytes {
    const parts: Uint8Array[] = [];
    this.#held = new Uint8Array(0);
    for (let at = 0; at < bytes.length;) {
      const lf = bytes.indexOf(LF, at);
      const line = bytes.subarray(at, lf < 0 ? bytes.length : lf);
      if (lf < 0 && !isEnd && this.#atStart && line.length < from.length) {
        this.#held = line.slice();
        break;
      }
      if (this.#atStart && this.#dots && line[0] === DOT) parts.push(Uint8Array.of(DOT));
      if (this.#atStart && this.#froms && beginsWithFrom(line)) parts.push(utf8Bytes(">"));
      parts.push(line);
      this.#atStart = lf >= 0;
      if (lf < 0) break;
      parts.push(this.#eol);
      at = lf + 1;
    }
    return concatBytes(parts);
  }
}

function beginsWithFrom(line: Bytes): boolean {
  return from.every((octet, index) => line[index] === octet);
}
