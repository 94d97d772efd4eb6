/** For tests: `conf` on a disk of its own, and what it prints. */

import { ManualClock } from "../../kit/base/clock.ts";
import { utf8Bytes, utf8Text } from "../../kit/base/bytes.ts";
import { SeededRandom } from "../../kit/base/random.ts";

import type { Disk } from "../../../store/file/disk.ts";
import { writeFileAtomically } from "../../../store/file/disk.ts";
import { SimDisk } from "../../../store/file/sim_disk.ts";

import type { Arguments, Command } from "../command.ts";
import { confCommand } from "../conf.ts";
import type { Context } from "../context.ts";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly errors: readonly string[];
}

export async function diskWith(files: Readonly<Record<string, string>>): Promise<SimDisk> {
  const disk = new SimDisk();
  for (const [path, text] of Object.entries(files)) {
    await disk.mkdir(path.slice(0, path.lastIndexOf("/")), { parents: true });
    await writeFileAtomically(disk, path, utf8Bytes(text), { mode: 0o644, temporary: `${path}.new` });
  }
  return disk;
}

export async function fileText(disk: Disk, path: string): Promise<string> {
  return utf8Text(await disk.readFile(path));
}

/** Runs a command as the command line does after its options were read. */
export async function run(command: Command, disk: Disk, given: Arguments): Promise<Printed> {
  let out = "";
  const errors: string[] = [];
  const context: Context = {
    program: "mailsrv",
    prefix: "mailsrv",
    disk,
    clock: new ManualClock(),
    random: new SeededRandom(1),
    env: () => undefined,
    print: (text) => {
      out += text;
      return Promise.resolve();
    },
    printBytes: () => Promise.resolve(),
    complain: (line) => errors.push(line),
    input: new ReadableStream(),
    inputIsTerminal: false,
  };
  return { code: await command.run(context, given), out, errors };
}

export function conf(disk: Disk, ...args: readonly string[]): Promise<Printed> {
  return run(confCommand, disk, { options: {}, rest: args });
}
