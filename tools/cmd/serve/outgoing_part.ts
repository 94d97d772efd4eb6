/** Mail to other hosts, put together from the settings in force: where it goes, and the worker that sends it. */

import { utf8Text } from "../../kit/base/bytes.ts";
import type { Clock } from "../../kit/base/clock.ts";
import { ConfigError, failureText } from "../../kit/base/failure.ts";
import type { Log, LogRecord } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";

import type { Disk } from "../../../store/file/disk.ts";
import type { Users } from "../../../store/users/users.ts";

import type { AddressSettings } from "../../../mta/address/settings.ts";
import type { Transport } from "../../../mta/delivery/delivery.ts";
import type { NextHopSettings } from "../../../mta/delivery/next_hop.ts";
import { NextHopFinder } from "../../../mta/delivery/next_hop_finder.ts";
import { SmtpTransport } from "../../../mta/delivery/smtp_transport.ts";
import { StsPolicies } from "../../../mta/delivery/sts_policies.ts";
import type { Hosts } from "../../../mta/dns/hosts.ts";
import type { Dns } from "../../../mta/dns/record.ts";
import type { OutgoingSettings } from "../../../mta/outgoing/api.ts";
import { OutgoingWorker } from "../../../mta/outgoing/outgoing_worker.ts";
import { maxStsPolicyOctets } from "../../../mta/tls_policy/sts_policy.ts";

import type { LoadedSettings } from "../../config/load.ts";
import {
  type ClientProtocol,
  nextHopSettings,
  outgoingSettings,
} from "../../config/mta/outgoing_settings.ts";

import { workerRights } from "./permissions.ts";
import type { Current } from "./snapshot.ts";

/** What follows from the settings for one protocol. */
export interface ClientSnapshot {
  readonly hops: NextHopSettings;
  readonly sessions: OutgoingSettings;
}

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
  /** By name. */
  readonly transports: Readonly<Record<"smtp" | "relay" | "lmtp", Transport>>;
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
  const transport = (name: string, protocol: ClientProtocol) =>
    new SmtpTransport({
      name,
      protocol,
      settings: () => current.snapshot.clients[protocol].sessions,
      hops: new NextHopFinder(world, () => current.snapshot.clients[protocol].hops),
      outgoing: worker,
      hostname: current.snapshot.settings.myhostname,
      log: log.part(name),
    });
  return {
    worker,
    transports: {
      smtp: transport("smtp", "smtp"),
      relay: transport("relay", "smtp"),
      lmtp: transport("lmtp", "lmtp"),
    },
  };
}

/** @throws ConfigError when authorities that the settings name cannot be read */
export async function takeClientSnapshots(
  loaded: LoadedSettings,
  disk: Disk,
  addresses: AddressSettings,
): Promise<Readonly<Record<ClientProtocol, ClientSnapshot>>> {
  const take = async (protocol: ClientProtocol): Promise<ClientSnapshot> => {
    const { settings } = loaded;
    const caPem = await readAuthorities(loaded, disk, protocol);
    return {
      hops: nextHopSettings(settings, protocol, addresses),
      sessions: outgoingSettings(settings, protocol, { caPem }),
    };
  };
  return { smtp: await take("smtp"), lmtp: await take("lmtp") };
}

const maxPemOctets = 4 << 20;

async function readAuthorities(
  { settings, path: place }: LoadedSettings,
  disk: Disk,
  protocol: ClientProtocol,
): Promise<string | undefined> {
  const file = settings[`${protocol}_tls_CAfile`];
  const directory = settings[`${protocol}_tls_CApath`];
  if (file === "" && directory === "") return undefined;
  const read = async (path: string) => utf8Text(await disk.readFile(path, maxPemOctets));
  try {
    const texts = file === "" ? [] : [await read(file)];
    if (directory !== "") {
      for (const { name } of await disk.list(directory)) {
        if (/\.(?:pem|crt|\d)$/.test(name)) texts.push(await read(`${directory}/${name}`));
      }
    }
    return texts.join("\n");
  } catch (thrown) {
    throw new ConfigError(`${protocol}_tls_CAfile, ${protocol}_tls_CApath: ${failureText(thrown)}`, place);
  }
}
