/** For tests: a system of a few users where everybody may do everything, and whose commands are functions. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import type { SystemUser } from "../../tools/kit/os/passwd.ts";
import type { CommandEnd, CommandToRun } from "../../tools/kit/os/run_command.ts";

import type { Disk } from "../../store/file/disk.ts";

import type { LocalSystem } from "./local_system.ts";

/** A command that was run. */
export interface RunCommand extends Omit<CommandToRun, "input"> {
  readonly input: string;
}

export interface TestingSystem extends LocalSystem {
  readonly commands: RunCommand[];
  /** `UID:GID` of each time that somebody's files were asked for. */
  readonly acted: string[];
}

export function testingSystem(
  disk: Disk,
  options: {
    readonly users?: readonly Pick<SystemUser, "name" | "uid" | "gid" | "home">[];
    /** What a command comes to: its exit code, and what it says. */
    readonly run?: (command: RunCommand) => { readonly code: number; readonly output?: string };
  } = {},
): TestingSystem {
  const { users = [{ name: "nobody", uid: 65534, gid: 65534, home: "/" }] } = options;
  const all = users.map((user): SystemUser => ({ gecos: "", shell: "/bin/sh", ...user }));
  const commands: RunCommand[] = [];
  const acted: string[] = [];
  return {
    own: { uid: 0, gid: 0 },
    commands,
    acted,
    userByName: (name) => Promise.resolve(all.find((user) => user.name === name)),
    userByUid: (uid) => Promise.resolve(all.find((user) => user.uid === uid)),
    filesOf: ({ uid, gid }) => {
      acted.push(`${uid}:${gid}`);
      return { disk, within: (call) => call() };
    },
    run: async ({ input, ...command }): Promise<CommandEnd> => {
      const chunks: Bytes[] = [];
      for await (const chunk of input) chunks.push(chunk);
      const run = { ...command, input: utf8Text(concatBytes(chunks)) };
      commands.push(run);
      const { code, output = "" } = options.run?.(run) ?? { code: 0 };
      return { kind: "exited", code, output: utf8Bytes(output) };
    },
  };
}
