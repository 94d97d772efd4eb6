/** Which tables the settings use for what, and the lines of those that are files here. */

import { DiskError } from "../../../store/file/disk.ts";
import type { Disk } from "../../../store/file/disk.ts";

import { bareTable } from "../../../mta/policy/restriction_list.ts";
import type { RestrictionCall } from "../../../mta/policy/restriction_call.ts";

import { parsedClasses, parsedLists } from "../../config/mta/policy_settings.ts";
import type { SettingsView } from "../../config/mta/view.ts";
import { tableFiles, tablesIn } from "../../config/table_specs.ts";

import type { AccessTable } from "./access_lines.ts";
import { tableLines } from "./table_lines.ts";

const maxTableOctets = 64 << 20;

/** The tables of check_..._access and bare ones, by what they are asked about: `client`, `sender`, `helo`, ... */
export function accessTables(
  view: SettingsView,
): readonly { readonly about: string; readonly spec: string }[] {
  const ofLists = Array.from(
    parsedLists(view),
    ([list, { calls }]) => calls.flatMap((call) => use(call, list)),
  );
  const ofClasses = Array.from(
    parsedClasses(view).values(),
    ({ calls }) => calls.flatMap((call) => use(call, undefined)),
  );
  return [...ofLists, ...ofClasses].flat();
}

function use({ name, argument = "" }: RestrictionCall, list: string | undefined) {
  if (name === bareTable) return [{ about: list === "relay" ? "recipient" : list ?? "", spec: argument }];
  const about = /^check_(.+)_access$/.exec(name)?.[1];
  return about === undefined ? [] : [{ about, spec: argument }];
}

/** The tables of a list of clients. */
export function trustTables(view: SettingsView, name: "mynetworks"): readonly string[] {
  return tablesIn("list", view.settings[name]);
}

/** Reads the files of tables that can be read, each once. */
export class TableReader {
  readonly #disk: Pick<Disk, "readFile">;
  readonly #read = new Map<string, Promise<AccessTable | undefined>>();

  constructor(disk: Pick<Disk, "readFile">) {
    this.#disk = disk;
  }

  async read(spec: string): Promise<readonly AccessTable[]> {
    const files = tableFiles(spec).filter(({ type, path }) => type !== "sqlite" && path.startsWith("/"));
    const tables: AccessTable[] = [];
    for (const { type, path } of files) {
      const key = `${type}:${path}`;
      const reading = this.#read.get(key) ?? this.#open(key, { type, path });
      this.#read.set(key, reading);
      const table = await reading;
      if (table !== undefined) tables.push(table);
    }
    return tables;
  }

  async #open(
    spec: string,
    { type, path }: { readonly type: string; readonly path: string },
  ): Promise<AccessTable | undefined> {
    try {
      const bytes = await this.#disk.readFile(path, maxTableOctets);
      return { spec, file: path, lines: tableLines(type, bytes) };
    } catch (thrown) {
      if (thrown instanceof DiskError) return undefined;
      throw thrown;
    }
  }
}
