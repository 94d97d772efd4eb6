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
import type { Facts } from "./parameter.ts";
import { readStatements } from "./read_statements.ts";
import type { GivenSetting } from "./read_statements.ts";
import { resolveSettings } from "./resolve.ts";
import type { Resolved } from "./resolve.ts";
import type { ServiceName, SettingName, Settings } from "./schema.ts";
import { isSettingName, parameters, services } from "./schema.ts";

/** One thing wrong with the settings: `file, line N: text`. */
export interface ConfigProblem {
  readonly file: string;
  readonly line?: number | undefined;
  readonly text: string;
}

export type SettingSource = { readonly file: string; readonly line: number } | "default";

export interface LoadedSettings {
  readonly path: string;
  readonly settings: Settings;
  /** In the order of the file. Empty: the settings are good. */
  readonly problems: readonly ConfigProblem[];
  sourceOf(name: SettingName): SettingSource;
  /** The settings as a service sees them: with its section of the file over the rest. */
  forService(service: ServiceName): Settings;
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
  const { path, disk, facts } = options;
  const file = await readSettingsText(path, disk);
  const read = readStatements(file.text);
  const problems: { line?: number | undefined; text: string }[] = [...file.problems, ...read.problems];
  const { given } = read;
  const directory = dirname(path);
  const firstLines = await readFirstLines(given, disk);
  const base = resolveSettings(given, { facts, directory, firstLines });
  problems.push(...base.problems);
  const byService = new Map<ServiceName, Resolved>();
  for (const service of Object.keys(services) as ServiceName[]) {
    const own = new Map<string, GivenSetting>();
    for (const [name, raw] of Object.entries(services[service])) {
      if (!given.has(name)) own.set(name, { raw, line: undefined });
    }
    for (const [name, setting] of read.sections.get(service) ?? []) own.set(name, setting);
    const resolved = resolveSettings(new Map([...given, ...own]), { facts, directory, firstLines });
    problems.push(...resolved.problems.filter((problem) => own.has(problem.name)));
    byService.set(service, resolved);
  }
  problems.push(...checkTogether(base.settings, given), ...await checkFiles(base, given, disk));
  return {
    path,
    settings: base.settings,
    problems: tidy(problems).map(({ line, text }) => ({ file: path, line, text })),
    sourceOf: (name) => {
      const line = given.get(name)?.line;
      return line === undefined ? "default" : { file: path, line };
    },
    forService: (service) => byService.get(service)!.settings,
    textOf: (name, { expanded } = { expanded: true }) => expanded ? base.text(name) : base.written(name),
  };
}

/** `file, line N: text`. */
export function formatProblem(problem: ConfigProblem): string {
  return new ConfigError(problem.text, problem.file, problem.line).message;
}

function tidy<P extends { readonly line?: number | undefined; readonly text: string }>(
  problems: readonly P[],
): P[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.line}:${problem.text}`;
    return !seen.has(key) && seen.add(key);
  }).sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
}

async function readSettingsText(
  path: string,
  disk: LoadOptions["disk"],
): Promise<
  { readonly text: string; readonly problems: readonly { readonly line?: number; readonly text: string }[] }
> {
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
