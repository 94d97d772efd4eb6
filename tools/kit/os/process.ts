/**
 * Running a program: as another user if need be, with nothing of our environment, within a time, its output bounded.
 * For `pipe`, `|command` and their like.
 */

import { concatBytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";

export interface ProgramOptions {
  /** Path, or a name that is looked up in PATH of `environment`. */
  readonly program: string;
  readonly args: readonly string[];
  /** All of it; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory?: string | undefined;
  /** Needs root. Supplementary groups are dropped. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** What it reads from standard input; it need not read all. */
  readonly input?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** It is killed when it runs longer. */
  readonly limitMs: number;
  /** Of standard output and of standard error each; what is more is thrown away. */
  readonly maxOutputOctets: number;
  readonly clock: Clock;
}

export interface ProgramResult {
  /** Exit code; 128 and more when a signal ended it. */
  readonly code: number;
  /** `SIGKILL`. */
  readonly signal: string | undefined;
  readonly isTimedOut: boolean;
  readonly output: Uint8Array;
  readonly errors: Uint8Array;
}

/** The program could not be started at all. */
export class CannotRun extends Error {
  override readonly name = "CannotRun";

  constructor(readonly reason: "notFound" | "denied" | "other", program: string, cause: unknown) {
    super(`cannot run ${program}`, { cause });
  }
}

/** How long output is awaited from what a program has left running behind it. */
const leftoverMs = 500;

/**
 * Runs a program to its end.
 *
 * @throws CannotRun; what reading `input` throws, and then the program has been killed
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const child = start(options);
  let isTimedOut = false;
  const cancelLimit = options.clock.after(options.limitMs, () => {
    isTimedOut = true;
    kill(child);
  });
  const output = new Collector(child.stdout, options.maxOutputOctets);
  const errors = new Collector(child.stderr, options.maxOutputOctets);
  const fed = feed(child, options.input).then(() => undefined, (thrown: unknown) => ({ thrown }));
  const status = await child.status;
  cancelLimit();
  const leftover = Promise.withResolvers<undefined>();
  // A process that it left behind may hold its output open for ever.
  const cancelLeftover = options.clock.after(leftoverMs, () => {
    output.stop();
    errors.stop();
    leftover.resolve(undefined);
  });
  const [outputOctets, errorOctets] = await Promise.all([output.done, errors.done]);
  const problem = await Promise.race([fed, leftover.promise]);
  cancelLeftover();
  if (problem !== undefined) throw problem.thrown;
  return {
    code: status.code,
    signal: status.signal ?? undefined,
    isTimedOut,
    output: outputOctets,
    errors: errorOctets,
  };
}

function start(options: ProgramOptions): Deno.ChildProcess {
  const command = new Deno.Command(options.program, {
    args: [...options.args],
    env: { ...options.environment },
    clearEnv: true,
    // Its own process group, so that all of it can be killed.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  try {
    return command.spawn();
  } catch (thrown) {
    const reason = thrown instanceof Deno.errors.NotFound
      ? "notFound"
      : thrown instanceof Deno.errors.PermissionDenied || thrown instanceof Deno.errors.NotCapable
      ? "denied"
      : "other";
    throw new CannotRun(reason, options.program, thrown);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** Feeds all of the input. @throws what the input throws; the program is killed then, lest it take a part for the whole */
async function feed(child: Deno.ChildProcess, input: ProgramOptions["input"]): Promise<void> {
  const writer = child.stdin.getWriter();
  // A program that has closed its input does not want the rest.
  const give = (bytes: Uint8Array) => writer.write(bytes).then(() => true, () => false);
  try {
    if (input instanceof Uint8Array) await give(input);
    else if (input !== undefined) { for await (const chunk of input) if (!await give(chunk)) break; }
  } catch (thrown) {
    kill(child);
    throw thrown;
  } finally {
    await writer.close().catch(() => {});
  }
}

/** Takes all of a stream and keeps its first octets. */
class Collector {
  readonly done: Promise<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>, maxOctets: number) {
    this.#reader = stream.getReader();
    this.done = this.#collect(maxOctets);
  }

  stop(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #collect(maxOctets: number): Promise<Uint8Array> {
    const kept: Uint8Array[] = [];
    let octets = 0;
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return concatBytes(kept);
      if (octets < maxOctets) kept.push(value.subarray(0, maxOctets - octets));
      octets += value.length;
    }
  }
}
