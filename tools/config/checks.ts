/** What can only be checked between settings, or by looking whether files are there. */

import type { Disk } from "../../store/file/disk.ts";
import { indexedTypes } from "../../store/table/table_types.ts";

import type { GivenSetting } from "./read_statements.ts";
import type { ListenAddress } from "./listen.ts";
import type { Parameter } from "./parameter.ts";
import type { SettingName, Settings } from "./schema.ts";
import { parameters, settingNames } from "./schema.ts";
import { parseTableSpec } from "./table_specs.ts";
import { formatDuration } from "./units.ts";

export interface CheckProblem {
  readonly line: number | undefined;
  readonly text: string;
}

type Given = ReadonlyMap<string, GivenSetting>;

/** Settings that contradict each other. */
export function checkTogether(settings: Settings, given: Given): readonly CheckProblem[] {
  return [...checkOrder(settings, given), ...checkListeners(settings, given)];
}

function checkOrder(settings: Settings, given: Given): readonly CheckProblem[] {
  const problems: CheckProblem[] = [];
  const atMost = (small: SettingName, large: SettingName, show: (value: number) => string) => {
    const [less, more] = [Number(settings[small]), Number(settings[large])];
    const line = given.get(large)?.line ?? given.get(small)?.line;
    if (less > more) {
      problems.push({ line, text: `${large}: ${show(more)} is less than ${small}, ${show(less)}` });
    }
  };
  atMost("minimal_backoff_time", "maximal_backoff_time", formatDuration);
  if (settings.mailbox_size_limit > 0) {
    // Postfix's local(8) refuses to start then too: mail would be taken that no mailbox can hold.
    if (settings.message_size_limit === 0) {
      const line = given.get("message_size_limit")?.line;
      problems.push({ line, text: "message_size_limit: has no limit, but mailbox_size_limit has one" });
    }
    atMost("message_size_limit", "mailbox_size_limit", String);
  }
  return problems;
}

function checkListeners(settings: Settings, given: Given): readonly CheckProblem[] {
  const problems: CheckProblem[] = [];
  const taken = new Map<string, string>();
  for (const name of settingNames) {
    const row: Parameter<unknown> = parameters[name];
    if (row.kind !== "listen") continue;
    for (const { address, port } of settings[name] as readonly ListenAddress[]) {
      const place = `${address}:${port}`;
      const other = taken.get(place);
      if (other !== undefined && port !== 0) {
        problems.push({
          line: given.get(name)?.line,
          text: `${name}: ${place} is already taken by ${other}`,
        });
      }
      taken.set(place, name);
    }
  }
  return problems;
}

/** Files that the settings file names and that are not there. */
export async function checkFiles(
  settings: Settings,
  given: Given,
  disk: Pick<Disk, "stat">,
): Promise<readonly CheckProblem[]> {
  const problems: CheckProblem[] = [];
  for (const name of settingNames) {
    const source = given.get(name);
    if (source === undefined) continue;
    const row: Parameter<unknown> = parameters[name];
    const value: unknown = settings[name];
    const text = row.mustBe !== undefined && typeof value === "string"
      ? await checkPath(value, row.mustBe, disk)
      : row.holdsTables && Array.isArray(value)
      ? await checkTables(value, disk)
      : undefined;
    if (text !== undefined) problems.push({ line: source.line, text: `${name}: ${text}` });
  }
  return problems;
}

async function checkPath(
  path: string,
  kind: "file" | "directory",
  disk: Pick<Disk, "stat">,
): Promise<string | undefined> {
  if (path === "") return undefined;
  const info = await disk.stat(path);
  if (info === undefined) return `there is no ${kind} ${path}`;
  return info.kind === kind ? undefined : `${path} is not a ${kind}`;
}

async function checkTables(items: readonly unknown[], disk: Pick<Disk, "stat">): Promise<string | undefined> {
  for (const item of items) {
    const spec = typeof item === "string" ? parseTableSpec(item) : undefined;
    if (spec === undefined || !spec.name.startsWith("/")) continue;
    const built = indexedTypes.includes(spec.type) && await disk.stat(`${spec.name}.cdb`) !== undefined;
    const source = await disk.stat(spec.name);
    if (!built && source === undefined) return `there is no file ${spec.name}`;
    if (source !== undefined && source.kind === "directory") return `${spec.name} is a directory`;
  }
  return undefined;
}
