/** What can only be checked between settings, or by looking whether files are there. */

import { utf8Bytes } from "../kit/base/bytes.ts";

import type { Disk, FileInfo } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";

import type { GivenSetting } from "./read_statements.ts";
import type { ListenAddress } from "./listen.ts";
import { formatListen } from "./listen.ts";
import type { Parameter } from "./parameter.ts";
import type { Resolved } from "./resolve.ts";
import type { SettingName, Settings } from "./schema.ts";
import { parameters, settingNames } from "./schema.ts";
import { tableFiles, tablesIn } from "./table_specs.ts";
import { formatDuration } from "./units.ts";

export interface CheckProblem {
  readonly line: number | undefined;
  readonly file: string | undefined;
  readonly text: string;
}

type Given = ReadonlyMap<string, GivenSetting>;

function placeOf(setting: GivenSetting | undefined): Pick<CheckProblem, "line" | "file"> {
  return { line: setting?.line, file: setting?.file };
}

/** Settings that contradict each other. */
export function checkTogether(settings: Settings, given: Given): readonly CheckProblem[] {
  return [
    ...checkOrder(settings, given),
    ...checkListeners(settings, given),
    ...checkControlSocket(settings, given),
  ];
}

/** sun_path of unix(7) without its NUL. */
const maxSocketPathOctets = 107;

function checkControlSocket({ control_socket: path }: Settings, given: Given): readonly CheckProblem[] {
  const { length } = utf8Bytes(path);
  if (length <= maxSocketPathOctets) return [];
  const text = `control_socket: ${path} has ${length} octets, and the path of a socket can have ` +
    `${maxSocketPathOctets}: put it into another directory`;
  return [{ ...placeOf(given.get("control_socket")), text }];
}

function checkOrder(settings: Settings, given: Given): readonly CheckProblem[] {
  const problems: CheckProblem[] = [];
  const atMost = (small: SettingName, large: SettingName, show: (value: number) => string) => {
    const [less, more] = [Number(settings[small]), Number(settings[large])];
    const source = given.get(large)?.line === undefined ? given.get(small) : given.get(large);
    if (less > more) {
      problems.push({
        ...placeOf(source),
        text: `${large}: ${show(more)} is less than ${small}, ${show(less)}`,
      });
    }
  };
  atMost("minimal_backoff_time", "maximal_backoff_time", formatDuration);
  if (settings.mailbox_size_limit > 0) {
    // Postfix's local(8) refuses to start then too: mail would be taken that no mailbox can hold.
    if (settings.message_size_limit === 0) {
      const source = given.get("message_size_limit");
      problems.push({
        ...placeOf(source),
        text: "message_size_limit: has no limit, but mailbox_size_limit has one",
      });
    }
    atMost("message_size_limit", "mailbox_size_limit", String);
  }
  return problems;
}

/** Listeners of which the second could not be opened. */
function checkListeners(settings: Settings, given: Given): readonly CheckProblem[] {
  const problems: CheckProblem[] = [];
  const taken: { readonly name: SettingName; readonly listen: ListenAddress }[] = [];
  for (const name of settingNames) {
    const row: Parameter<unknown> = parameters[name];
    if (row.kind !== "listen") continue;
    for (const listen of settings[name] as readonly ListenAddress[]) {
      const other = taken.find((other) => overlap(listen, other.listen));
      if (other !== undefined) {
        const where = other.name === name ? "" : ` of ${other.name}`;
        const text = `${name}: ${formatListen(listen)} is already taken by ${
          formatListen(other.listen)
        }${where}`;
        problems.push({ ...placeOf(given.get(name)), text });
      }
      taken.push({ name, listen });
    }
  }
  return problems;
}

function overlap(left: ListenAddress, right: ListenAddress): boolean {
  return left.port === right.port && left.port !== 0 &&
    (left.address === right.address || coversOther(left, right) || coversOther(right, left));
}

/** `::` takes all addresses, 0.0.0.0 those of IPv4. */
function coversOther(one: ListenAddress, other: ListenAddress): boolean {
  return one.address === "::" || (one.address === "0.0.0.0" && !other.address.includes(":"));
}

/** Files that the settings file names and that are not there. */
export async function checkFiles(
  { settings, defaulted }: Pick<Resolved, "settings" | "defaulted">,
  given: Given,
  disk: Pick<Disk, "stat">,
): Promise<readonly CheckProblem[]> {
  const problems: CheckProblem[] = [];
  // A file is told of once, at the setting that is written and not at others that refer to it.
  const told = new Set<string>();
  const isWritten = (name: SettingName) => given.get(name)?.line !== undefined;
  const names = [...settingNames.filter(isWritten), ...settingNames.filter((name) => !isWritten(name))];
  for (const name of names) {
    const source = given.get(name);
    if (source === undefined || defaulted.has(name)) continue;
    const row: Parameter<unknown> = parameters[name];
    const value: unknown = settings[name];
    const texts = row.mustBe !== undefined && typeof value === "string"
      ? await checkPath(value, row.mustBe, disk)
      : row.holdsTables && Array.isArray(value)
      ? await checkTables(tablesIn(row.kind, value), disk)
      : [];
    for (const text of texts) {
      if (isWritten(name) || !told.has(text)) problems.push({ ...placeOf(source), text: `${name}: ${text}` });
      told.add(text);
    }
  }
  return problems;
}

async function checkPath(
  path: string,
  kind: "file" | "directory",
  disk: Pick<Disk, "stat">,
): Promise<readonly string[]> {
  if (path === "") return [];
  const info = await look(disk, path);
  if (info instanceof DiskError) return [info.message];
  if (info === undefined) return [`there is no ${kind} ${path}`];
  return info.kind === kind ? [] : [`${path} is not a ${kind}`];
}

async function checkTables(tables: readonly string[], disk: Pick<Disk, "stat">): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { path, isBuilt } of tables.flatMap(tableFiles)) {
    if (!path.startsWith("/")) continue;
    const hasBuilt = isBuilt && await look(disk, `${path}.cdb`) !== undefined;
    const source = await look(disk, path);
    if (source instanceof DiskError) problems.push(source.message);
    else if (source?.kind === "directory") problems.push(`${path} is a directory`);
    else if (source === undefined && !hasBuilt) problems.push(`there is no file ${path}`);
  }
  return problems;
}

async function look(disk: Pick<Disk, "stat">, path: string): Promise<FileInfo | DiskError | undefined> {
  try {
    return await disk.stat(path);
  } catch (thrown) {
    if (thrown instanceof DiskError) return thrown;
    throw thrown;
  }
}
