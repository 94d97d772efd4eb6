/**
 * A message in the form that it has in an mbox, for whoever puts it there:
 *
 * | part | |
 * |---|---|
 * | `From ` line | `from_line.ts` |
 * | header | without fields that readers would take for ours (`metadata.ts`), in any case and folded: who sends mail neither chooses UIDs and flags nor hides it |
 * | hidden fields | those of the writer; `Content-Length` among them |
 * | empty line, body | nothing is quoted, since `Content-Length` tells where it ends; on demand, for readers that do not look at that, lines after an empty line that are separators |
 * | empty line | after the line end that the body may lack |
 *
 * A header without end, or of more than a megabyte, gets an empty line where it is cut. Held in memory are the header
 * and small messages; of others the content is read again.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, CR, LF, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import type { ScannedHeader } from "./scan.ts";
import { maxHeaderOctets, scanHeader } from "./scan.ts";
import { SeparatorQuoter } from "./separator_quoter.ts";

export interface NewMessage {
  /** Without a line end. */
  readonly fromLine: string;
  /** Whole lines. */
  readonly fields: (bodyOctets: number) => string;
  /** The last line of the body gets its end then too. */
  readonly quotesSeparators: boolean;
  /** LF form; the same each time. */
  content(): AsyncIterable<Bytes>;
}

export interface MeasuredMessage {
  /** Of all chunks. */
  readonly octets: number;
  chunks(): AsyncIterable<Bytes>;
}

/** Octets that are read before the header is looked for. */
const startOctets = 65_536;

/** Reads the message once to know how long it will be. */
export async function measureMessage(message: NewMessage): Promise<MeasuredMessage> {
  const { header, bytes, isWhole } = await readStart(message.content());
  const content = isWhole ? () => only(bytes) : () => message.content();
  const body = () => bodyChunks(content(), { ...message, start: header.bodyStart });
  let bodyOctets = 0;
  let last = LF;
  for await (const chunk of body()) {
    bodyOctets += chunk.length;
    last = chunk[chunk.length - 1] ?? last;
  }
  const head = concatBytes([
    utf8Bytes(`${message.fromLine}\n`),
    visibleHeader(bytes, header),
    utf8Bytes(`${message.fields(bodyOctets)}\n`),
  ]);
  const end = utf8Bytes(last === LF ? "\n" : "\n\n");
  return {
    octets: head.length + bodyOctets + end.length,
    chunks: async function* () {
      yield head;
      let left = bodyOctets;
      for await (const chunk of body()) {
        left -= chunk.length;
        yield chunk;
      }
      if (left !== 0) throw new Error("a message is not as long as it was");
      yield end;
    },
  };
}

interface Start {
  /** Its positions count from the content's start. */
  readonly header: ScannedHeader;
  /** The header is in them. */
  readonly bytes: Bytes;
  /** They are all of the content. */
  readonly isWhole: boolean;
}

async function readStart(content: AsyncIterable<Bytes>): Promise<Start> {
  const chunks: Bytes[] = [];
  let octets = 0;
  let wanted = startOctets;
  for await (const chunk of content) {
    chunks.push(chunk);
    octets += chunk.length;
    if (octets < wanted) continue;
    const bytes = concatBytes(chunks.splice(0));
    const header = scanContent(bytes, octets >= maxHeaderOctets);
    if (header !== undefined) return { header, bytes, isWhole: false };
    chunks.push(bytes);
    wanted = Math.min(octets * 4, maxHeaderOctets);
  }
  const bytes = concatBytes(chunks);
  const header = scanContent(bytes, true)!;
  const { bodyStart } = header;
  const endsInField = bodyStart < bytes.length && bytes.indexOf(LF, bodyStart) < 0 &&
    emptyLineOctets(bytes.subarray(0, bodyStart)) === 0;
  if (!endsInField || bytes.length > startOctets) return { header, bytes, isWhole: true };
  const ended = concatBytes([bytes, Uint8Array.of(LF)]);
  return { header: scanContent(ended, true)!, bytes: ended, isWhole: true };
}

/** The scanner skips a `From ` line, which is not there yet. */
function scanContent(bytes: Bytes, isLast: boolean): ScannedHeader | undefined {
  const line = Uint8Array.of(LF);
  return scanHeader(concatBytes([line, bytes.subarray(0, maxHeaderOctets)]), -line.length, isLast);
}

/** Without hidden fields and without the empty line; ends with a line end. */
function visibleHeader(bytes: Bytes, { bodyStart, hidden }: ScannedHeader): Bytes {
  const parts: Bytes[] = [];
  let start = 0;
  for (const field of hidden) {
    parts.push(bytes.subarray(start, field.start));
    start = field.end;
  }
  parts.push(bytes.subarray(start, bodyStart - emptyLineOctets(bytes.subarray(0, bodyStart))));
  const visible = concatBytes(parts);
  return visible.length === 0 || visible[visible.length - 1] === LF
    ? visible
    : concatBytes([visible, Uint8Array.of(LF)]);
}

/** Octets of the empty line that a header ends with; 0 when it was cut. `tail`: its last three octets, or all. */
export function emptyLineOctets(tail: Uint8Array): number {
  const [third, second, first] = [tail.at(-3), tail.at(-2), tail.at(-1)];
  if (first !== LF) return 0;
  if (second === undefined || second === LF) return 1;
  return second === CR && (third === undefined || third === LF) ? 2 : 0;
}

async function* bodyChunks(
  content: AsyncIterable<Bytes>,
  options: { readonly start: number; readonly quotesSeparators: boolean },
): AsyncGenerator<Bytes> {
  const quoter = options.quotesSeparators ? new SeparatorQuoter() : undefined;
  let skip = options.start;
  for await (const chunk of content) {
    const bytes = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - bytes.length;
    if (bytes.length > 0) yield quoter === undefined ? bytes : quoter.push(bytes);
  }
  if (quoter !== undefined) yield quoter.finish();
}

async function* only(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
