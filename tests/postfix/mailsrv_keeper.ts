/** mailsrv for one case, in memory: its settings from a main.cf, tables, DNS and policy service as the case has them. */

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { createLog, type LogRecord } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { writeFileAtomically } from "../../store/file/disk.ts";
import { SimDisk } from "../../store/file/sim_disk.ts";
import { FileSpool } from "../../store/spool/file_spool.ts";
import { buildTable } from "../../store/table/build.ts";
import { openTables } from "../../store/table/tables.ts";
import type { ConnectTable } from "../../store/table/remote_client.ts";
import type { Users } from "../../store/users/users.ts";

import type { CleanupSettings } from "../../mta/cleanup/settings.ts";
import type { PolicySettings } from "../../mta/policy/settings.ts";
import type { Access } from "../../mta/reception/access.ts";
import { PolicyClient } from "../../mta/reception/policy_client.ts";
import { createReception, type Reception } from "../../mta/reception/reception.ts";
import type { ReceptionOptions } from "../../mta/reception/reception_options.ts";
import type { PolicyWorld } from "../../mta/reception/run_evaluation.ts";
import { openDoor } from "../../mta/reception/testing_world.ts";
import type { SmtpServerOptions } from "../../mta/smtp/session.ts";

import { addressSettings } from "../../tools/config/mta/address_settings.ts";
import { cleanupSettings } from "../../tools/config/mta/cleanup_settings.ts";
import { policyClientSettings } from "../../tools/config/mta/client_settings.ts";
import { policySettings } from "../../tools/config/mta/policy_settings.ts";
import { settingsView } from "../../tools/config/mta/view.ts";
import { loadPostfix } from "../../tools/config/postfix/load_postfix.ts";

import { checkSettings } from "../../tools/cmd/check.ts";
import { smtpListenerSettings } from "../../tools/cmd/serve/smtp_settings.ts";

import { type Case, fillSettings } from "./case.ts";
import type { Zone } from "./zone.ts";

/** As `postfix_instance.ts` has them, as far as they mean something here. */
export const instanceSettings: readonly (readonly [string, string])[] = [
  ["compatibility_level", "3.6"],
  ["smtpd_authorized_xclient_hosts", "127.0.0.0/8"],
  ["smtpd_peername_lookup", "no"],
  ["smtpd_error_sleep_time", "0"],
  ["smtpd_client_connection_count_limit", "0"],
  ["smtpd_sasl_auth_enable", "yes"],
  ["smtpd_tls_security_level", "none"],
];

const masterCf = "smtp inet n - n - - smtpd\n";

const interfaces = [
  { address: "127.0.0.1", prefixLength: 8 },
  { address: "198.51.100.1", prefixLength: 32 },
  { address: "::1", prefixLength: 128 },
];

export interface Keeper {
  readonly reception: Reception;
  readonly server: SmtpServerOptions;
  readonly policy: PolicySettings;
  readonly cleanup: CleanupSettings;
  readonly world: PolicyWorld;
  readonly spool: FileSpool;
  /** Why a server would not start with these settings. */
  errors(): Promise<readonly string[]>;
  readonly log: readonly string[];
  /** Lines of the requests to the policy service. */
  readonly asked: readonly string[];
}

/** What is not as in a case. */
export interface KeeperChanges {
  readonly peerName?: ReceptionOptions["peerName"];
  readonly onDecision?: ReceptionOptions["onDecision"];
  readonly users?: Users;
  readonly hasCertificate?: boolean;
}

/** Nobody is too many, and everybody may say who he is. */
const anybody: Access = {
  ...openDoor,
  admit: () => Promise.resolve({ mayXclient: true, mayUseBareNewline: false, isLimited: false }),
};

const noUsers: Users = {
  find: () => Promise.resolve(undefined),
  verify: () => Promise.resolve({ kind: "refused", reason: "there is nobody" }),
  scramKeys: () => Promise.resolve(undefined),
  list: () => Promise.resolve([]),
};

