/**
 * Changes in the text of master.cf, as postconf -Me, -M#, -MX, -Fe, -Pe and -PX make them: comments and other services stay.
 * A service that changes is written in the form of postconf -Mf; comments up to the next service then stand before it,
 * except where the whole of it is new.
 */

import type { MasterService } from "../../config/postfix/master_cf.ts";
import { fieldNames, parseMasterCf } from "../../config/postfix/master_cf.ts";
import { physicalKind, splitPair } from "../../config/postfix/main_cf.ts";

import { UsageError } from "../command.ts";
import { isRequested, serviceLine } from "./master_view.ts";

export type MasterMode =
  | "edit services"
  | "comment services"
  | "remove services"
  | "edit service fields"
  | "edit service settings"
  | "remove service settings";

export type MasterChange =
  /** `name`: `smtp/inet`. */
  | { readonly kind: "service"; readonly name: string; readonly line: string }
  | { readonly kind: "comment" | "remove"; readonly name: string }
  | {
    readonly kind: "field";
    readonly name: string;
    readonly field: (typeof fieldNames)[number];
    readonly value: string;
  }
  /** Without a value it is taken out. */
  | {
    readonly kind: "setting";
    readonly name: string;
    readonly setting: string;
    readonly value: string | undefined;
  };

/** @throws UsageError */
export function parseMasterChanges(mode: MasterMode, words: readonly string[]): readonly MasterChange[] {
  if (words.length === 0) throw new UsageError("conf: no services named");
  return words.map((word) => {
    if (/[\r\n]/.test(word)) throw new UsageError("conf: -e, -X, or -# accepts no multi-line input");
    return parseChange(mode, word);
  });
}

function parseChange(mode: MasterMode, word: string): MasterChange {
  const isEdit = mode.startsWith("edit");
  const pair = isEdit ? splitPair(word) : { name: word.trim(), value: "" };
  if ("problem" in pair) throw new UsageError(`conf: ${pair.problem}`);
  const parts = pair.name.split("/");
  const wanted = mode.endsWith("services") ? 2 : 3;
  if (parts.length !== wanted || parts.includes("")) {
    throw new UsageError(
      `conf: "${pair.name}": expected service/type${
        wanted === 2 ? "" : mode.endsWith("fields") ? "/field" : "/name"
      }`,
    );
  }
  const name = parts.slice(0, 2).join("/");
  const last = parts[2] ?? "";
  switch (mode) {
    case "edit services":
      return { kind: "service", name, line: parsedLine(pair.value) };
    case "comment services":
      return { kind: "comment", name };
    case "remove services":
      return { kind: "remove", name };
    case "edit service fields": {
      const field = fieldNames.find((one) => one === last);
      if (field !== undefined) return { kind: "field", name, field, value: pair.value };
      throw new UsageError(
        `conf: invalid service attribute name: "${last}"; there are ${fieldNames.join(", ")}`,
      );
    }
    case "edit service settings":
      if (/\s/.test(pair.value)) {
        throw new UsageError("conf: -Pe does not accept whitespace in parameter value");
      }
      return { kind: "setting", name, setting: last, value: pair.value };
    case "remove service settings":
      return { kind: "setting", name, setting: last, value: undefined };
  }
}

/** A service as it is written. @throws UsageError */
function parsedLine(line: string): string {
  const { services: [service], problems: [problem] } = parseMasterCf(line);
  if (service === undefined) throw new UsageError(`conf: ${problem?.text ?? "expected a line of master.cf"}`);
  return written(service);
}

function written(service: MasterService): string {
  return `${serviceLine(service, { folded: true, valueOf: (value) => value })}\n`;
}

export interface EditedMaster {
  readonly text: string;
  /** Names that no service has. */
  readonly unmatched: readonly string[];
}

