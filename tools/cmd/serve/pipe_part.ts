/** Transports to programs, as the settings in force define them: by name, made when they are first asked for. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log } from "../../kit/base/log.ts";
import type { SystemUsers } from "../../kit/os/passwd.ts";

import type { LocalSystem } from "../../../mta/delivery/local_system.ts";
import { PipeTransport } from "../../../mta/delivery/pipe.ts";
import type { PipeSettings } from "../../../mta/delivery/pipe_settings.ts";
import type { TransportsByName } from "../../../mta/delivery/routing.ts";

import type { Current } from "./snapshot.ts";

export interface PipePartOptions {
  readonly current: Current;
  readonly users: SystemUsers;
  readonly system: LocalSystem;
  readonly clock: Clock;
  readonly log: Log;
}

export function pipeTransports(options: PipePartOptions): TransportsByName {
  const { current } = options;
  const made = new Map<string, PipeTransport>();
  const settingsOf = (name: string): PipeSettings | undefined => {
    const way = current.snapshot.loaded.transports.get(name)?.way;
    return way?.kind === "pipe" ? way.pipe : undefined;
  };
  return (name) => {
    const first = settingsOf(name);
    if (first === undefined) return undefined;
    const known = made.get(name);
    if (known !== undefined) return known;
    let last = first;
    const { users, system, clock, log } = options;
    const transport = new PipeTransport({
      name,
      users,
      system,
      clock,
      log: log.part("pipe"),
      get settings() {
        // A delivery that a reload overtakes ends as it began.
        return last = settingsOf(name) ?? last;
      },
      get recipientDelimiter() {
        return current.snapshot.settings.recipient_delimiter;
      },
    });
    made.set(name, transport);
    return transport;
  };
}
