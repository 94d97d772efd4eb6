/**
 * Reads the settings file: every problem of it at once, each with its line; and the values, typed and frozen.
 * A setting with a problem has its default, so that a check can go on; a server does not start with problems.
 */

import { dirname } from "@std/path";

import { LF, utf8TextStrict } from "../kit/base/bytes.ts";
import { ConfigError } from "../kit/base/failure.ts";

import type { Disk } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";

import { checkFiles, checkTogether } from "./checks.ts";
import type { SourcedItem } from "./list_files.ts";
import type { Facts, RawValue } from "./parameter.ts";
import { readStatements } from "./read_statements.ts";
import type { GivenSetting, GivenTransport } from "./read_statements.ts";
import { resolveSettings } from "./resolve.ts";
import type { Resolved, ResolveOptions } from "./resolve.ts";
import { restrictionProblems } from "./restriction_lists.ts";
import type { ServiceName, SettingName, Settings } from "./schema.ts";
import { isSettingName, parameters, services } from "./schema.ts";
import type { TransportDefinition } from "./transports.ts";
import { readTransports } from "./transports.ts";

/** One thing wrong with the settings: `file, line N: text`. */
export interface ConfigProblem {
  readonly file: string;
  readonly line?: number | undefined;
  readonly text: string;
}

/** What is told of the settings without being wrong: a server starts with it. */
export interface ConfigNotice extends ConfigProblem {
  /**
   * | kind         | what it tells                                                                 |
   * |--------------|-------------------------------------------------------------------------------|
   * | unsupported  | it asks for what this server does not do                                      |
   * | default      | a setting that this server does not have, set to what it does anyway          |
   * | installation | about the files and processes of another program; without a meaning here      |
   * | unused       | no setting, and no other setting refers to it                                 |
   * | warning      | it is read, but may not be what is meant                                      |
   */
  readonly kind: "unsupported" | "default" | "installation" | "unused" | "warning";
}

export type SettingSource = { readonly file: string; readonly line: number } | "default";

export interface LoadedSettings {
  readonly path: string;
  readonly settings: Settings;
  /** In the order of the file. Empty: the settings are good. */
  readonly problems: readonly ConfigProblem[];
  /** In the order of the files. */
  readonly notices: readonly ConfigNotice[];
  /** Where a setting is given; with `service`, also in that service's section. */
  sourceOf(name: SettingName, service?: ServiceName): SettingSource;
  /** The settings as a service sees them: with its section of the file over the rest. */
  forService(service: ServiceName): Settings;
  /** The items of a list, with file and line of those that stand in a file that the list names. */
  itemsOf(name: SettingName, service?: ServiceName): readonly SourcedItem[];
  /** The lists of restrictions that smtpd_restriction_classes names. */
  readonly restrictionClasses: ReadonlyMap<string, readonly string[]>;
  /** By name: those that are always there, and others that are defined. */
  readonly transports: ReadonlyMap<string, TransportDefinition>;
  /** A setting's value as text, `$name` expanded or as written. */
  textOf(name: SettingName, options?: { readonly expanded: boolean }): string;
}

export interface LoadOptions {
  /** Absolute path of mailsrv.toml. */
  readonly path: string;
  readonly disk: Pick<Disk, "readFile" | "stat">;
  readonly facts: Facts;
}

const maxFileOctets = 1_048_576;

/** Reads and checks the settings. Does not throw for what is wrong with them: see `problems`. */
export async function loadSettings(options: LoadOptions): Promise<LoadedSettings> {
  const file = await readSettingsText(options.path, options.disk);
  const read = readStatements(file.text);
  const problems = [...file.problems, ...read.problems];
  const { loaded, unread } = await assembleSettings({ ...read, problems, ofService: services }, options);
  return { ...loaded, problems: placedProblems([...loaded.problems, ...unread], options.path) };
}

/** Settings as some files give them, before they have values. */
export interface SettingsSource {
  readonly given: ReadonlyMap<string, GivenSetting>;
  readonly sections: ReadonlyMap<ServiceName, ReadonlyMap<string, GivenSetting>>;
  /** The lists of restrictions that have a name. */
  readonly classes: ReadonlyMap<string, GivenSetting>;
  /** Transports that are defined, or have something of their own. */
  readonly transports: ReadonlyMap<string, GivenTransport>;
  readonly problems: readonly SourceProblem[];
  /** What differs in a service from the start. */
  readonly ofService: { readonly [S in ServiceName]?: Readonly<Record<string, RawValue>> };
  /** What is told beside the problems. */
  readonly notices?: readonly ConfigNotice[];
  readonly otherText?: (name: string) => string;
}

