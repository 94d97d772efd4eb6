/**
 * Postfix's main.cf and master.cf as settings: the same values and problems as mailsrv.toml gives, and a notice of
 * everything in them that this server does not do. Names of settings that Postfix does not have (listen_imap, passwd_file)
 * may stand in main.cf too.
 *
 * Postfix's queue_directory and data_directory stay Postfix's: what this server keeps is in `mailsrv` beside the former
 * (/var/spool/mailsrv), or where `dataDirectory` says.
 */

import { dirname, join } from "@std/path";

import { parseIp } from "../../kit/mail/ip.ts";

import type { ConfigNotice, LoadedSettings, LoadOptions } from "../load.ts";
import { assembleSettings, readSettingsText } from "../load.ts";
import { splitList } from "../list.ts";
import type { Facts } from "../parameter.ts";
import type { GivenSetting, GivenTransport } from "../read_statements.ts";
import type { SettingName } from "../schema.ts";
import { isSettingName, parameters, services as ofServices, settingNames } from "../schema.ts";
import { tableFiles, tablesIn } from "../table_specs.ts";
import type { MainCf, MainCfEntry } from "./main_cf.ts";
import { parseMainCf } from "./main_cf.ts";
import type { MasterCf } from "./master_cf.ts";
import { parseMasterCf } from "./master_cf.ts";
import { Notices } from "./notices.ts";
import { postfixDefault } from "./parameters.ts";
import { readServices } from "./services.ts";

export interface PostfixOptions extends Omit<LoadOptions, "path"> {
  /** Absolute path of the directory of main.cf and master.cf. */
  readonly directory: string;
  /** Absolute path of the directory of what this server keeps. */
  readonly dataDirectory?: string | undefined;
}

export interface LoadedPostfix extends LoadedSettings {
  readonly mainCf: MainCf;
  readonly masterCf: MasterCf;
  /** The text of a parameter of Postfix's that is no setting here, or of one that main.cf makes up. */
  otherText(name: string): string;
  /** The text of a default, for names that have one. */
  defaultText(name: string): string | undefined;
  expand(text: string): string;
  /** Transports as master.cf gives them. */
  readonly givenTransports: ReadonlyMap<string, GivenTransport>;
}

/** Reads and checks main.cf and master.cf. Does not throw for what is wrong with them: see `problems`. */
export async function loadPostfix(options: PostfixOptions): Promise<LoadedPostfix> {
  const { directory, disk } = options;
  const files = { main: join(directory, "main.cf"), master: join(directory, "master.cf") };
  const [mainText, masterText] = [
    await readSettingsText(files.main, disk),
    await readSettingsText(files.master, disk),
  ];
  const [mainCf, masterCf] = [parseMainCf(mainText.text), parseMasterCf(masterText.text)];
  const serviceNames = new Set(masterCf.services.map(({ name }) => name));
  const otherText = (name: string) =>
    mainCf.settings.get(name)?.value ?? postfixDefault(name, serviceNames) ??
      (name === "config_directory" ? directory : "");
  const baseline = new Map<string, string>(postfixBaseline(options, mainCf, serviceNames));
  const given = new Map<string, GivenSetting>();
  for (const [name, raw] of baseline) given.set(name, { raw, line: undefined });
  const services = readServices(masterCf.services, {
    file: files.master,
    mainCf: (name) => {
      const entry = mainCf.settings.get(name);
      return entry === undefined ? undefined : { raw: entry.value, line: entry.line, file: files.main };
    },
    wrapperMode: otherText("smtpd_tls_wrappermode").toLowerCase() === "yes",
    isMentioned: (word) => mainCf.entries.some(({ value }) => value.split(/[\s,:]+/).includes(word)),
  });
  for (const [name, setting] of services.listeners) given.set(name, setting);
  addSettings(given, mainCf, files.main);
  const protocols = readProtocols(mainCf.settings.get("inet_protocols"), options.facts);
  const interfaces = given.get("inet_interfaces");
  if (protocols.problems.length > 0) given.delete("inet_protocols");
  if (interfaces !== undefined) given.set("inet_interfaces", protocols.only(interfaces));
  const { loaded, base, unread } = await assembleSettings({
    given,
    sections: services.sections,
    transports: services.transports,
    ofService: { lmtp: ofServices.lmtp },
    otherText,
    classes: restrictionClasses(mainCf, otherText, files.main),
    problems: [
      ...[...mainText.problems, ...mainCf.problems, ...protocols.problems]
        .map((problem) => ({ ...problem, file: files.main })),
      ...[...masterText.problems, ...masterCf.problems].map((problem) => ({
        ...problem,
        file: files.master,
      })),
    ],
  }, { ...options, path: files.main, facts: protocols.facts });
  const ofTransports = new Set([...services.transports.values()].flatMap(({ ownNames }) => ownNames));
  const told = new Notices({ mainCf, masterCf, serviceNames, ofTransports, base, files });
  return {
    ...loaded,
    mainCf,
    masterCf,
    otherText,
    defaultText: (name) => baseline.get(name) ?? postfixDefault(name, serviceNames),
    expand: (text) => base.expand(text),
    givenTransports: services.transports,
    notices: inOrder([
      ...services.notices,
      ...unread.map(({ file = files.main, line, text }): ConfigNotice => ({
        kind: "warning",
        file,
        line,
        text,
      })),
      ...await notBuilt(loaded, files.main, disk),
      ...told.ofMain(),
      ...told.ofMaster(services.left),
      ...told.ofUnused(),
    ], files.main),
  };
}

