/** The search for an open relay as check tells it, and as serve refuses to start by it. */

import type { Disk } from "../../../store/file/disk.ts";
import type { Tables } from "../../../store/table/table.ts";

import { answerAddressQuestion } from "../../../mta/reception/run_evaluation.ts";

import type { LoadedSettings } from "../../config/load.ts";
import type { Facts } from "../../config/parameter.ts";
import type { ServiceName } from "../../config/schema.ts";
import { parseTableSpec } from "../../config/table_specs.ts";

import type { Finding } from "./finding.ts";
import { forgedNames } from "./forged.ts";
import type { OpenRelay } from "./open_relay.ts";
import { findOpenRelay } from "./open_relay.ts";
import { isPlainlyClosed } from "./plainly_closed.ts";
import { guardedServices, openServices } from "./services.ts";
import { TableReader } from "./table_uses.ts";

export interface OpenRelayWorld {
  readonly disk: Pick<Disk, "readFile">;
  readonly tables: Tables;
  readonly facts: Pick<Facts, "interfaces">;
}

/** Tables that are asked elsewhere: a search over thousands of sessions leaves them in peace. */
const remoteTypes: readonly string[] = [
  "ldap",
  "pgsql",
  "mysql",
  "tcp",
  "socketmap",
  "sqlite",
  "unix",
  "environ",
];

/** Likewise, without a search where the rules are closed by their form. */
export async function openRelayAtStart(
  loaded: LoadedSettings,
  world: OpenRelayWorld,
): Promise<readonly Finding[]> {
  const isClosed = guardedServices(loaded, world.facts).every(isPlainlyClosed);
  return isClosed ? [] : await openRelayFindings(loaded, world);
}

/** An error for every rule that lets strangers relay; none: the server may start. */
export async function openRelayFindings(
  loaded: LoadedSettings,
  { disk, tables, facts }: OpenRelayWorld,
): Promise<readonly Finding[]> {
  const views = openServices(loaded).map(({ view }) => view);
  const forged = await forgedNames(views, new TableReader(disk));
  const found = await findOpenRelay(guardedServices(loaded, facts), {
    forged,
    lookup: (table, key) =>
      isRemote(table)
        ? Promise.resolve(undefined)
        : answerAddressQuestion({ kind: "table", table, key }, { tables, users: nobody }),
  });
  return found.map((relay) => tell(relay, loaded));
}

const nobody = { find: () => Promise.resolve(undefined) };

function isRemote(table: string): boolean {
  return remoteTypes.some((type) =>
    table.startsWith(`${type}:`) || table.includes(`:${type}:`) ||
    table.includes(`{${type}:`) || table.includes(` ${type}:`)
  ) || parseTableSpec(table) === undefined;
}

function tell(relay: OpenRelay, loaded: LoadedSettings): Finding {
  const { service, client, clientName, helo, sender, recipient, rule, reason, name } = relay;
  const list = /^smtpd_(?:relay|recipient)_restrictions/.exec(rule)?.[0] ?? "smtpd_relay_restrictions";
  const setting = reason?.table === "mynetworks" ? "mynetworks" : list as "smtpd_relay_restrictions";
  const source = loaded.sourceOf(setting, service as ServiceName);
  const place = source === "default" ? { file: loaded.path } : source;
  const where = reason?.table === undefined
    ? ""
    : ` (${reason.table}${reason.line === undefined ? "" : `, line ${reason.line}`}: ${reason.key ?? ""})`;
  return {
    level: "error",
    ...place,
    text: `open relay: a stranger ${clientName}[${client}] with HELO ${helo} may send from <${sender}> to ` +
      `<${recipient}> through ${service}: ${rule}${where}; if that is meant, allow_open_relay must name it: ` +
      `${JSON.stringify(name)}`,
  };
}
