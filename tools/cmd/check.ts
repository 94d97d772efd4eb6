/** `mailsrv check`: everything that is wrong with the settings and their tables, or not what it seems (postfix(1) check). */

import { silentLog } from "../kit/base/log.ts";

import { openTables } from "../../store/table/tables.ts";

import type { LoadedSettings } from "../config/load.ts";
import { matchesParents } from "../config/mta/address_settings.ts";
import { settingsView } from "../config/mta/view.ts";
import type { SettingName } from "../config/schema.ts";

import { checkAccessTable } from "./check/access_lines.ts";
import { checkAliasMaps } from "./check/aliases.ts";
import type { Finding } from "./check/finding.ts";
import { formatFinding, tidyFindings } from "./check/finding.ts";
import { checkLists } from "./check/lists.ts";
import { checkNames } from "./check/names.ts";
import type { NamedFinding } from "./check/names.ts";
import { openRelayFindings } from "./check/open_relay_findings.ts";
import { checkRestrictions } from "./check/restriction_rules.ts";
import { openServices } from "./check/services.ts";
import type { OpenService } from "./check/services.ts";
import { checkTableFiles, look, othersMayWrite } from "./check/table_files.ts";
import { accessTables, TableReader, trustTables } from "./check/table_uses.ts";
import { checkTrustedTable } from "./check/trusted_lines.ts";
import type { Arguments, Command } from "./command.ts";
import type { Context } from "./context.ts";
import { exitCode } from "./exit_code.ts";
import type { ExitCode } from "./exit_code.ts";
import { processTables } from "./process_tables.ts";
import { existingPlace, machineFacts, readSettings } from "./settings.ts";

export const checkCommand: Command = {
  name: "check",
  summary: "tell what is wrong with the settings and their tables",
  details: [
    "Settings that cannot be read, restrictions that do not exist, tables that are old, lines of access tables that " +
    "do not do what they say, domains in two classes. With --postfix DIR it looks at main.cf and master.cf.",
    "Then strangers of every kind try to send mail through the server by its own rules: whoever could is told with " +
    "the rule that let him. A server does not start so, unless allow_open_relay names it.",
    "Exit code: 0 without errors, else 1.",
  ],
  options: [{ name: "json", summary: "one JSON object a line: level, file, line, text" }],
  most: 0,
  run: runCheck,
};

async function runCheck(context: Context, given: Arguments): Promise<ExitCode> {
  const place = await existingPlace(context, given);
  const loaded = await readSettings(context, place);
  const findings = tidyFindings(await checkSettings(loaded, context));
  const line = (finding: Finding) =>
    given.options.json === true ? JSON.stringify(finding) : formatFinding(finding);
  await context.print(findings.map((finding) => `${line(finding)}\n`).join(""));
  return findings.some(({ level }) => level === "error") ? exitCode.no : exitCode.ok;
}

/** All findings, in no order. */
export async function checkSettings(
  loaded: LoadedSettings,
  { disk, clock }: Pick<Context, "disk" | "clock">,
): Promise<readonly Finding[]> {
  const services = openServices(loaded);
  const views = [settingsView(loaded), ...services.map(({ view }) => view)];
  const tables = new TableReader(disk);
  const ofRestrictions = restrictionFindings(loaded, services);
  const findings = [
    ...loaded.problems.map((problem): Finding => ({ level: "error", ...problem })),
    ...checkNames(loaded.settings).map((finding) => placed(finding, loaded)),
    ...checkLists(settingsView(loaded)).map((finding) => placed(finding, loaded)),
    ...ofRestrictions,
    ...noticed(loaded, ofRestrictions),
    ...await checkTableFiles(views, disk),
    ...await checkAliasMaps(loaded, disk),
    ...await settingsFiles(loaded, disk),
  ];
  for (const view of views) {
    const { settings, restrictionClasses } = view;
    const access = {
      classes: [...restrictionClasses.keys()],
      dottedKeys: settings.access_table_dotted_keys,
      parentsMatch: matchesParents(settings, "smtpd_access_maps"),
    };
    for (const { spec } of accessTables(view)) {
      for (const table of await tables.read(spec)) findings.push(...checkAccessTable(table, access));
    }
    const trust = {
      list: "mynetworks",
      tableActions: settings.mynetworks_table_actions,
      dottedKeys: settings.access_table_dotted_keys,
    };
    for (const spec of trustTables(view, "mynetworks")) {
      for (const table of await tables.read(spec)) findings.push(...checkTrustedTable(table, trust));
    }
  }
  // What cannot be read would not be decided by either.
  if (loaded.problems.length > 0) return findings;
  const opened = openTables({ ...processTables, disk, clock, log: silentLog });
  try {
    const facts = machineFacts();
    return [...findings, ...await openRelayFindings(loaded, { disk, tables: opened, facts })];
  } finally {
    opened.close();
  }
}

function noticed(loaded: LoadedSettings, others: readonly Finding[]): readonly Finding[] {
  return loaded.notices.flatMap(({ kind, file, line, text }): Finding[] => {
    if (kind === "default" || kind === "installation") return [];
    // `checkTableFiles` tells it of all tables, `checkRestrictions` of all lists.
    if (/ is not built for this server: /.test(text) || others.some((other) => other.text === text)) {
      return [];
    }
    // Debian's master.cf has a handful of programs that nobody uses.
    const level = kind === "unused" && file !== loaded.path ? "note" : "warning";
    return [{ level, file, line, text }];
  });
}

function restrictionFindings(
  loaded: LoadedSettings,
  services: readonly OpenService[],
): readonly Finding[] {
  const ofServices = services.flatMap(({ name, view }) =>
    checkRestrictions(view).map((finding) => placed(finding, loaded, name))
  );
  if (services.length > 0) return ofServices;
  return checkRestrictions(settingsView(loaded)).map((finding) => placed(finding, loaded));
}

function placed(
  { level, name, text }: NamedFinding,
  loaded: LoadedSettings,
  service?: OpenService["name"],
): Finding {
  const source = loaded.sourceOf(name satisfies SettingName, service);
  return source === "default" ? { level, file: loaded.path, text } : { level, ...source, text };
}

async function settingsFiles(
  { path }: LoadedSettings,
  disk: Context["disk"],
): Promise<readonly Finding[]> {
  const info = await look(disk, path);
  return info === undefined ? [] : othersMayWrite(path, info);
}
