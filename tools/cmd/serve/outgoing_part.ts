/** Mail to other hosts, put together from the settings in force: where it goes, and the worker that sends it. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log, LogRecord } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";

import type { Users } from "../../../store/users/users.ts";

import { NextHopFinder } from "../../../mta/delivery/next_hop_finder.ts";
import type { TransportsByName } from "../../../mta/delivery/routing.ts";
import { SmtpTransport } from "../../../mta/delivery/smtp_transport.ts";
import { StsPolicies } from "../../../mta/delivery/sts_policies.ts";
import type { Hosts } from "../../../mta/dns/hosts.ts";
import type { Dns } from "../../../mta/dns/record.ts";
import { OutgoingWorker } from "../../../mta/outgoing/outgoing_worker.ts";
import { maxStsPolicyOctets } from "../../../mta/tls_policy/sts_policy.ts";

import { workerRights } from "./permissions.ts";
import type { Current } from "./snapshot.ts";

export interface OutgoingPartOptions {
  readonly current: Current;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly logRecord: (record: LogRecord) => void;
  readonly users: Users;
  readonly dns: Dns;
  readonly hosts: () => Promise<Hosts>;
}

export interface OutgoingPart {
  readonly worker: OutgoingWorker;
  /** smtp, relay, lmtp, and those that the settings define. */
  readonly transports: TransportsByName;
}

export function createOutgoing(options: OutgoingPartOptions): OutgoingPart {
  const { current, clock, random, log, logRecord, users, dns, hosts } = options;
  const worker = new OutgoingWorker({
    clock,
    random,
    log,
    logRecord,
    rights: workerRights["smtp-out"]({ listen: [], mailDirectories: [] }),
  });
  const sts = new StsPolicies({
    dns,
    clock,
    fetchText: (url) => {
      const limitMs = current.snapshot.settings.smtp_mta_sts_timeout;
      return worker.fetchText(url, { limitMs, maxOctets: maxStsPolicyOctets });
    },
  });
  const world = {
    get tables() {
      return current.snapshot.tables;
    },
    users,
    dns,
    hosts: { addressesOf: async (name: string) => (await hosts()).addressesOf(name) },
    sts,
    random,
  };
  const made = new Map<string, SmtpTransport>();
  const transports: TransportsByName = (name) => {
    const first = current.snapshot.clients.get(name);
    if (first === undefined) return undefined;
    // A transport is made anew when a reload makes another protocol of it.
    const { protocol } = first;
    const key = `${protocol} ${name}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    // A delivery that a reload overtakes ends as it began.
    const client = () => current.snapshot.clients.get(name) ?? first;
    const transport = new SmtpTransport({
      name,
      protocol,
      settings: () => client().sessions,
      hops: new NextHopFinder(world, () => client().hops),
      outgoing: worker,
      hostname: current.snapshot.settings.myhostname,
      log: log.part(protocol),
    });
    made.set(key, transport);
    return transport;
  };
  return { worker, transports };
}