/** Postfix's defaults for the settings that it has, as far as they are not computed in the same way. */
function* postfixBaseline(
  options: PostfixOptions,
  mainCf: MainCf,
  services: ReadonlySet<string>,
): Generator<[SettingName, string]> {
  for (const name of settingNames) {
    const text = postfixDefault(name, services);
    if (text !== undefined) yield [name, text];
  }
  // Of before Postfix 2.10, whose files these are: today's ends at its start where neither list is set.
  const isOld = (mainCf.settings.get("compatibility_level")?.value ?? "0") === "0";
  const hasRules = ["smtpd_relay_restrictions", "smtpd_recipient_restrictions"].some((name) =>
    mainCf.settings.has(name)
  );
  if (isOld && !hasRules) {
    yield [
      "smtpd_relay_restrictions",
      "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
    ];
  }
  yield [
    "smtpd_tls_security_level",
    "${{$smtpd_enforce_tls} == {yes} ? {encrypt} : {${{$smtpd_use_tls} == {yes} ? {may} : {}}}}",
  ];
  yield [
    "smtp_tls_security_level",
    "${{$smtp_enforce_tls} == {yes} ? {${{$smtp_tls_enforce_peername} == {yes} ? {verify} : {encrypt}}} : " +
    "{${{$smtp_use_tls} == {yes} ? {may} : {}}}}",
  ];
  const queue = mainCf.settings.get("queue_directory")?.value ?? "";
  const beside = /^\/[^$]+$/.test(queue) ? queue : "/var/spool/postfix";
  yield ["data_directory", options.dataDirectory ?? join(dirname(beside), "mailsrv")];
  yield ["queue_directory", "$data_directory/queue"];
  // Other programs put their sockets where Postfix looks for them.
  yield ["socket_directory", beside];
  yield ["system_users", "yes"];
}

/** Settings of main.cf that Postfix's own files and processes are meant by. */
const keptFromPostfix: readonly string[] = ["data_directory", "queue_directory"];

function addSettings(given: Map<string, GivenSetting>, mainCf: MainCf, file: string): void {
  for (const { name, value, line } of mainCf.settings.values()) {
    if (isSettingName(name) && !keptFromPostfix.includes(name)) given.set(name, { raw: value, line, file });
  }
}

/** Every parameter can be the list of a restriction class, whatever its name. */
function restrictionClasses(
  mainCf: MainCf,
  otherText: (name: string) => string,
  file: string,
): ReadonlyMap<string, GivenSetting> {
  const names = splitList(mainCf.settings.get("smtpd_restriction_classes")?.value ?? "") ?? [];
  return new Map(names.map((name) => [
    name,
    { raw: otherText(name), line: mainCf.settings.get(name)?.line, file },
  ]));
}

/** The machine as far as inet_protocols lets it be seen. */
function readProtocols(entry: MainCfEntry | undefined, facts: Facts) {
  const words = splitList(entry?.value.toLowerCase() ?? "all") ?? [];
  const strange = words.find((word) => !["all", "ipv4", "ipv6"].includes(word));
  const problems = entry !== undefined && (strange !== undefined || words.length === 0)
    ? [{ line: entry.line, text: `inet_protocols: expected all, ipv4 or ipv6, not "${entry.value}"` }]
    : [];
  const sees = (family: string) => words.includes("all") || words.includes(family);
  const interfaces = facts.interfaces.filter(({ address }) => sees(address.includes(":") ? "ipv6" : "ipv4"));
  /** The list without addresses of the other family. */
  const only = (setting: GivenSetting): GivenSetting => {
    const items = typeof setting.raw === "string" ? splitList(setting.raw) ?? [] : [];
    const isSeen = (item: string) => !isIp(item) || sees(item.includes(":") ? "ipv6" : "ipv4");
    return items.every(isSeen) ? setting : { ...setting, raw: items.filter(isSeen) };
  };
  return { problems, only, facts: problems.length > 0 ? facts : { ...facts, interfaces } };
}

function isIp(item: string): boolean {
  return parseIp(item.replace(/^\[(.*)\]$/, "$1")) !== undefined;
}

/** Tables whose database Postfix has (aliases.db) and this server has not (aliases.cdb). */
async function notBuilt(
  { settings, sourceOf }: LoadedSettings,
  main: string,
  disk: LoadOptions["disk"],
): Promise<readonly ConfigNotice[]> {
  const notices: ConfigNotice[] = [];
  const names = settingNames.filter((name) => parameters[name].holdsTables && name !== "alias_database");
  const told = new Set<string>();
  for (const name of names) {
    // A value that could not be read is not there.
    const items = (settings[name] ?? []) as readonly string[];
    for (const table of tablesIn(parameters[name].kind, items)) {
      if (!await isUnbuilt(table, disk) || told.has(table)) continue;
      told.add(table);
      const source = sourceOf(name);
      const { file, line } = source === "default" ? { file: main, line: undefined } : source;
      const command = `mailsrv ${name === "alias_maps" ? "alias" : "map"} build ${table}`;
      const text = `${name}: ${table} is not built for this server: run "${command}"`;
      notices.push({ kind: "warning", file, line, text });
    }
  }
  return notices;
}

async function isUnbuilt(table: string, disk: LoadOptions["disk"]): Promise<boolean> {
  for (const { path, isBuilt } of tableFiles(table)) {
    if (isBuilt && await disk.stat(`${path}.cdb`).catch(() => undefined) === undefined) return true;
  }
  return false;
}

function inOrder(notices: readonly ConfigNotice[], first: string): readonly ConfigNotice[] {
  return notices.toSorted((left, right) =>
    left.file === right.file ? (left.line ?? 0) - (right.line ?? 0) : left.file === first ? -1 : 1
  );
}
