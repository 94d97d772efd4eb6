/** The files that settings name: built tables older than their source, and files that others may write. */

import type { Disk, FileInfo } from "../../../store/file/disk.ts";
import { DiskError } from "../../../store/file/disk.ts";
import { sourceEntries } from "../../../store/table/source.ts";

import { parameters, settingNames } from "../../config/schema.ts";
import type { SettingName } from "../../config/schema.ts";
import type { SettingsView } from "../../config/mta/view.ts";
import { tableFiles, tablesIn } from "../../config/table_specs.ts";

import type { Finding } from "./finding.ts";

/** Tables by `type:name`, with the first setting that names each. */
export function allTables(views: readonly SettingsView[]): ReadonlyMap<string, SettingName> {
  const tables = new Map<string, SettingName>();
  for (const view of views) {
    for (const name of settingNames) {
      const { holdsTables, kind } = parameters[name];
      if (!holdsTables) continue;
      for (const table of tablesIn(kind, view.settings[name] as readonly string[])) {
        if (!tables.has(table)) tables.set(table, name);
      }
    }
    for (const items of view.restrictionClasses.values()) {
      for (const table of tablesIn("restrictions", items)) {
        if (!tables.has(table)) tables.set(table, "smtpd_restriction_classes");
      }
    }
  }
  return tables;
}

export async function checkTableFiles(
  views: readonly SettingsView[],
  disk: Pick<Disk, "stat" | "readFile">,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [table, name] of allTables(views)) {
    const kind = name === "alias_maps" || name === "alias_database" ? "alias" : "map";
    for (const { path, type, isBuilt } of tableFiles(table)) {
      if (!path.startsWith("/")) continue;
      if (kind === "map" && (isBuilt || type === "texthash")) findings.push(...await badLines(path, disk));
      const source = await look(disk, path);
      if (source !== undefined) findings.push(...othersMayWrite(path, source));
      if (!isBuilt) continue;
      const built = await look(disk, `${path}.cdb`);
      const command = `run "mailsrv ${kind} build ${table}"`;
      if (built === undefined && source !== undefined) {
        findings.push({ level: "error", file: path, text: `there is no ${path}.cdb yet: ${command}` });
      } else if (built !== undefined) {
        findings.push(...othersMayWrite(`${path}.cdb`, built));
        if (source !== undefined && source.modifiedMs > built.modifiedMs) {
          findings.push({
            level: "warning",
            file: path,
            text: `database ${path}.cdb is older than source file ${path}: ${command}`,
          });
        }
      }
    }
  }
  return findings;
}

/** Lines that are left out of the table. */
async function badLines(file: string, disk: Pick<Disk, "readFile">): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const bytes = await readIfThere(disk, file) ?? new Uint8Array(0);
  const seen = new Set<string>();
  const warn = (text: string) => findings.push(warningAt(file, text));
  for (const { key, line } of sourceEntries(bytes, { kind: "map", file, warn })) {
    if (seen.has(key)) findings.push({ level: "warning", file, line, text: `duplicate entry: "${key}"` });
    seen.add(key);
  }
  return findings;
}

/** Sources are warned of as `FILE, line N: TEXT`. */
export function warningAt(file: string, warning: string): Finding {
  const [, line, text = warning] = /^.*?, line (\d+): ([^]*)$/.exec(warning) ?? [];
  return { level: "warning", file, line: line === undefined ? undefined : Number(line), text };
}

const maxOctets = 64 << 20;

export async function readIfThere(
  disk: Pick<Disk, "readFile">,
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    return await disk.readFile(path, maxOctets);
  } catch (thrown) {
    if (thrown instanceof DiskError) return undefined;
    throw thrown;
  }
}

/** Whoever can write a table or the settings decides who may send mail. */
export function othersMayWrite(path: string, { mode }: FileInfo): readonly Finding[] {
  if ((mode & 0o002) === 0) return [];
  return [{ level: "warning", file: path, text: `everybody may write this file: run "chmod o-w ${path}"` }];
}

export async function look(disk: Pick<Disk, "stat">, path: string): Promise<FileInfo | undefined> {
  try {
    return await disk.stat(path);
  } catch (thrown) {
    if (thrown instanceof DiskError) return undefined;
    throw thrown;
  }
}
