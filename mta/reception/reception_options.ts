/** What receiving is made of; handed in by whoever puts the server together. Read anew each time, so that a reload counts. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log, LogRecord } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import type { QueueId, Spool } from "../../store/spool/spool.ts";
import type { Users } from "../../store/users/users.ts";

import type { CleanupSettings } from "../cleanup/settings.ts";
import type { ClientName, PolicyFacts, Stage } from "../policy/facts.ts";
import type { PolicySettings } from "../policy/settings.ts";
import type { Decision } from "../policy/verdict.ts";
import type { DirectDelivery } from "../queue/direct_delivery.ts";
import type { Zone } from "../smtp/trace.ts";
import type { Access } from "./access.ts";
import type { PolicyWorld } from "./run_evaluation.ts";

/** What one worker may have of the keeper, whatever it asks for. */
export interface DeskLimits {
  /** Large messages at a time: it has no more sessions. */
  readonly openMessages: number;
  readonly sessions: number;
  /** Recipients of one message; 0 is no limit. */
  readonly recipients: number;
  /** Octets of a message (`message_size_limit`); 0 is no limit. */
  readonly messageOctets: number;
}

export interface ReceptionOptions {
  /** `myhostname` */
  readonly hostname: string;
  /** `mail_name` */
  readonly mailName?: string | undefined;
  /** Rules of the listener of that name. */
  readonly policyFor: (service: string) => PolicySettings;
  /** How its messages are made ready for the queue. */
  readonly cleanupFor: (service: string) => CleanupSettings;
  /** Who answers what policy asks. */
  readonly world: PolicyWorld;
  /** How the DNS knows a client. Never throws. */
  readonly peerName: (address: string) => Promise<ClientName>;
  readonly access: Access;
  readonly spool: Spool;
  readonly users: Users;
  readonly clock: Clock;
  readonly random: Random;
  /** Speaks as `smtpd`. */
  readonly log: Log;
  /** Where records of workers go, stamped already. */
  readonly logRecord: (record: LogRecord) => void;
  /** Each decision, for the record. */
  readonly onDecision?: ((stage: Stage, facts: PolicyFacts, decision: Decision) => void) | undefined;
  /** A transaction has become a message. */
  readonly onMessage?: ((id: QueueId, instance: string) => void) | undefined;
  /** Delivers what is simple past the queue; without it, all goes into the queue. */
  readonly direct?: Pick<DirectDelivery, "deliver"> | undefined;
  /** A message is durable in the queue, perhaps set aside there. */
  readonly onQueued: (id: QueueId, place: "incoming" | "hold") => void;
  /** The zone in force at that time. */
  readonly zone: (timeMs: number) => Zone;
  readonly limits?: DeskLimits | undefined;
  /** `smtpd_sasl_authenticated_header` */
  readonly showLogin?: boolean | undefined;
}
