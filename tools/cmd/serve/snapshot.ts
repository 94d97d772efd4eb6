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
import type { OpenTables } from "../../../store/table/tables.ts";
import { openTables } from "../../../store/table/tables.ts";
import type { User } from "../../../store/users/users.ts";

import type { ExpansionSettings } from "../../../mta/address/local_settings.ts";
import { isFailure } from "../../../mta/address/lookup.ts";
import { resolveAddress } from "../../../mta/address/resolve.ts";
import type { AddressSettings } from "../../../mta/address/settings.ts";
import type { SrsPolicy } from "../../../mta/address/srs.ts";
import type { CleanupSettings } from "../../../mta/cleanup/settings.ts";
import type { LocalDeliverySettings } from "../../../mta/delivery/local_settings.ts";
import type { PolicySettings } from "../../../mta/policy/settings.ts";
import type { QueueSettings } from "../../../mta/queue/schedule.ts";
import type { ReportSettings } from "../../../mta/queue/send_report.ts";

import type { LoadedSettings } from "../../config/load.ts";
import { addressSettings } from "../../config/mta/address_settings.ts";
import { cleanupSettings } from "../../config/mta/cleanup_settings.ts";
import { expansionSettings, localDeliverySettings } from "../../config/mta/delivery_settings.ts";
import { policySettings } from "../../config/mta/policy_settings.ts";
import { queueSettings } from "../../config/mta/queue_settings.ts";
import { reportSettings } from "../../config/mta/report_settings.ts";
import { settingsView } from "../../config/mta/view.ts";
import type { Facts } from "../../config/parameter.ts";
import type { ServiceName, Settings } from "../../config/schema.ts";
import { services } from "../../config/schema.ts";

import { openRelayAtStart } from "../check/open_relay_findings.ts";
import { processTables } from "../process_tables.ts";
import { readReportTemplates } from "../report_templates.ts";

import { type ClientSnapshot, takeClientSnapshots } from "./client_snapshot.ts";
import { mailLocation } from "./mail_location.ts";
import { readSrsPolicy } from "./srs_part.ts";

/** Chain and key, PEM. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Snapshot {
  readonly loaded: LoadedSettings;
  readonly settings: Settings;
  readonly readMs: number;
  /** What addresses mean. */
  readonly addresses: AddressSettings;
  /** What local recipients come to, and how mail is put there. */
  readonly expansion: ExpansionSettings;
  readonly local: LocalDeliverySettings;
  /** Of the listener of that name. */
  readonly policyFor: (service: string) => PolicySettings;
  readonly cleanupFor: (service: string) => CleanupSettings;
  readonly tables: OpenTables;
  /** Where local delivery puts a user's mail. */
  readonly deliveryTarget: (user: User) => DeliveryTarget;
  readonly queue: QueueSettings;
  /** How mail leaves by SMTP and LMTP. */
  readonly clients: ReadonlyMap<string, ClientSnapshot>;
  /** How senders and postmaster are told what becomes of mail. */
  readonly reports: ReportSettings;
  /** Whose senders are written anew, and how; `undefined`: nobody's. */
  readonly srs: SrsPolicy | undefined;
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
  readonly facts: Pick<Facts, "interfaces">;
}

const maxPemOctets = 1 << 20;

/**
 * @throws ConfigError when certificates or tables that the settings name are not to be used, or when their rules let
 * strangers relay and allow_open_relay does not say that this is meant.
 */
export async function takeSnapshot(loaded: LoadedSettings, tools: SnapshotTools): Promise<Snapshot> {
  const { settings } = loaded;
  const { disk, clock, log, facts } = tools;
  const addresses = addressSettings(settingsView(loaded), facts);
  const location = parseMailLocation(mailLocation(settings));
  const tables = openTables({ ...processTables, disk, log, clock });
  const [relay] = await openRelayAtStart(loaded, { disk, tables, facts });
  if (relay !== undefined) throw new ConfigError(relay.text, relay.file, relay.line);
  const templates = await readReportTemplates(loaded, disk);
  for (const warning of templates.warnings) log.part("bounce").write("warning", warning);
  return {
    loaded,
    settings,
    readMs: clock.now(),
    addresses,
    expansion: expansionSettings(settings, function* (address) {
      const resolved = yield* resolveAddress(address, addresses);
      return isFailure(resolved) ? resolved : resolved.class === "local";
    }),
    local: localDeliverySettings(settings),
    policyFor: byService((service) => policySettings(settingsView(loaded, service), addresses)),
    cleanupFor: byService((service) => cleanupSettings(loaded.forService(service), addresses)),
    tables,
    deliveryTarget: (user) => deliveryTarget(location, user),
    queue: queueSettings(loaded),
    clients: await takeClientSnapshots(loaded, disk, addresses),
    reports: reportSettings(loaded, templates.expanded),
    srs: await readSrsPolicy(loaded, disk),
    smtpCertificate: await readCertificate(loaded, disk, ["smtpd_tls_cert_file", "smtpd_tls_key_file"]),
    readerCertificate: await readCertificate(loaded, disk, ["ssl_server_cert_file", "ssl_server_key_file"]),
  };
}

/** The service whose settings a listener has: those of its name, else those of `smtp`. */
export function serviceOf(listener: string): ServiceName {
  return Object.hasOwn(services, listener) ? listener as ServiceName : "smtp";
}

/** Made once for each service that is asked for. */
function byService<T>(make: (service: ServiceName) => T): (listener: string) => T {
  const made = new Map<ServiceName, T>();
  return (listener) => {
    const service = serviceOf(listener);
    let value = made.get(service);
    if (value === undefined) made.set(service, value = make(service));
    return value;
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
