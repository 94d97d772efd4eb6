/**
 * How the world fails: for now, or for good. Thrown by what touches disks, tables, processes and peers; one
 * function per service turns them into answers: errors are values at the wire, exceptions behind it.
 *
 * `text` is one line that a peer may see and names no secret; `cause` is for the log.
 */

export interface FailureOptions {
  /** What went wrong underneath; for the log only. */
  readonly cause?: unknown;
}

abstract class Failure extends Error {
  /** Enhanced status code, RFC 3463: `class.subject.detail`. */
  readonly status: string;
  /** One line for the peer. */
  readonly text: string;

  constructor(status: string, text: string, options: FailureOptions = {}) {
    super(`${status} ${text}`, options);
    this.status = status;
    this.text = text;
  }
}

/** Try again later: status 4.x.y. */
export class TempFailure extends Failure {
  override readonly name = "TempFailure";
}

/** Trying again will not help: status 5.x.y. */
export class PermFailure extends Failure {
  override readonly name = "PermFailure";
}

/** An administrator's mistake in a settings file, a table or a command line: said as `file, line N: text`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problem: string, readonly file?: string, readonly line?: number) {
    super(file === undefined ? problem : `${file}${line === undefined ? "" : `, line ${line}`}: ${problem}`);
  }
}

/** The message of anything thrown, with the chain of causes; what a message says already is not said again. */
export function failureText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.cause === undefined) return thrown.message;
  const cause = failureText(thrown.cause);
  if (thrown.message.endsWith(cause)) return thrown.message;
  if (cause.startsWith(`${thrown.message}: `)) return cause;
  if (thrown instanceof Failure && cause.startsWith(`${thrown.text}: `)) return `${thrown.status} ${cause}`;
  return `${thrown.message}: ${cause}`;
}
