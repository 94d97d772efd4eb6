/**
 * A program that is given octets on its standard input, has a time limit, and whose output is kept up to a limit. It is the
 * leader of its own session and group, which is killed as a whole when the time is up.
 *
 * DIAGNOSTICS: never throws; what could not be started says so.
 *
 * BUGS: without setsid(1) only the program itself is killed, not what it started.
 */

import type { Bytes } from "../base/bytes.ts";
import { concatBytes, utf8Text } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { failureText } from "../base/failure.ts";

import { openLibc } from "./libc.ts";
import type { Person } from "./rights.ts";
import { cannotActAs } from "./rights.ts";

export interface CommandToRun {
  /** Program and arguments. */
  readonly words: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly person: Person;
  readonly input: AsyncIterable<Bytes>;
  readonly limitMs: number;
  readonly maxOutputOctets: number;
}

export type CommandEnd =
  /** `output`: standard output and error, as they came. */
  | { readonly kind: "exited"; readonly code: number; readonly output: Bytes }
  | { readonly kind: "killed"; readonly signal: number; readonly output: Bytes }
  | { readonly kind: "timeout"; readonly output: Bytes }
  | { readonly kind: "notStarted"; readonly text: string };

const setsid = "/usr/bin/setsid";
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

export async function runCommand(command: CommandToRun, clock: Clock): Promise<CommandEnd> {
  const reason = cannotActAs(command.person);
  if (reason !== undefined) return { kind: "notStarted", text: reason };
  let child: Deno.ChildProcess;
  const group = isThere(setsid);
  try {
    child = start(command, group);
  } catch (thrown) {
    return { kind: "notStarted", text: failureText(thrown) };
  }
  let isLate = false;
  const output = new Output(command.maxOutputOctets);
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(command.limitMs, () => {
    isLate = true;
    kill(child, group);
    // What has left the group may hold the other end for ever.
    output.stop();
    late.resolve();
  });
  try {
    const [status] = await Promise.all([
      child.status,
      output.read(child.stdout),
      output.read(child.stderr),
      feed(child.stdin, command.input, late.promise),
    ]);
    if (isLate) return { kind: "timeout", output: output.bytes };
    const notRun = group && [126, 127].includes(status.code) ? whatSetsidSays(output.bytes) : undefined;
    if (notRun !== undefined) return { kind: "notStarted", text: notRun };
    return status.signal === null
      ? { kind: "exited", code: status.code, output: output.bytes }
      : { kind: "killed", signal: signalNumbers[status.signal] ?? 0, output: output.bytes };
  } catch (thrown) {
    // What it is given cannot be read: nothing that it does with a part of it counts.
    kill(child, group);
    await child.status;
    return { kind: "notStarted", text: failureText(thrown) };
  } finally {
    cancel();
  }
}

function start({ words, environment, directory, person }: CommandToRun, group: boolean): Deno.ChildProcess {
  const [program = "", ...args] = group ? [setsid, ...words] : words;
  // The runtime gives up root's other groups with its user.
  const isOther = Deno.uid() !== person.uid;
  // What it makes of a message is for nobody else to read; it inherits this at the moment when it is made.
  const before = Deno.umask(0o077);
  try {
    return new Deno.Command(program, {
      args,
      clearEnv: true,
      env: environment,
      cwd: directory,
      ...(isOther ? { uid: person.uid, gid: person.gid } : {}),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } finally {
    Deno.umask(before);
  }
}

/** Why the program could not be executed, when it is setsid(1) that ended. */
function whatSetsidSays(output: Bytes): string | undefined {
  return /^setsid: failed to execute (.*)$/m.exec(utf8Text(output))?.[1];
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function kill(child: Deno.ChildProcess, group: boolean): void {
  const libc = openLibc();
  const SIGKILL = 9;
  if (group && typeof libc !== "string") libc.kill(-child.pid, SIGKILL);
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

/** A program may end, or close its input, without having read all of it; what it started may keep it and never read. */
async function feed(
  stdin: WritableStream<Uint8Array>,
  input: AsyncIterable<Bytes>,
  late: Promise<void>,
): Promise<void> {
  const writer = stdin.getWriter();
  let isOpen = true;
  const shut = () => void (isOpen = false);
  writer.closed.catch(shut);
  late.then(shut);
  try {
    for await (const chunk of input) {
      await Promise.race([writer.write(chunk).catch(shut), late]);
      if (!isOpen) return;
    }
  } finally {
    await Promise.race([writer.close().catch(() => {}), late]);
  }
}

/** The beginning of what a program says; the rest is read and forgotten, so that it is never kept waiting. */
class Output {
  readonly #chunks: Bytes[] = [];
  readonly #readers: ReadableStreamDefaultReader<Bytes>[] = [];
  #room: number;

  constructor(maxOctets: number) {
    this.#room = maxOctets;
  }

  get bytes(): Bytes {
    return concatBytes(this.#chunks);
  }

  async read(stream: ReadableStream<Bytes>): Promise<void> {
    const reader = stream.getReader();
    this.#readers.push(reader);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const kept = value.subarray(0, this.#room);
      this.#room -= kept.length;
      if (kept.length > 0) this.#chunks.push(kept);
    }
  }

  /** Ends reading. */
  stop(): void {
    for (const reader of this.#readers) reader.cancel().catch(() => {});
  }
}
