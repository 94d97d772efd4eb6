/** `conf -e name=value`, `-#`, `-X`: changes in the settings file, which keep its comments and its order. */

import { join } from "@std/path";

import { utf8Bytes, utf8TextStrict } from "../../kit/base/bytes.ts";
import { ConfigError } from "../../kit/base/failure.ts";

import type { Disk } from "../../../store/file/disk.ts";
import { writeFileAtomically } from "../../../store/file/disk.ts";

import type { TomlEdit } from "../../config/edit_toml.ts";
import { editToml, tomlLiteral } from "../../config/edit_toml.ts";
import { formatProblem } from "../../config/load.ts";
import { nearest } from "../../config/nearest.ts";
import type { MainCfEdit } from "../../config/postfix/edit_main_cf.ts";
import { editMainCf } from "../../config/postfix/edit_main_cf.ts";
import { splitPair } from "../../config/postfix/main_cf.ts";
import { isSettingName, settingNames } from "../../config/schema.ts";

import { UsageError } from "../command.ts";
import type { Context } from "../context.ts";
import type { SettingsPlace } from "../settings.ts";
import { readSettings } from "../settings.ts";
import type { MasterChange } from "./edit_master.ts";
import { editMasterCf } from "./edit_master.ts";

/** What the words of the command line ask for. */
export type Change =
  | { readonly kind: "set"; readonly name: string; readonly value: string }
  | { readonly kind: "comment" | "remove"; readonly name: string };

/** @throws UsageError */
export function parseChanges(
  mode: "edit" | "comment" | "remove",
  words: readonly string[],
): readonly Change[] {
  if (words.length === 0) throw new UsageError("conf: no settings named");
  return words.map((word) => {
    if (/[\r\n]/.test(word)) throw new UsageError("conf: -e, -X, or -# accepts no multi-line input");
    if (mode === "edit") {
      const pair = splitPair(word);
      if ("problem" in pair) throw new UsageError(`conf: ${pair.problem}`);
      return { kind: "set", ...pair };
    }
    if (word.includes("=")) throw new UsageError(`conf: "${word}": expected a name without a value`);
    return { kind: mode, name: word.trim() };
  });
}

const maxFileOctets = 1_048_576;

/** The text of the settings file with the changes made. @throws ConfigError */
export async function changedText(
  context: Context,
  place: SettingsPlace,
  changes: readonly Change[],
): Promise<string> {
  const text = utf8TextStrict(await context.disk.readFile(place.path, maxFileOctets));
  if (text === undefined) throw new ConfigError("the settings file is not UTF-8 text", place.path);
  return place.form === "postfix"
    ? editMainCf(text, mainCfEdits(changes))
    : editToml(text, tomlEdits(changes));
}

function mainCfEdits(changes: readonly Change[]): ReadonlyMap<string, MainCfEdit> {
  return new Map(changes.map((change) => [change.name, change]));
}

function tomlEdits(changes: readonly Change[]): ReadonlyMap<string, TomlEdit> {
  return new Map<string, TomlEdit>(changes.map((change) => {
    const { name, kind } = change;
    if (kind !== "set") return [name, { kind }];
    if (!isSettingName(name)) {
      const near = nearest(name, settingNames);
      throw new UsageError(
        `conf: unknown setting "${name}"${near === undefined ? "" : ` (did you mean "${near}"?)`}`,
      );
    }
    return [name, { kind, literal: tomlLiteral(name, change.value) }];
  }));
}

/** The files with another text in the place of one. */
export function withText(
  disk: Pick<Disk, "readFile" | "stat">,
  path: string,
  text: string,
): Pick<Disk, "readFile" | "stat"> {
  return {
    readFile: (file, maxOctets) =>
      file === path ? Promise.resolve(utf8Bytes(text)) : disk.readFile(file, maxOctets),
    stat: (file) => disk.stat(file),
  };
}

/** Makes the changes in the file, unless they would be new faults of it. @throws ConfigError */
export async function changeSettings(
  context: Context,
  place: SettingsPlace,
  changes: readonly Change[],
): Promise<void> {
  const text = await changedText(context, place, changes);
  await replaceChecked(context, place, { path: place.path, text });
}

/** Makes the changes in master.cf; gives names that no service has. @throws ConfigError, UsageError */
export async function changeMaster(
  context: Context,
  place: SettingsPlace,
  changes: readonly MasterChange[],
): Promise<readonly string[]> {
  if (place.form !== "postfix") {
    throw new UsageError("conf: there is no master.cf beside mailsrv.toml; say where with --postfix");
  }
  const path = join(place.directory, "master.cf");
  const text = utf8TextStrict(await context.disk.readFile(path, maxFileOctets));
  if (text === undefined) throw new ConfigError("it is not UTF-8 text", path);
  const edited = editMasterCf(text, changes);
  if (edited.text !== text) await replaceChecked(context, place, { path, text: edited.text });
  return edited.unmatched;
}

/** Replaces a settings file, unless there would be new faults. @throws ConfigError */
async function replaceChecked(
  context: Context,
  place: SettingsPlace,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<void> {
  const before = new Set((await readSettings(context, place)).problems.map(({ text }) => text));
  const after = await readSettings({ disk: withText(context.disk, path, text) }, place);
  const [fault] = after.problems.filter(({ text }) => !before.has(text));
  if (fault !== undefined) throw new ConfigError(`${formatProblem(fault)}; nothing was changed`);
  await replaceFile(context.disk, path, text);
}

/** Keeps mode and owner. @throws ConfigError */
async function replaceFile(disk: Disk, path: string, text: string): Promise<void> {
  const info = await disk.lstat(path);
  if (info?.kind === "link") throw new ConfigError("is a symbolic link; change the file that it names", path);
  const mode = (info?.mode ?? 0o600) & 0o7777;
  await writeFileAtomically(disk, path, utf8Bytes(text), { mode, temporary: `${path}.tmp` });
  const written = await disk.stat(path);
  if (info === undefined || written === undefined) return;
  if (written.uid !== info.uid || written.gid !== info.gid) await disk.chown(path, info.uid, info.gid);
  if ((written.mode & 0o7777) !== mode) await disk.chmod(path, mode);
}
