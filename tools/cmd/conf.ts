/** `mailsrv conf` (= postconf): the settings in force, the defaults, what differs; and changing them. */

import { join, resolve } from "@std/path";

import { tableTypes } from "../../store/table/table_types.ts";

import { formatTemplates, formatTexts } from "../../mta/queue/report_template.ts";

import type { LoadedSettings } from "../config/load.ts";
import { formatProblem, loadSettings } from "../config/load.ts";
import type { LoadedPostfix } from "../config/postfix/load_postfix.ts";
import type { MasterCf } from "../config/postfix/master_cf.ts";

import type { Arguments, Command } from "./command.ts";
import { UsageError } from "./command.ts";
import { changedText, changeMaster, changeSettings, parseChanges, withText } from "./conf/edit.ts";
import { parseMasterChanges } from "./conf/edit_master.ts";
import type { MasterOptions, MasterRow } from "./conf/master_view.ts";
import { fieldRows, isRequested, overrideRows, serviceRows } from "./conf/master_view.ts";
import type { ConfOptions } from "./conf/options.ts";
import { parseConfOptions } from "./conf/options.ts";
import { postfixView, tomlView } from "./conf/view.ts";
import type { Context } from "./context.ts";
import type { ExitCode } from "./exit_code.ts";
import { exitCode } from "./exit_code.ts";
import { readReportTemplates } from "./report_templates.ts";
import type { SettingsPlace } from "./settings.ts";
import { existingPlace, machineFacts, readSettings } from "./settings.ts";

export const confCommand: Command = {
  name: "conf",
  summary: "show or change settings, name = value (postconf)",
  arguments: "[NAME ... | NAME=VALUE ...]",
  details: [
    "The options are those of postconf, and may stand together (-nx). Without names, all settings, as they are written; with -x the $names in " +
    "them are put in. NAME=VALUE changes the settings file and keeps its comments and its order. " +
    `"mailsrv conf import" makes mailsrv.toml of Postfix's files.`,
  ],
  ownArguments: true,
  options: [
    { name: "changed", letter: "n", summary: "only what the settings file sets" },
    { name: "defaults", letter: "d", summary: "the defaults" },
    { name: "expand", letter: "x", summary: "with $names put in" },
    { name: "values", letter: "h", summary: "values only" },
    { name: "names", letter: "H", summary: "names only" },
    { name: "json", letter: "j", summary: "one JSON object a line" },
    { name: "edit", letter: "e", summary: "change settings: NAME=VALUE (also without -e)" },
    { name: "comment", letter: "#", summary: "make comments of the settings NAME" },
    { name: "remove", letter: "X", summary: "take the settings NAME out of the file" },
    { name: "texts", letter: "b", summary: "the texts of reports about mail; -t: as templates (bounce(5))" },
    {
      name: "services",
      letter: "M",
      summary: "master.cf's services; -F their fields, -P their -o; with -e, -X, -# changes (with --postfix)",
    },
  ],
  run: async (context, given) => {
    const options = parseConfOptions(given.rest);
    switch (options.mode) {
      case "table types":
        return await printLines(context, tableTypes.toSorted());
      case "lock types":
        return await printLines(context, ["flock", "fcntl", "dotlock"]);
      case "sasl server types":
        return await printLines(context, ["mailsrv"]);
      case "sasl client types":
        return exitCode.ok;
      case "bounce texts":
      case "bounce templates":
        return await showTemplates(context, options);
      case "edit":
      case "comment":
      case "remove": {
        const changes = parseChanges(options.mode, options.rest);
        await changeSettings(context, await placeOf(context, options), changes);
        return exitCode.ok;
      }
      case "edit services":
      case "comment services":
      case "remove services":
      case "edit service fields":
      case "edit service settings":
      case "remove service settings": {
        const changes = parseMasterChanges(options.mode, options.rest);
        for (const name of await changeMaster(context, await placeOf(context, options), changes)) {
          context.complain(`warning: unmatched service_name/type: "${name}"`);
        }
        return exitCode.ok;
      }
      case "services":
      case "service fields":
      case "service settings":
        return await showMaster(context, options);
      case "settings":
        return await showSettings(context, options);
    }
  },
};

async function printLines(context: Context, lines: readonly string[]): Promise<ExitCode> {
  await context.print(lines.map((line) => `${line}\n`).join(""));
  return exitCode.ok;
}

/** `-c` as postconf has it is a directory; as every command here has it, a file. */
async function placeOf(context: Context, options: ConfOptions): Promise<SettingsPlace> {
  const { place, own } = options;
  if (place === undefined) return await existingPlace(context, { options: own, rest: [] });
  return await existingPlace(context, {
    options: { ...own, ...await placeOption(context, place) },
    rest: [],
  });
}

async function placeOption({ disk }: Context, place: string): Promise<Arguments["options"]> {
  if (place.endsWith("/main.cf")) return { postfix: resolve(place, "..") };
  const isDirectory = (await disk.stat(resolve(place)))?.kind === "directory";
  if (!isDirectory) return { config: place };
  const isPostfix = await disk.stat(join(resolve(place), "main.cf")) !== undefined;
  return isPostfix ? { postfix: place } : { config: join(place, "mailsrv.toml") };
}