interface SourceProblem {
  readonly line?: number | undefined;
  readonly file?: string | undefined;
  readonly text: string;
}

interface Assembled {
  readonly loaded: LoadedSettings;
  readonly base: Resolved;
  /** What the server would answer 451 for, as Postfix does: names of restrictions that there are not. */
  readonly unread: readonly SourceProblem[];
}

/** Gives the settings their values and checks them. `options.path` is the file of problems that name none. */
export async function assembleSettings(
  source: SettingsSource,
  options: LoadOptions,
): Promise<Assembled> {
  const { path, disk, facts } = options;
  const { given, otherText } = source;
  const problems: SourceProblem[] = [...source.problems];
  const firstLines = await readFirstLines(given, disk);
  const listFiles = new Map<string, { readonly text: string } | { readonly problem: string }>();
  const { classes } = source;
  const resolveOptions = { facts, directory: dirname(path), firstLines, otherText, listFiles, classes };
  let resolved = resolveAll(source, resolveOptions);
  for (let wanted = wantedFiles(resolved); wanted.length > 0; wanted = wantedFiles(resolved)) {
    for (const file of wanted) listFiles.set(file, await readListFile(file, disk));
    resolved = resolveAll(source, resolveOptions);
  }
  const { base, byService } = resolved;
  problems.push(...base.problems);
  for (const { own, resolved: ofService } of byService.values()) {
    problems.push(...ofService.problems.filter((problem) => own.has(problem.name)));
  }
  const { transports, problems: ofTransports } = readTransports(source.transports, {
    base,
    place: { directory: dirname(path), addresses: [] },
    resolve: (own) => resolveSettings(new Map([...given, ...own]), resolveOptions),
  });
  problems.push(...ofTransports);
  problems.push(...checkTogether(base.settings, given), ...await checkFiles(base, given, disk));
  const loaded: LoadedSettings = {
    path,
    settings: base.settings,
    problems: placedProblems(problems, path),
    notices: source.notices ?? [],
    sourceOf: (name, service) => {
      const own = service === undefined ? undefined : byService.get(service)!.own.get(name);
      const { line, file = path } = own ?? given.get(name) ?? {};
      return line === undefined ? "default" : { file, line };
    },
    forService: (service) => byService.get(service)!.resolved.settings,
    itemsOf: (name, service) => {
      const { items, settings } = service === undefined ? base : byService.get(service)!.resolved;
      return items.get(name) ?? plainItems(settings[name]);
    },
    restrictionClasses: base.restrictionClasses,
    transports,
    textOf: (name, { expanded } = { expanded: true }) => expanded ? base.text(name) : base.written(name),
  };
  const unread = [
    ...restrictionProblems(base).map(({ name, text }) => ({ ...lineOf(given.get(name)), text })),
    ...Array.from(
      byService.values(),
      ({ own, resolved }) =>
        restrictionProblems(resolved).filter(({ name }) => own.has(name))
          .map(({ name, text }) => ({ ...lineOf(own.get(name)), text })),
    ).flat(),
  ];
  return { loaded, base, unread };
}

function lineOf(given: GivenSetting | undefined): Pick<SourceProblem, "line" | "file"> {
  return { line: given?.line, file: given?.file };
}

function placedProblems(problems: readonly SourceProblem[], path: string): readonly ConfigProblem[] {
  return tidy(problems).map(({ line, text, file }) => ({ file: file ?? path, line, text }));
}

function plainItems(value: unknown): readonly SourcedItem[] {
  return Array.isArray(value) ? value.map((item) => ({ text: String(item) })) : [];
}

interface ResolvedOfService {
  readonly own: ReadonlyMap<string, GivenSetting>;
  readonly resolved: Resolved;
}

interface ResolvedAll {
  readonly base: Resolved;
  readonly byService: ReadonlyMap<ServiceName, ResolvedOfService>;
}

