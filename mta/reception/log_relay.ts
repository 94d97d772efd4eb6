/**
 * A worker's log on its way to the keeper: records are gathered and told in batches, and always before the next request, so
 * that the keeper's own lines about a message stand behind those that led to it.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { createLog, type Log, type LogRecord } from "../../tools/kit/base/log.ts";
import type { Caller } from "../../tools/kit/rpc/rpc.ts";

import type { ReceptionApi } from "./api.ts";

const maxDelayMs = 50;
const maxRecords = 100;

export class LogRelay {
  readonly log: Log;
  /** The keeper, with the log kept in order. */
  readonly keeper: Caller<ReceptionApi>;
  readonly #direct: Caller<ReceptionApi>;
  readonly #clock: Clock;
  #records: LogRecord[] = [];
  #armed = false;

  constructor(keeper: Caller<ReceptionApi>, clock: Clock) {
    this.#direct = keeper;
    this.#clock = clock;
    const log = createLog((record) => this.#add(record), { now: () => clock.now(), part: "smtpd" });
    this.log = { ...log, part: (listener) => log.part(smtpdPart(listener)) };
    this.keeper = {
      call: (method, params, transfer) => {
        this.flush();
        return keeper.call(method, params, transfer);
      },
      tell: (method, params, transfer) => {
        this.flush();
        keeper.tell(method, params, transfer);
      },
    };
  }

  flush(): void {
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#direct.tell("log", records);
  }

  #add(record: LogRecord): void {
    this.#records.push(record);
    if (this.#records.length >= maxRecords) return this.flush();
    if (this.#armed) return;
    this.#armed = true;
    this.#clock.after(maxDelayMs, () => {
      this.#armed = false;
      this.flush();
    });
  }
}

/** As Postfix's syslog_name shows them: `smtpd`, `submission/smtpd`. */
export function smtpdPart(listener: string): string {
  return listener === "smtp" || listener === "smtpd" ? "smtpd" : `${listener}/smtpd`;
}
