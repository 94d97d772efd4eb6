/**
 * Everything that follows from one reading of the settings. A reload makes a new one, whole, and puts it in the place of
 * the old; parts that outlive a reload hold a `Current` and ask it each time.
 */

import type { Clock } from "../../kit/base/clock.ts";
import { ConfigError } from "../../kit/base/failure.ts";
import type { Log } from "../../kit/base/log.ts";
import { utf8Text } from "../../kit/base/bytes.ts";
import { findCertificateFault } from "../../kit/net/certificate_fault.ts";

import type { Disk } from "../../../store/file/disk.ts";
import type { DeliveryTarget } from "../../../store/locator.ts";
import { deliveryTarget, parseMailLocation } from "../../../store/locator.ts";
import type { Table } from "../../../store/table/table.ts";
import type { OpenTables } from "../../../store/table/tables.ts";
import { openTables } from "../../../store/table/tables.ts";
import type { User } from "../../../store/users/users.ts";

import type { ExpansionSettings } from "../../../mta/address/expansion.ts";
import { findDomain, parseDomainList } from "../../../mta/policy/domain_list.ts";
import { parseNetworkList } from "../../../mta/policy/network_list.ts";
import type { PolicySettings } from "../../../mta/policy/restriction.ts";
import type { QueueSettings } from "../../../mta/queue/schedule.ts";
import { defaultQueueSettings } from "../../../mta/queue/schedule.ts";

import type { LoadedSettings } from "../../config/load.ts";
import type { Settings } from "../../config/schema.ts";

import { processTables } from "../process_tables.ts";

import { mailLocation } from "./mail_location.ts";

/** Chain and key, PEM. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Snapshot {
  readonly loaded: LoadedSettings;
  readonly settings: Settings;
  readonly readMs: number;
  readonly policy: PolicySettings;
  readonly addresses: ExpansionSettings;
  readonly tables: OpenTables;
  readonly aliases: readonly Table[];
  /** Where local delivery puts a user's mail. */
  readonly deliveryTarget: (user: User) => DeliveryTarget;
  readonly queue: QueueSettings;
  /** For SMTP, and for POP3 and IMAP. */
  readonly smtpCertificate: Certificate | undefined;
  readonly readerCertificate: Certificate | undefined;
}

/** The snapshot in force. */
export interface Current {
  snapshot: Snapshot;
}

export interface SnapshotTools {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  /** Addresses of this machine. */
  readonly ownAddresses: readonly string[];
}

const maxPemOctets = 1 << 20;

/** @throws ConfigError when certificates, tables or lists that the settings name are not to be used. */
export async function takeSnapshot(loaded: LoadedSettings, tools: SnapshotTools): Promise<Snapshot> {
  const { settings } = loaded;
  const { disk, clock, log } = tools;
  const mydestination = parseDomainList(settings.mydestination, { subdomains: false });
  const relayDomains = parseDomainList(settings.relay_domains, { subdomains: true });
  const mynetworks = parseNetworkList(settings.mynetworks);
  for (const [name, list] of Object.entries({ mydestination, relay_domains: relayDomains, mynetworks })) {
    const [problem] = list.problems;
    if (problem !== undefined) throw configError(loaded, name as keyof Settings, `${name}: ${problem}`);
  }
  const tables = openTables({ ...processTables, disk, log, clock });
  const location = parseMailLocation(mailLocation(settings));
  return {
    loaded,
    settings,
    readMs: clock.now(),
    policy: {
      myorigin: settings.myorigin,
      mydestination,
      relayDomains,
      mynetworks,
      ownAddresses: tools.ownAddresses,
    },
    addresses: {
      myorigin: settings.myorigin,
      recipientDelimiter: settings.recipient_delimiter,
      isLocalDomain: (domain) => findDomain(mydestination, domain) !== undefined,
    },
    tables,
    aliases: settings.alias_maps.map((spec) => tables.open(spec)),
    deliveryTarget: (user) => deliveryTarget(location, user),
    queue: {
      ...defaultQueueSettings,
      minimalBackoffMs: settings.minimal_backoff_time,
      maximalBackoffMs: settings.maximal_backoff_time,
      maximalLifetimeMs: settings.maximal_queue_lifetime,
      bounceLifetimeMs: settings.bounce_queue_lifetime,
      bounceMaxOctets: settings.bounce_size_limit,
    },
    smtpCertificate: await readCertificate(loaded, disk, ["smtpd_tls_cert_file", "smtpd_tls_key_file"]),
    readerCertificate: await readCertificate(loaded, disk, ["ssl_server_cert_file", "ssl_server_key_file"]),
  };
}

type PathSetting =
  | "smtpd_tls_cert_file"
  | "smtpd_tls_key_file"
  | "ssl_server_cert_file"
  | "ssl_server_key_file";

async function readCertificate(
  loaded: LoadedSettings,
  disk: Disk,
  names: readonly [PathSetting, PathSetting],
): Promise<Certificate | undefined> {
  const read = async (name: PathSetting) => {
    const path = loaded.settings[name];
    try {
      return utf8Text(await disk.readFile(path, maxPemOctets));
    } catch (thrown) {
      throw configError(
        loaded,
        name,
        `${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    }
  };
  if (loaded.settings[names[0]] === "") return undefined;
  const [certPem, keyPem] = [await read(names[0]), await read(names[1])];
  if (!certPem.includes("-----BEGIN CERTIFICATE-----")) {
    throw configError(loaded, names[0], `${names[0]}: ${loaded.settings[names[0]]} holds no PEM certificate`);
  }
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(keyPem)) {
    throw configError(loaded, names[1], `${names[1]}: ${loaded.settings[names[1]]} holds no PEM private key`);
  }
  const fault = findCertificateFault({ certPem, keyPem });
  if (fault === undefined) return { certPem, keyPem };
  const name = fault.of === "key" ? names[1] : names[0];
  throw configError(loaded, name, `${name}: ${loaded.settings[name]} ${fault.text}`);
}

/** A problem at the line of the setting that it comes from. */
function configError(loaded: LoadedSettings, name: keyof Settings, text: string): ConfigError {
  const source = loaded.sourceOf(name);
  return source === "default"
    ? new ConfigError(text, loaded.path)
    : new ConfigError(text, source.file, source.line);
}
