/** The system as local delivery needs it: who its users are, and acting in their names. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { processPerson } from "../../tools/kit/os/identity.ts";
import type { SystemUser } from "../../tools/kit/os/passwd.ts";
import type { Person } from "../../tools/kit/os/rights.ts";
import { actAs, cannotActAs } from "../../tools/kit/os/rights.ts";
import type { CommandEnd, CommandToRun } from "../../tools/kit/os/run_command.ts";
import { runCommand } from "../../tools/kit/os/run_command.ts";

import { personDisk } from "../../store/file/person_disk.ts";
import type { PersonFiles } from "../../store/mailbox/mailbox_locks.ts";

/** Users of the system, found by name and number. */
export interface SystemUserSource {
  userByName(name: string): Promise<SystemUser | undefined>;
  userByUid(uid: number): Promise<SystemUser | undefined>;
}

export interface LocalSystem extends SystemUserSource {
  /** Whom this process runs as. */
  readonly own: Person;
  /** @throws TempFailure 4.3.0 when this process may not act as that person */
  filesOf(person: Person): PersonFiles;
  /** Never throws. */
  run(command: CommandToRun): Promise<CommandEnd>;
}

/** Persons remembered; each is a few hundred octets. */
const maxPersons = 10_000;

export function realLocalSystem(users: SystemUserSource, clock: Clock): LocalSystem {
  const known = new Map<string, PersonFiles>();
  return {
    own: processPerson(),
    userByName: (name) => users.userByName(name),
    userByUid: (uid) => users.userByUid(uid),
    filesOf: (person) => {
      const reason = cannotActAs(person);
      if (reason !== undefined) throw new TempFailure("4.3.0", reason);
      const key = `${person.uid}:${person.gid}:${person.groups?.join() ?? ""}`;
      const files = known.get(key) ??
        { disk: personDisk(person), within: (call) => actAs(person, call) };
      if (known.size >= maxPersons) known.clear();
      known.set(key, files);
      return files;
    },
    run: (command) => runCommand(command, clock),
  };
}
