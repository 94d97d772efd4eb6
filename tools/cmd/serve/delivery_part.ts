/** Queue and local delivery, put together from the settings in force. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";

import type { Disk } from "../../../store/file/disk.ts";
import type { MailboxLocks } from "../../../store/mailbox/mailbox_locks.ts";
import type { FileSpool } from "../../../store/spool/file_spool.ts";
import type { Users } from "../../../store/users/users.ts";

import { LocalDelivery } from "../../../mta/delivery/local.ts";
import { MaildirWriter } from "../../../mta/delivery/maildir_writer.ts";
import { MboxWriter } from "../../../mta/delivery/mbox_writer.ts";
import { createRouter, unavailableTransport } from "../../../mta/delivery/routing.ts";
import { canonicalSpool } from "../../../mta/queue/canonical_spool.ts";
import { QueueManager } from "../../../mta/queue/queue_manager.ts";

import type { Current } from "./snapshot.ts";

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
}

/** The queue manager with its ways out. Parts that a reload may change are asked for each time. */
export function createQueueManager(options: DeliveryPartOptions): QueueManager {
  const { current, disk, clock, random, log, spool, users, locks } = options;
  const { myhostname: hostname } = current.snapshot.settings;
  const maxOctets = () => current.snapshot.settings.mailbox_size_limit;
  const manager: QueueManager = new QueueManager({
    spool: canonicalSpool(spool, () => current.snapshot.settings.myorigin),
    clock,
    log,
    hostname,
    get settings() {
      return current.snapshot.queue;
    },
    route: createRouter({
      isLocalDomain: (domain) => current.snapshot.addresses.isLocalDomain(domain),
      local: new LocalDelivery({
        users,
        get aliases() {
          return current.snapshot.aliases;
        },
        get settings() {
          return current.snapshot.addresses;
        },
        locate: (user) => current.snapshot.deliveryTarget(user),
        writers: {
          maildir: new MaildirWriter({ disk, clock, random, hostname, maxOctets }),
          mbox: new MboxWriter({ disk, clock, locks, maxOctets }),
        },
        spool,
        onForwarded: (id) => manager.accepted(id),
        onDelivered: options.onDelivered,
        clock,
        log: log.part("local"),
      }),
      elsewhere: unavailableTransport("smtp"),
    }),
  });
  return manager;
}