/** What a service has of its own stays, whatever stands outside of its section. */
const keptOfService: readonly string[] = ["content_filter", "smtpd_relay_restrictions"];

function resolveAll(source: SettingsSource, options: ResolveOptions): ResolvedAll {
  const { given } = source;
  const byService = new Map<ServiceName, ResolvedOfService>();
  for (const service of Object.keys(services) as ServiceName[]) {
    const own = new Map<string, GivenSetting>();
    for (const [name, raw] of Object.entries(source.ofService[service] ?? {})) {
      if (!given.has(name) || keptOfService.includes(name)) own.set(name, { raw, line: undefined });
    }
    for (const [name, setting] of source.sections.get(service) ?? []) own.set(name, setting);
    byService.set(service, { own, resolved: resolveSettings(new Map([...given, ...own]), options) });
  }
  return { base: resolveSettings(given, options), byService };
}

function wantedFiles({ base, byService }: ResolvedAll): readonly string[] {
  const wanted = [base, ...Array.from(byService.values(), ({ resolved }) => resolved)];
  return [...new Set(wanted.flatMap((resolved) => [...resolved.wantedFiles]))];
}

/** A file of items that a list names. */
async function readListFile(
  path: string,
  disk: LoadOptions["disk"],
): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    const text = utf8TextStrict(await disk.readFile(path, maxFileOctets));
    return text === undefined ? { problem: `${path} is not UTF-8 text` } : { text };
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    return { problem: `cannot read ${path}: ${thrown.message.slice(thrown.message.lastIndexOf(": ") + 2)}` };
  }
}

/** `file, line N: text`. */
export function formatProblem(problem: ConfigProblem): string {
  return new ConfigError(problem.text, problem.file, problem.line).message;
}

function tidy(problems: readonly SourceProblem[]): SourceProblem[] {
  const seen = new Set<string>();
  const order = ({ file = "", line = 0 }: SourceProblem) => [file, line] as const;
  return problems.filter((problem) => {
    const key = `${problem.file ?? ""}:${problem.line}:${problem.text}`;
    return !seen.has(key) && seen.add(key);
  }).sort((left, right) => {
    const [leftFile, leftLine] = order(left);
    const [rightFile, rightLine] = order(right);
    return leftFile < rightFile ? -1 : leftFile > rightFile ? 1 : leftLine - rightLine;
  });
}

/** The text of a settings file, or what keeps it from being read. */
export async function readSettingsText(
  path: string,
  disk: LoadOptions["disk"],
): Promise<{ readonly text: string; readonly problems: readonly SourceProblem[] }> {
  try {
    const bytes = await disk.readFile(path, maxFileOctets);
    const text = utf8TextStrict(bytes);
    if (text !== undefined) return { text, problems: [] };
    return {
      text: "",
      problems: [{ line: notUtf8Line(bytes), text: "the settings file is not UTF-8 text" }],
    };
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    const reason = thrown.message.slice(thrown.message.lastIndexOf(": ") + 2);
    return { text: "", problems: [{ text: `cannot read the settings file: ${reason}` }] };
  }
}

/** The first line that is not UTF-8, from 1. */
function notUtf8Line(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(LF, start);
    const next = end < 0 ? bytes.length : end + 1;
    if (utf8TextStrict(bytes.subarray(start, next)) === undefined) break;
    start = next;
  }
  return line;
}

/** The first lines of files that settings like myorigin name, by path. */
async function readFirstLines(
  given: ReadonlyMap<string, GivenSetting>,
  disk: LoadOptions["disk"],
): Promise<ReadonlyMap<string, string>> {
  const lines = new Map<string, string>();
  for (const [name, { raw }] of given) {
    const isFileName = isSettingName(name) && parameters[name].fromFile && typeof raw === "string" &&
      raw.startsWith("/");
    if (!isFileName) continue;
    const info = await disk.stat(raw).catch(() => undefined);
    if (info?.kind !== "file" || info.octets > maxFileOctets) continue;
    const text = utf8TextStrict(await disk.readFile(raw, maxFileOctets).catch(() => new Uint8Array(0)));
    lines.set(raw, text?.split(/\r?\n/, 1)[0]?.trim() ?? "");
  }
  return lines;
}
