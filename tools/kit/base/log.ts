/**
 * Log records: made anywhere, written in one place.
 *
 * A record is a level, the part of the server that speaks (`smtpd`, `qmgr`, `imap-login`, as Postfix and Dovecot
 * name theirs), a line of text in the words that administrators' scripts look for, and fields. Three forms:
 * `postfix` (`Nov 25 01:11:53 host postfix/smtpd[pid]: TEXT`, and `host dovecot: imap-login: TEXT`: under these names
 * pflogsumm and fail2ban look for them), `text` (key=value), `json` (one object a line).
 */

export type LogLevel = "debug" | "info" | "warning" | "error";
export type LogForm = "postfix" | "text" | "json";
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface LogRecord {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly part: string;
  readonly text: string;
  readonly fields?: LogFields | undefined;
}

export interface Log {
  write(level: LogLevel, text: string, fields?: LogFields): void;
  /** The same sink under another part's name. */
  part(name: string): Log;
}

const levels: readonly LogLevel[] = ["debug", "info", "warning", "error"];
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Whose lines they are. */
export interface LogHost {
  readonly name: string;
  readonly pid: number;
  /** postconf(5) syslog_name; default `postfix`. */
  readonly syslogName?: string | undefined;
}

/** A log that stamps records by `now` and gives those of at least `leastLevel` to `sink`. */
export function createLog(
  sink: (record: LogRecord) => void,
  options: { readonly now: () => number; readonly part: string; readonly leastLevel?: LogLevel },
): Log {
  const least = levels.indexOf(options.leastLevel ?? "info");
  return {
    write: (level, text, fields) => {
      if (levels.indexOf(level) < least) return;
      sink({ timeMs: options.now(), level, part: options.part, text, fields });
    },
    part: (name) => createLog(sink, { ...options, part: name }),
  };
}

/** A log that forgets everything. */
export const silentLog: Log = { write: () => {}, part: () => silentLog };

/** One line, without its end; control characters in it are shown as `?` so that no peer can forge a line. */
export function formatLogRecord(
  record: LogRecord,
  form: LogForm,
  host: LogHost,
): string {
  const { timeMs, part, text } = record;
  const level = levelOf(record);
  if (form === "json") {
    const own = { time: new Date(timeMs).toISOString(), level, part, text };
    // Own names stand first and no field can take their place.
    return escapeControls(JSON.stringify({ ...own, ...record.fields, ...own }));
  }
  if (form === "text") {
    const fields = Object.entries(record.fields ?? {}).filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${quoteField(key)}=${quoteField(String(value))}`).join("");
    return `time=${new Date(timeMs).toISOString()} level=${level} part=${quoteField(part)} text=${
      quoteField(text)
    }${fields}`;
  }
  return `${formatSyslogTime(timeMs)} ${host.name} ${formatTagged(record, host)}`;
}

/** Facility and severity as a number (RFC 5424 §6.2.1), time, and the line; the host's name is the receiver's business. */
export function formatSyslogPacket(
  record: LogRecord,
  form: LogForm,
  host: LogHost & { readonly facility: number },
): string {
  const priority = host.facility * 8 + severities[levelOf(record)];
  const line = form === "postfix"
    ? formatTagged(record, host)
    : `mailsrv[${host.pid}]: ${formatLogRecord(record, form, host)}`;
  return `<${priority}>${formatSyslogTime(record.timeMs)} ${line}`;
}

/** RFC 5424 §6.2.1 */
const severities: Readonly<Record<LogLevel, number>> = { error: 3, warning: 4, info: 6, debug: 7 };

function levelOf({ level }: LogRecord): LogLevel {
  return levels.includes(level) ? level : "info";
}

/** Parts that speak in Dovecot's words. */
const readerPart = /^(?:auth|imaps?|pop3s?|store)$/;
/** Its words begin with the name of a process already: `imap-login: `, `pop3(joe)<id>: `. */
const namesProcess = /^[a-z0-9]+(?:-login: |\()/;

/** `postfix/smtpd[412]: warning: TEXT`, `dovecot: auth: Warning: TEXT`. */
function formatTagged(record: LogRecord, { pid, syslogName = "postfix" }: LogHost): string {
  const [level, part, text] = [levelOf(record), printable(record.part), printable(record.text)];
  const isLoud = level === "warning" || level === "error";
  if (!readerPart.test(part)) {
    return `${printable(syslogName)}/${part}[${pid}]: ${isLoud ? `${level}: ` : ""}${text}`;
  }
  const loud = isLoud ? `${level === "warning" ? "Warning" : "Error"}: ` : "";
  return `dovecot: ${namesProcess.test(text) ? "" : `${part}: `}${loud}${text}`;
}

/** `Nov 25 01:11:53` in local time (RFC 3164 §4.1.2). */
export function formatSyslogTime(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${two(date.getHours())}:${
    two(date.getMinutes())
  }:${two(date.getSeconds())}`;
}

function quoteField(value: string): string {
  return /^[^\s"=\\]+$/.test(value) ? printable(value) : escapeControls(JSON.stringify(value));
}

/** The controls that JSON leaves as they are: DEL and those above 127, which some terminals obey, and Unicode's line ends. */
function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
}