interface Read {
  readonly loaded: LoadedSettings;
  readonly postfix: LoadedPostfix | undefined;
}

/**
 * The settings with `-o` over them, or those of an empty file (`-d`). Their problems are shown, and do not keep the rest
 * from being shown.
 */
async function read(context: Context, options: ConfOptions): Promise<Read> {
  const place = await placeOf(context, options);
  const { disk } = context;
  if (options.defaults) return asRead(await readSettings({ disk: withText(disk, place.path, "") }, place));
  const changes = options.overrides.length === 0 ? [] : parseChanges("edit", options.overrides);
  const text = changes.length === 0 ? undefined : await changedText(context, place, changes);
  const world = text === undefined ? context : { disk: withText(disk, place.path, text) };
  const loaded = await readSettings(world, place);
  for (const problem of loaded.problems) context.complain(formatProblem(problem));
  for (const notice of loaded.notices) {
    const isTold = notice.file === place.path && (notice.kind === "warning" || notice.kind === "unused");
    if (isTold) context.complain(`warning: ${formatProblem(notice)}`);
  }
  return asRead(loaded);
}

function asRead(loaded: LoadedSettings): Read {
  return { loaded, postfix: "mainCf" in loaded ? loaded as LoadedPostfix : undefined };
}

async function showSettings(context: Context, options: ConfOptions): Promise<ExitCode> {
  const isPlaced = options.place !== undefined || Object.keys(options.own).length > 0;
  const { loaded, postfix } = options.defaults && !isPlaced
    ? asRead(await defaultSettings())
    : await read(context, options);
  const view = postfix === undefined ? tomlView(loaded) : postfixView(postfix);
  for (const name of options.rest) {
    if (!view.has(name)) context.complain(`warning: ${name}: unknown parameter`);
  }
  const wanted = options.rest.length === 0
    ? view.names(options.classes)
    : options.rest.filter((name) => view.has(name));
  const rows = wanted.filter((name) => !options.changed || view.isSet(name))
    .map((name) => ({ name, value: view.text(name, options) }));
  await printRows(context, rows, options);
  return options.defaults || loaded.problems.length === 0 ? exitCode.ok : exitCode.config;
}

/** `-b [FILE]`: the texts of reports with settings put in; `-t [FILE]`: their templates. */
async function showTemplates(context: Context, options: ConfOptions): Promise<ExitCode> {
  const { loaded } = await read(context, options);
  const [path] = options.rest;
  const templates = await readReportTemplates(
    loaded,
    context.disk,
    path === undefined ? path : resolve(path),
  );
  for (const warning of templates.warnings) context.complain(`warning: ${warning}`);
  await context.print(
    options.mode === "bounce texts" ? formatTexts(templates.expanded) : formatTemplates(templates.written),
  );
  return exitCode.ok;
}

async function showMaster(context: Context, options: ConfOptions): Promise<ExitCode> {
  const { postfix } = await read(context, options);
  if (postfix === undefined) {
    throw new UsageError("conf: there is no master.cf beside mailsrv.toml; say where with --postfix");
  }
  // $service_name stands for the service (master(5)).
  const ofService = (value: string, service: string) =>
    value.replace(/\$(?:\{service_name\}|\(service_name\)|service_name\b)/g, () => service);
  const valueOf = (value: string, service: string) =>
    options.expanded ? postfix.expand(ofService(value, service)) : value;
  const rows = masterRows(postfix.masterCf, { ...options, valueOf });
  for (const request of options.rest) {
    if (!rows.some((row) => isRequested(request, row))) {
      context.complain(`warning: unmatched request: "${request}"`);
    }
  }
  const wanted = options.rest.length === 0
    ? rows
    : rows.filter((row) => options.rest.some((request) => isRequested(request, row)));
  if (options.mode === "services" && !options.json) {
    return await printLines(context, wanted.map(({ value }) => value));
  }
  await printRows(context, wanted, options);
  return exitCode.ok;
}

function masterRows(masterCf: MasterCf, options: ConfOptions & MasterOptions): readonly MasterRow[] {
  if (options.mode === "services") return serviceRows(masterCf, options);
  return options.mode === "service fields" ? fieldRows(masterCf) : overrideRows(masterCf, options);
}

async function printRows(
  context: Context,
  rows: readonly { readonly name: string; readonly value: string }[],
  { style, json }: ConfOptions,
): Promise<void> {
  const line = ({ name, value }: { readonly name: string; readonly value: string }) => {
    if (json) return JSON.stringify({ name, value });
    if (style === "names") return name;
    return style === "values" ? value : `${name} = ${value}`.trimEnd();
  };
  await context.print(rows.map((row) => `${line(row)}\n`).join(""));
}

/** The settings of an empty file. */
function defaultSettings(): Promise<LoadedSettings> {
  const disk = { readFile: () => Promise.resolve(new Uint8Array(0)), stat: () => Promise.resolve(undefined) };
  return loadSettings({ path: "/etc/mailsrv/mailsrv.toml", disk, facts: machineFacts() });
}
