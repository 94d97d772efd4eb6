/**
 * What a command is handed of the world: the terminal, the file system, time, and the settings it works under.
 */

import type { Clock } from "../kit/base/clock.ts";
import { realClock } from "../kit/base/clock.ts";
import { concatBytes, utf8Bytes, utf8Text } from "../kit/base/bytes.ts";
import { PermFailure } from "../kit/base/failure.ts";
import type { Random } from "../kit/base/random.ts";
import { realRandom } from "../kit/base/random.ts";

import type { Disk } from "../../store/file/disk.ts";
import { realDisk } from "../../store/file/real_disk.ts";

export interface Context {
  /** The name it was started by, for messages: `mailsrv`, or `postqueue` through such a link. */
  readonly program: string;
  /** What a person types to run this program again: `./mailsrv`, `deno task mailsrv`. */
  readonly prefix: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly env: (name: string) => string | undefined;
  /** Text to standard output, as it is. */
  readonly print: (text: string) => Promise<void>;
  /** Octets to standard output. */
  readonly printBytes: (bytes: Uint8Array) => Promise<void>;
  /** One line to standard error, after the program's name. */
  readonly complain: (line: string) => void;
  readonly input: ReadableStream<Uint8Array>;
  readonly inputIsTerminal: boolean;
}

/** The context of this process. `argv0` as the system gave it. */
export function processContext(argv0: string, program: string): Context {
  return {
    program,
    prefix: commandPrefix(argv0),
    disk: realDisk,
    clock: realClock,
    random: realRandom,
    env: (name) => Deno.env.get(name),
    print: (text) => writeOut(utf8Bytes(text)),
    printBytes: writeOut,
    complain: (line) => {
      Deno.stderr.writeSync(utf8Bytes(`${program}: ${line}\n`));
    },
    get input() {
      return Deno.stdin.readable;
    },
    inputIsTerminal: Deno.stdin.isTerminal(),
  };
}

async function writeOut(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    try {
      written += await Deno.stdout.write(bytes.subarray(written));
    } catch (thrown) {
      // `mailsrv queue list | head`: the reader has seen enough.
      if (thrown instanceof Deno.errors.BrokenPipe) Deno.exit(0);
      throw thrown;
    }
  }
}

/** How a person starts this program: the binary by its path, or the task of the checkout. */
function commandPrefix(argv0: string): string {
  if (!Deno.build.standalone) {
    const viaNpx = Deno.execPath().includes("/node_modules/");
    return viaNpx ? `npx -y deno@${Deno.version.deno} task mailsrv` : "deno task mailsrv";
  }
  return argv0.includes("/") ? argv0 : "mailsrv";
}

/** Standard input, whole. @throws PermFailure when it is longer than `maxOctets`. */
export async function readInput(context: Context, maxOctets: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of context.input) {
    octets += chunk.length;
    if (octets > maxOctets) {
      throw new PermFailure("5.3.4", `standard input is longer than ${maxOctets} octets`);
    }
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

/** The first line of standard input, without its end. */
export async function readInputLine(context: Context): Promise<string> {
  const text = utf8Text(await readInput(context, 65536));
  return text.split(/\r?\n/, 1)[0] ?? "";
}