/** @throws UsageError when a service would no more be one */
export function editMasterCf(text: string, changes: readonly MasterChange[]): EditedMaster {
  const matched = new Set<MasterChange>();
  const out = blocksOf(text).map((block) => {
    const { service } = block;
    if (service === undefined) return block.lines.join("");
    const own = changes.filter(({ name }) => isRequested(name, { name: nameOf(service), value: "" }));
    for (const change of own) matched.add(change);
    return own.length === 0 ? block.lines.join("") : changedBlock(block.lines, service, own);
  }).join("");
  const missing = changes.filter((change) => !matched.has(change));
  const added = missing.flatMap((change) => change.kind === "service" ? [change.line] : []);
  const isOpen = added.length > 0 && out !== "" && !out.endsWith("\n");
  return {
    text: out + (isOpen ? "\n" : "") + added.join(""),
    unmatched: missing.flatMap((change) => change.kind === "service" ? [] : [change.name]),
  };
}

interface Block {
  readonly lines: readonly string[];
  /** `undefined`: comments and lines that are no service. */
  readonly service: MasterService | undefined;
}

/** The file in pieces: each service from its first line to the next one, comments included, as postconf reads it. */
function blocksOf(text: string): readonly Block[] {
  const blocks: string[][] = [[]];
  for (const line of text.split(/(?<=\n)/)) {
    if (kindOf(line) === "first") blocks.push([line]);
    else blocks.at(-1)!.push(line);
  }
  return blocks.map((lines) => ({ lines, service: parseMasterCf(lines.join("")).services[0] }));
}

function kindOf(line: string): ReturnType<typeof physicalKind> {
  return physicalKind(line.replace(/\n$/, ""));
}

function changedBlock(
  lines: readonly string[],
  service: MasterService,
  changes: readonly MasterChange[],
): string {
  const isComment = (line: string) => kindOf(line) === "comment";
  const comments = lines.filter(isComment);
  const last = changes.at(-1)!;
  switch (last.kind) {
    case "service":
      return [last.line, ...comments].join("");
    case "remove":
      return comments.join("");
    case "comment":
      return lines.map((line) => isComment(line) ? line : `#${line}`).join("");
    case "field":
    case "setting": {
      let changed = service;
      for (const change of changes) changed = changedService(changed, change);
      return [...comments, written(changed)].join("");
    }
  }
}

function changedService(service: MasterService, change: MasterChange): MasterService {
  if (change.kind === "field") return withField(service, change);
  return change.kind === "setting" ? withSetting(service, change) : service;
}

function withField(
  service: MasterService,
  { field, value }: Extract<MasterChange, { kind: "field" }>,
): MasterService {
  const { name, type, fields, command } = service;
  const words = [name, type, ...fields, [command, ...service.arguments].join(" ")];
  words[fieldNames.indexOf(field)] = value;
  const { services: [changed], problems: [problem] } = parseMasterCf(words.join(" "));
  if (changed === undefined || problem !== undefined) {
    throw new UsageError(`conf: ${name}/${type}/${field}: ${problem?.text ?? "expected a value"}`);
  }
  return changed;
}

/** `-o name=value` in its place, or behind the others. */
function withSetting(
  service: MasterService,
  { setting, value }: Extract<MasterChange, { kind: "setting" }>,
): MasterService {
  const words: string[] = [];
  let isSet = false;
  for (let index = 0; index < service.arguments.length; index++) {
    const word = service.arguments[index]!;
    const pair = word === "-o" ? service.arguments[++index]! : undefined;
    if (pair === undefined) words.push(word);
    else if (/^\{?\s*([^\s=]*)/.exec(pair)?.[1] !== setting) words.push("-o", pair);
    else if (value !== undefined) {
      words.push("-o", `${setting}=${value}`);
      isSet = true;
    }
  }
  if (value !== undefined && !isSet) words.splice(endOfOptions(words), 0, "-o", `${setting}=${value}`);
  return { ...service, arguments: words };
}

/** Where the arguments that are no options begin. */
function endOfOptions(words: readonly string[]): number {
  let index = 0;
  while (words[index]?.startsWith("-") === true) index += words[index] === "-o" ? 2 : 1;
  return index;
}

function nameOf({ name, type }: MasterService): string {
  return `${name}/${type}`;
}
