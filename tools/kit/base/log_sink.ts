/**
 * Where log records end: standard error or a file, in batches, so that a busy server does not make a system call a line.
 *
 * A file is opened for append and opened anew by `reopen` (logrotate moves it away and sends SIGHUP). When it cannot be
 * written, records go to standard error rather than nowhere.
 */

import { concatBytes, utf8Bytes } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import { failureText } from "./failure.ts";
import type { LogForm, LogRecord } from "./log.ts";
import { formatLogRecord } from "./log.ts";

export interface LogSinkOptions {
  readonly clock: Clock;
  readonly form: LogForm;
  /** Empty: standard error. */
  readonly file: string;
  readonly hostname: string;
}

export interface LogSink {
  write(record: LogRecord): void;
  /** Other settings from now on; also opens the file anew. */
  configure(options: Pick<LogSinkOptions, "form" | "file" | "hostname">): void;
  /** Everything given so far is written when this returns. */
  flush(): void;
}

const flushAfterMs = 20;
/** Written at once when so much has gathered. */
const maxGatheredLines = 512;

export function openLogSink(options: LogSinkOptions): LogSink {
  let { form, file, hostname } = options;
  let lines: Uint8Array[] = [];
  let scheduled = false;
  let output = openOutput(file);

  const flush = () => {
    scheduled = false;
    if (lines.length === 0) return;
    const bytes = concatBytes(lines);
    lines = [];
    try {
      writeAll(output, bytes);
    } catch (thrown) {
      if (output === Deno.stderr) return;
      writeAll(Deno.stderr, utf8Bytes(`cannot write ${file}: ${failureText(thrown)}\n`));
      writeAll(Deno.stderr, bytes);
    }
  };

  return {
    write: (record) => {
      lines.push(utf8Bytes(`${formatLogRecord(record, form, { name: hostname, pid: Deno.pid })}\n`));
      if (lines.length >= maxGatheredLines || record.level === "error") return flush();
      if (scheduled) return;
      scheduled = true;
      options.clock.after(flushAfterMs, flush);
    },
    configure: (changed) => {
      flush();
      if (output !== Deno.stderr) output.close?.();
      ({ form, file, hostname } = changed);
      output = openOutput(file);
    },
    flush,
  };
}

interface Output {
  writeSync(bytes: Uint8Array): number;
}

function openOutput(file: string): Output & { close?(): void } {
  if (file === "") return Deno.stderr;
  try {
    return Deno.openSync(file, { append: true, create: true, mode: 0o640 });
  } catch (thrown) {
    writeAll(Deno.stderr, utf8Bytes(`cannot open the log file ${file}: ${failureText(thrown)}\n`));
    return Deno.stderr;
  }
}

function writeAll(output: Output, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += output.writeSync(bytes.subarray(written));
}
