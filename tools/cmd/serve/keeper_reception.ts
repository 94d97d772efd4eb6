/** Receiving, put together from the settings in force. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log, LogRecord } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";

import type { QueueId, Spool } from "../../../store/spool/spool.ts";
import type { Users } from "../../../store/users/users.ts";

import type { Hosts } from "../../../mta/dns/hosts.ts";
import type { DirectDelivery } from "../../../mta/queue/direct_delivery.ts";
import { findClientName } from "../../../mta/policy/client_name.ts";
import type { DecisionLog } from "../../../mta/reception/decision_log.ts";
import type { Reception } from "../../../mta/reception/reception.ts";
import { createReception } from "../../../mta/reception/reception.ts";
import type { PolicyWorld } from "../../../mta/reception/run_evaluation.ts";
import { runEvaluation } from "../../../mta/reception/run_evaluation.ts";

import type { AccessPart } from "./access_part.ts";
import type { Current } from "./snapshot.ts";

export interface KeeperReceptionOptions {
  readonly current: Current;
  readonly world: PolicyWorld;
  readonly access: AccessPart;
  readonly decisions: DecisionLog;
  readonly direct: DirectDelivery;
  readonly spool: Spool;
  readonly users: Users;
  readonly hosts: () => Promise<Hosts>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly logRecord: (record: LogRecord) => void;
  readonly onQueued: (id: QueueId, place: "incoming" | "hold") => void;
}

/** What a reload may change is asked for each time. */
export function createKeeperReception(options: KeeperReceptionOptions): Reception {
  const { current, world, decisions } = options;
  const log = options.log.part("smtpd");
  return createReception({
    spool: options.spool,
    users: options.users,
    clock: options.clock,
    random: options.random,
    world,
    direct: options.direct,
    log,
    logRecord: options.logRecord,
    onQueued: options.onQueued,
    onDecision: (stage, facts, decision) => decisions.add(stage, facts, decision),
    onMessage: (id, instance) => decisions.queued(id, instance),
    policyFor: (service) => current.snapshot.policyFor(service),
    cleanupFor: (service) => current.snapshot.cleanupFor(service),
    peerName: async (address) => {
      const isLookedUp = current.snapshot.settings.smtpd_peername_lookup;
      const known = await options.hosts();
      const steps = findClientName(address, { isLookedUp, hosts: known });
      const { warning, ...name } = await runEvaluation(steps, world);
      if (warning !== undefined) log.write("warning", warning);
      return name;
    },
    get access() {
      return options.access.access;
    },
    get hostname() {
      return current.snapshot.settings.myhostname;
    },
    get mailName() {
      return current.snapshot.settings.mail_name;
    },
    get showLogin() {
      return current.snapshot.settings.smtpd_sasl_authenticated_header;
    },
    get limits() {
      const { settings } = current.snapshot;
      return {
        openMessages: settings.smtpd_client_connection_limit,
        // A worker keeps to both itself; twice as much, since it may still have the limits from before a reload.
        sessions: 2 * settings.smtpd_client_connection_limit,
        recipients: 2 * settings.smtpd_recipient_limit,
        messageOctets: settings.message_size_limit,
      };
    },
    zone: (timeMs) => ({ minutes: -new Date(timeMs).getTimezoneOffset() }),
  });
}
