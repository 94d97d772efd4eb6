/**
 * Logical lines of table sources, as in main.cf (postconf(5), access(5), aliases(5)): a line that begins with blanks
 * goes on from the one before; empty lines and lines whose first non-blank is `#` are passed over, also inside.
 */

import { utf8Text } from "../../tools/kit/base/bytes.ts";

export interface LogicalLine {
  /** Trimmed at its end. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** What a source is called in warnings, and where they go. */
export interface SourceReport {
  readonly file: string;
  warn(text: string): void;
}

/** The logical lines of a source. Lines that are not UTF-8, or that continue nothing, are warned of and left out. */
export function* logicalLines(bytes: Uint8Array, report: SourceReport): Generator<LogicalLine> {
  let current: LogicalLine | undefined;
  let line = 0;
  let orphan = false;
  for (const physical of physicalLines(bytes)) {
    line++;
    const text = physical.trimEnd();
    const first = /\S/.exec(text)?.[0];
    if (first === undefined || first === "#") continue;
    if (/^\s/.test(text)) {
      if (current !== undefined) current = { text: current.text + text, line: current.line };
      else if (!orphan) {
        orphan = true;
        report.warn(
          `${report.file}, line ${line}: logical line must not start with whitespace: "${shorten(text)}"`,
        );
      }
      continue;
    }
    if (current !== undefined) yield* checked(current, report);
    current = { text, line };
  }
  if (current !== undefined) yield* checked(current, report);
}

function* checked(line: LogicalLine, report: SourceReport): Generator<LogicalLine> {
  if (!line.text.includes("\ufffd")) yield line;
  else {report.warn(
      `${report.file}, line ${line.line}: non-UTF-8 input "${
        shorten(line.text.replaceAll("\ufffd", "?"))
      }" -- ignoring this line`,
    );}
}

function* physicalLines(bytes: Uint8Array): Generator<string> {
  const text = utf8Text(bytes);
  for (let start = text.startsWith("\ufeff") ? 1 : 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
}
