/** The aliases that alias_maps names: loops, names that lead nowhere, no postmaster. */

import { utf8Text } from "../../kit/base/bytes.ts";
import { parsePasswd } from "../../kit/os/passwd.ts";

import type { Disk } from "../../../store/file/disk.ts";
import { sourceEntries } from "../../../store/table/source.ts";
import { parsePasswdFile } from "../../../store/users/passwd_lines.ts";

import type { AliasEntry } from "../../../mta/address/alias_check.ts";
import { checkAliases } from "../../../mta/address/alias_check.ts";
import { localDomains } from "../../../mta/address/local_settings.ts";

import type { LoadedSettings } from "../../config/load.ts";
import { expansionSettings } from "../../config/mta/delivery_settings.ts";
import type { Settings } from "../../config/schema.ts";
import { tableFiles } from "../../config/table_specs.ts";

import type { Finding } from "./finding.ts";
import { readIfThere, warningAt } from "./table_files.ts";

export async function checkAliasMaps(
  loaded: LoadedSettings,
  disk: Pick<Disk, "readFile">,
): Promise<readonly Finding[]> {
  const { settings } = loaded;
  if (settings.alias_maps.length === 0) return [];
  const source = loaded.sourceOf("alias_maps");
  const place = source === "default" ? { file: loaded.path } : source;
  const read = await readAliases(settings, disk);
  const users = await knownUsers(settings, disk);
  const domains = new Set(settings.mydestination.map((domain) => domain.toLowerCase()));
  const isLocalDomain = (domain: string) => domains.has(domain);
  const problems = checkAliases(read.entries, {
    settings: expansionSettings(settings, localDomains(isLocalDomain)),
    isLocalDomain,
    isUser: users.isUser,
    isPartial: read.isPartial,
  });
  return [
    ...users.findings,
    ...read.findings,
    ...problems.map(({ level, file, line, text }): Finding =>
      file === undefined ? { level, ...place, text: `alias_maps: ${text}` } : { level, file, line, text }
    ),
  ];
}

async function readAliases(settings: Settings, disk: Pick<Disk, "readFile">) {
  const entries: AliasEntry[] = [];
  const findings: Finding[] = [];
  let isPartial = false;
  for (const table of settings.alias_maps) {
    const files = tableFiles(table).filter(({ isBuilt, type }) => isBuilt || type === "texthash");
    isPartial ||= files.length === 0;
    for (const { path: file } of files) {
      const bytes = await readIfThere(disk, file);
      isPartial ||= bytes === undefined;
      const warn = (text: string) => findings.push(warningAt(file, text));
      for (const entry of sourceEntries(bytes ?? new Uint8Array(0), { kind: "alias", file, warn })) {
        entries.push({ file, line: entry.line, key: entry.key, value: entry.value });
      }
    }
  }
  return { entries, findings, isPartial };
}

interface KnownUsers {
  /** `undefined` when it cannot be known who is a user. */
  readonly isUser: ((name: string) => boolean) | undefined;
  readonly findings: readonly Finding[];
}

async function knownUsers(settings: Settings, disk: Pick<Disk, "readFile">): Promise<KnownUsers> {
  const file = settings.passwd_file;
  const own = await readIfThere(disk, file);
  const { users, faults } = parsePasswdFile(own ?? new Uint8Array(0));
  const findings = faults.map(({ line, text }): Finding => ({ level: "warning", file, line, text }));
  const names = new Set(users.keys());
  if (settings.system_users) {
    const system = await readIfThere(disk, "/etc/passwd");
    if (system === undefined) return { isUser: undefined, findings };
    for (const { name } of parsePasswd(utf8Text(system))) names.add(name.toLowerCase());
  } else if (own === undefined) return { isUser: undefined, findings };
  return { isUser: (name) => names.has(name.toLowerCase()), findings };
}
