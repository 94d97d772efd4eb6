/** Queue and local delivery, put together from the settings in force. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";
import { SystemUsers } from "../../kit/os/passwd.ts";

import type { Disk } from "../../../store/file/disk.ts";
import type { MailboxLocks } from "../../../store/mailbox/mailbox_locks.ts";
import type { FileSpool } from "../../../store/spool/file_spool.ts";
import type { QueueEnvelope } from "../../../store/spool/spool.ts";
import type { Users } from "../../../store/users/users.ts";

import { resolveAddress } from "../../../mta/address/resolve.ts";
import type { NamedRoute, Transport } from "../../../mta/delivery/delivery.ts";
import { LocalDelivery } from "../../../mta/delivery/local.ts";
import { realLocalSystem } from "../../../mta/delivery/local_system.ts";
import { MaildirWriter } from "../../../mta/delivery/maildir_writer.ts";
import { MboxWriter } from "../../../mta/delivery/mbox_writer.ts";
import type { TransportsByName } from "../../../mta/delivery/routing.ts";
import { createNamedRoute, createRouter } from "../../../mta/delivery/routing.ts";
import { systemMailbox } from "../../../mta/delivery/system_mailbox.ts";
import type { VirtualSettings } from "../../../mta/delivery/virtual.ts";
import { VirtualDelivery } from "../../../mta/delivery/virtual.ts";
import { DirectDelivery } from "../../../mta/queue/direct_delivery.ts";
import { Pickup } from "../../../mta/queue/pickup.ts";
import { QueueManager } from "../../../mta/queue/queue_manager.ts";
import { returnMessage } from "../../../mta/queue/send_report.ts";
import { runAddressEvaluation } from "../../../mta/reception/run_evaluation.ts";

import { cleanForwarded } from "./forward_cleanup.ts";
import { pipeTransports } from "./pipe_part.ts";
import type { Current, Snapshot } from "./snapshot.ts";
import { srsRewriter } from "./srs_part.ts";

export interface DeliveryPartOptions {
  readonly current: Current;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly spool: FileSpool;
  readonly users: Users;
  readonly locks: MailboxLocks;
  readonly onDelivered: (user: string, mailbox: string) => void;
  /** Ways to other hosts. */
  readonly outgoing: TransportsByName;
}

export interface DeliveryPart {
  readonly queue: QueueManager;
  /** Past the queue, for what is simple. */
  readonly direct: DirectDelivery;
  readonly transports: TransportsByName;
}

/** The queue manager with its ways out. Parts that a reload may change are asked for each time. */
export function createDelivery(options: DeliveryPartOptions): DeliveryPart {
  const { current, clock, log, spool, users } = options;
  const rewriting = log.part("trivial-rewrite");
  const { myhostname: hostname } = current.snapshot.settings;
  const cleanEnvelope = (envelope: QueueEnvelope) => cleanForwarded(envelope, { current, users });
  const { local, transports, named } = createTransports(options, (id) => queue.accepted(id));
  const route = createRouter({
    resolve: (address, sender) => {
      const { addresses, tables } = current.snapshot;
      return runAddressEvaluation(resolveAddress(address, addresses, sender), { tables, users });
    },
    transports,
    onWarning: (text) => rewriting.write("warning", text),
  });
  const queue: QueueManager = new QueueManager({
    spool,
    clock,
    log,
    hostname,
    get settings() {
      return current.snapshot.queue;
    },
    get reports() {
      return current.snapshot.reports;
    },
    senderRewriter: (transport) => srsRewriter(current.snapshot, { transport, clock }),
    pickup: new Pickup({
      spool,
      settings: () => current.snapshot.cleanupFor("pickup"),
      world: {
        users,
        get tables() {
          return current.snapshot.tables;
        },
      },
      clock,
      log,
      hostname,
      zone: (timeMs) => ({ minutes: -new Date(timeMs).getTimezoneOffset() }),
      bounce: (message, outcome) => {
        const { reports } = current.snapshot;
        return returnMessage(message, outcome, { spool, clock, log, reports, cleanEnvelope });
      },
    }),
    cleanEnvelope,
    route,
    named,
  });
  return { queue, transports, direct: new DirectDelivery({ route, local, clock, log }) };
}

interface Transports {
  readonly local: LocalDelivery;
  readonly transports: TransportsByName;
  readonly named: NamedRoute;
}

function createTransports(
  options: DeliveryPartOptions,
  onForwarded: (id: string) => void,
): Transports {
  const { current, disk, clock, random, log, spool, users, locks, onDelivered } = options;
  const { myhostname: hostname } = current.snapshot.settings;
  const writersUpTo = (maxOctets: () => number) => ({
    maildir: new MaildirWriter({ disk, clock, random, hostname, maxOctets }),
    mbox: new MboxWriter({ disk, clock, locks, maxOctets }),
  });
  const people = new SystemUsers();
  const system = realLocalSystem(people, clock);
  const shared = {
    users,
    disk,
    system,
    onDelivered,
    clock,
  };
  const local = new LocalDelivery({
    ...shared,
    get tables() {
      return current.snapshot.tables;
    },
    get settings() {
      return current.snapshot.expansion;
    },
    get delivery() {
      return current.snapshot.local;
    },
    locate: (user) =>
      user.isSystem === true
        ? systemMailbox(user, current.snapshot.local)
        : current.snapshot.deliveryTarget(user),
    writers: writersUpTo(() => current.snapshot.settings.mailbox_size_limit),
    spool,
    cleanEnvelope: (envelope) => cleanForwarded(envelope, { current, users }),
    named: (filter, address) => named(filter, address),
    onForwarded,
    log: log.part("local"),
  });
  const virtual = new VirtualDelivery({
    ...shared,
    get tables() {
      return current.snapshot.tables;
    },
    get settings() {
      return virtualSettings(current.snapshot);
    },
    locate: (user) => current.snapshot.deliveryTarget(user),
    writers: writersUpTo(() => current.snapshot.settings.virtual_mailbox_limit),
    log: log.part("virtual"),
  });
  const own: Readonly<Record<string, Transport>> = { local, virtual };
  const programs = pipeTransports({ current, users: people, system, clock, log });
  const transports: TransportsByName = (name) =>
    Object.hasOwn(own, name) ? own[name] : programs(name) ?? options.outgoing(name);
  const named = createNamedRoute(transports, () => current.snapshot.settings.default_filter_nexthop);
  return { local, transports, named };
}

function virtualSettings({ settings, addresses }: Snapshot): VirtualSettings {
  return {
    addresses,
    mailboxMaps: addresses.virtualMailboxMaps,
    mailboxBase: settings.virtual_mailbox_base,
    uidMaps: settings.virtual_uid_maps,
    gidMaps: settings.virtual_gid_maps,
    minimumUid: settings.virtual_minimum_uid,
    strictMailboxOwnership: settings.strict_mailbox_ownership,
  };
}
