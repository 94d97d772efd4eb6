/** Receiving, put together from the settings in force. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log, LogRecord } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";

import type { QueueId, Spool } from "../../../store/spool/spool.ts";
import type { Users } from "../../../store/users/users.ts";

import { defaultRestrictions } from "../../../mta/policy/decide_rcpt.ts";
import type { Reception } from "../../../mta/reception/reception.ts";
import { createReception } from "../../../mta/reception/reception.ts";

import { isLocalRecipient } from "./local_recipients.ts";
import type { Current } from "./snapshot.ts";

export interface KeeperReceptionOptions {
  readonly current: Current;
  readonly spool: Spool;
  readonly users: Users;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly logRecord: (record: LogRecord) => void;
  readonly onQueued: (id: QueueId) => void;
}

/** What a reload may change is asked for each time. */
export function createKeeperReception(options: KeeperReceptionOptions): Reception {
  const { current, users } = options;
  return createReception({
    spool: options.spool,
    users,
    clock: options.clock,
    random: options.random,
    log: options.log.part("smtpd"),
    logRecord: options.logRecord,
    onQueued: options.onQueued,
    restrictions: defaultRestrictions,
    get hostname() {
      return current.snapshot.settings.myhostname;
    },
    get mailName() {
      return current.snapshot.settings.mail_name;
    },
    get policy() {
      return current.snapshot.policy;
    },
    get showLogin() {
      return current.snapshot.settings.smtpd_sasl_authenticated_header;
    },
    get limits() {
      const { settings } = current.snapshot;
      return {
        openMessages: settings.smtpd_client_connection_limit,
        messageOctets: settings.message_size_limit,
      };
    },
    recipientKnown: (address) => isLocalRecipient(address, current, users),
    zone: (timeMs) => ({ minutes: -new Date(timeMs).getTimezoneOffset() }),
  });
}
