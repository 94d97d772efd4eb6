/** What receiving is made of; handed in by whoever puts the server together. Read anew each time, so that a reload counts. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log, LogRecord } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import type { QueueId, Spool } from "../../store/spool/spool.ts";
import type { Users } from "../../store/users/users.ts";

import type { RestrictionLists } from "../policy/decide_rcpt.ts";
import type { PolicySettings } from "../policy/restriction.ts";
import type { SmtpRole } from "../smtp/question.ts";
import type { Zone } from "../smtp/trace.ts";

/** What one worker may have of the keeper, whatever it asks for. */
export interface DeskLimits {
  /** Large messages at a time: it has no more sessions. */
  readonly openMessages: number;
  /** Octets of a message (`message_size_limit`); 0 is no limit. */
  readonly messageOctets: number;
}

export interface ReceptionOptions {
  /** `myhostname` */
  readonly hostname: string;
  /** `mail_name` */
  readonly mailName?: string | undefined;
  readonly policy: PolicySettings;
  readonly restrictions: Readonly<Record<SmtpRole, RestrictionLists>>;
  readonly spool: Spool;
  readonly users: Users;
  /** Is there a user, an alias or another local target of that name? @throws TempFailure */
  readonly recipientKnown: (address: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  /** Speaks as `smtpd`. */
  readonly log: Log;
  /** Where records of workers go, stamped already. */
  readonly logRecord: (record: LogRecord) => void;
  /** A message is durable in the queue. */
  readonly onQueued: (id: QueueId) => void;
  /** The zone in force at that time. */
  readonly zone: (timeMs: number) => Zone;
  readonly limits?: DeskLimits | undefined;
  /** `smtpd_sasl_authenticated_header` */
  readonly showLogin?: boolean | undefined;
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
