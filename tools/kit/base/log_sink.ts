/**
 * Where log records end: standard error, a file or the system's log, in batches, so that a busy server does not make a
 * system call a line.
 *
 * A file is opened for append and opened anew by `configure` (logrotate moves it away and sends SIGHUP). When it cannot be
 * written, records go to standard error rather than nowhere.
 */

import { concatBytes, utf8Bytes } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import { failureText } from "./failure.ts";
import type { LogForm, LogRecord } from "./log.ts";
import { formatLogRecord, formatSyslogPacket } from "./log.ts";
import { openSyslogSocket } from "./log_socket.ts";

/** The file that stands for the system's log: its socket. */
export const systemLog = "/dev/log";

export interface LogPlace {
  readonly form: LogForm;
  /** Empty: standard error. `systemLog`: the system's log. */
  readonly file: string;
  readonly hostname: string;
  /** postconf(5) syslog_name; default `postfix`. */
  readonly syslogName?: string | undefined;
  /** A number of syslog(3); default `mail`. */
  readonly facility?: number | undefined;
}

export interface LogSinkOptions extends LogPlace {
  readonly clock: Clock;
}

export interface LogSink {
  write(record: LogRecord): void;
  /** Other settings from now on; also opens the file anew. */
  configure(place: LogPlace): void;
  /** Everything given so far is written when this returns (to the system's log: on its way). */
  flush(): void;
}

const flushAfterMs = 20;
/** Written at once when so much has gathered. */
const maxGatheredLines = 512;
const mailFacility = 2;

export function openLogSink({ clock, ...first }: LogSinkOptions): LogSink {
  let place: LogPlace = first;
  let records: LogRecord[] = [];
  let scheduled = false;
  let output = openOutput(place);

  const flush = () => {
    scheduled = false;
    if (records.length === 0) return;
    const batch = records;
    records = [];
    output.write(batch, place);
  };

  return {
    write: (record) => {
      records.push(record);
      if (records.length >= maxGatheredLines || record.level === "error") return flush();
      if (scheduled) return;
      scheduled = true;
      clock.after(flushAfterMs, flush);
    },
    configure: (changed) => {
      flush();
      output.close();
      place = changed;
      output = openOutput(place);
    },
    flush,
  };
}

interface Output {
  write(records: readonly LogRecord[], place: LogPlace): void;
  close(): void;
}

const standardError: Output = {
  write: (records, place) => writeAll(Deno.stderr, formatLines(records, place)),
  close: () => {},
};

function openOutput(place: LogPlace): Output {
  const { file } = place;
  if (file === "") return standardError;
  try {
    return file === systemLog ? openSystemLog(file) : openFile(file);
  } catch (thrown) {
    complain(`cannot open the log file ${file}: ${failureText(thrown)}`);
    return standardError;
  }
}

function openFile(path: string): Output {
  const file = Deno.openSync(path, { append: true, create: true, mode: 0o640 });
  return {
    write: (records, place) => {
      const bytes = formatLines(records, place);
      try {
        writeAll(file, bytes);
      } catch (thrown) {
        complain(`cannot write ${path}: ${failureText(thrown)}`);
        writeAll(Deno.stderr, bytes);
      }
    },
    close: () => file.close(),
  };
}

function openSystemLog(path: string): Output {
  let complained = false;
  const socket = openSyslogSocket(path, (packet, thrown) => {
    if (!complained) complain(`cannot write ${path}: ${failureText(thrown)}`);
    complained = true;
    complain(packet.replace(/^<\d+>/, ""));
  });
  return {
    write: (records, place) => {
      const { form, hostname: name, syslogName, facility = mailFacility } = place;
      const host = { name, pid: Deno.pid, syslogName, facility };
      for (const record of records) socket.send(formatSyslogPacket(record, form, host));
    },
    close: socket.close,
  };
}

function formatLines(records: readonly LogRecord[], place: LogPlace): Uint8Array {
  const { form, hostname: name, syslogName } = place;
  const host = { name, pid: Deno.pid, syslogName };
  return concatBytes(records.map((record) => utf8Bytes(`${formatLogRecord(record, form, host)}\n`)));
}

function complain(line: string): void {
  writeAll(Deno.stderr, utf8Bytes(`${line}\n`));
}

function writeAll(output: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += output.writeSync(bytes.subarray(written));
}