export async function openKeeper(one: Case, zone: Zone, changes: KeeperChanges = {}): Promise<Keeper> {
  const { users = noUsers, hasCertificate = false } = changes;
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const lines: string[] = [];
  const asked: string[] = [];
  const logRecord = (record: LogRecord) => void lines.push(record.text);
  const log = createLog(logRecord, { now: () => clock.now(), part: "smtpd" });
  const disk = await diskOf(one);
  const loaded = await loadPostfix({
    directory: "/etc/postfix",
    disk,
    facts: { hostname: "mail.my.test", interfaces, version: "1" },
  });
  const view = settingsView(loaded, "smtp");
  const addresses = addressSettings(view, { interfaces });
  const policySettingsOf = policySettings(view, addresses);
  const policy = new PolicyClient({
    settings: { ...policyClientSettings(view.settings), retryDelayMs: 0, tryLimit: 1 },
    connect: policyServer(one, asked),
    clock,
    log,
  });
  const world: PolicyWorld = {
    tables: openTables({ disk, log, clock }),
    users,
    dns: { query: (name, type) => Promise.resolve(zone(name, type)) },
    service: (server, attributes) => policy.ask(server, attributes),
    verify: () => Promise.resolve({ status: "unavailable", text: "nobody verifies" }),
    sleep: () => Promise.resolve(),
  };
  const spool = await FileSpool.open({ disk, directory: "/q", clock, log });
  const cleanup = cleanupSettings(view.settings, addresses);
  const reception = createReception({
    hostname: view.settings.myhostname,
    policyFor: () => policySettingsOf,
    cleanupFor: () => cleanup,
    world,
    peerName: changes.peerName ?? (() =>
      Promise.resolve({
        name: "unknown",
        nameStatus: "permanent",
        reverseName: "unknown",
        reverseStatus: "permanent",
      })),
    onDecision: changes.onDecision,
    access: anybody,
    spool,
    users,
    clock,
    random: new SeededRandom(7),
    log,
    logRecord,
    onQueued: () => {},
    zone: () => ({ minutes: 0 }),
  });
  return {
    reception,
    server: { service: "smtp", ...smtpListenerSettings("smtp", loaded, { hasCertificate }) },
    policy: policySettingsOf,
    cleanup,
    world,
    spool,
    errors: async () =>
      (await checkSettings(loaded, { disk, clock })).filter(({ level }) => level === "error").map((
        { text },
      ) => text),
    log: lines,
    asked,
  };
}

const policyPort = 10_023;

/** The case's policy service; whatever else is asked is not there. */
function policyServer(one: Case, asked: string[]): ConnectTable {
  return (address) => {
    const isHere = address.transport === "tcp" && address.port === policyPort && one.policy !== undefined;
    if (!isHere) return Promise.reject(new Error("Connection refused"));
    return Promise.resolve({
      write: (bytes) => {
        asked.push(...utf8Text(bytes).split("\n").filter((line) => line !== ""));
        return Promise.resolve();
      },
      read: () => Promise.resolve(utf8Bytes(`action=${one.policy}\n\n`)),
      close: () => {},
    });
  };
}

async function diskOf(one: Case): Promise<SimDisk> {
  const disk = new SimDisk();
  for (const folder of ["/etc/postfix", "/t"]) await disk.mkdir(folder, { parents: true });
  const write = (path: string, text: string) =>
    writeFileAtomically(disk, path, utf8Bytes(text), { temporary: "/etc/new" });
  const settings = fillSettings(one, {
    path: (table) => `/t/${table}`,
    policy: `inet:127.0.0.1:${policyPort}`,
  });
  await write("/etc/postfix/master.cf", masterCf);
  await write(
    "/etc/postfix/main.cf",
    [...instanceSettings, ...settings].map(([name, value]) => `${name} = ${value}\n`).join(""),
  );
  for (const [name, lines] of one.tables) {
    await write(`/t/${name}`, lines.map((line) => `${line}\n`).join(""));
    const uses = Array.from(settings).filter(([, value]) =>
      new RegExp(`\\b(?:hash|btree):/t/${name}\\b`).test(value)
    );
    if (uses.length === 0) continue;
    const kind = uses.some(([setting]) => setting.startsWith("alias_")) ? "alias" : "map";
    await buildTable({ kind, path: `/t/${name}`, disk, random: new SeededRandom(1) });
  }
  return disk;
}
