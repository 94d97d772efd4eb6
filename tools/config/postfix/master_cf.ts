/** master.cf as text (master(5)): one service a logical line, its fields, and its `-o name=value`. */

import { logicalLines, physicalKind, splitPair } from "./main_cf.ts";
import type { LineText } from "./main_cf.ts";

export interface MasterService {
  /** `smtp`, `127.0.0.1:10025`. */
  readonly name: string;
  readonly type: string;
  /** private, unprivileged, chroot, wakeup, process_limit: as written. */
  readonly fields: readonly string[];
  /** The program, `smtpd`. */
  readonly command: string;
  /** Its arguments; `{ ... }` is one of them, with its braces. */
  readonly arguments: readonly string[];
  /** What `-o` sets; of two for one name the last counts. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly line: number;
}

export interface MasterCf {
  /** In the order of the file, also those that a later one overrides. */
  readonly entries: readonly MasterService[];
  /** In the order of the file; of two with one name and type the last, in the first's place. */
  readonly services: readonly MasterService[];
  readonly problems: readonly LineText[];
}

/** The names of the fields, as postconf -F has them. */
export const fieldNames = [
  ...["service", "type", "private", "unprivileged", "chroot", "wakeup", "process_limit", "command"],
] as const;

const types = ["inet", "unix", "unix-dgram", "fifo", "pass"];

/** Cuts the text of master.cf into its services. */
export function parseMasterCf(text: string): MasterCf {
  const entries: MasterService[] = [];
  const services = new Map<string, MasterService>();
  const problems: LineText[] = [];
  for (const { text: logical, line } of logicalLines(text)) {
    const service = physicalKind(logical) === "continued"
      ? { problem: "a service must not begin with a blank" }
      : parseService(logical, line);
    if ("problem" in service) {
      problems.push({ line, text: service.problem });
      continue;
    }
    entries.push(service);
    services.set(`${service.name}/${service.type}`, service);
  }
  return { entries, services: [...services.values()], problems };
}

function parseService(text: string, line: number): MasterService | { readonly problem: string } {
  const words = splitWords(text);
  if (words === undefined) return { problem: "a { has no }" };
  if (words.length < fieldNames.length) {
    return { problem: `bad field count: a service has ${fieldNames.length} fields, not ${words.length}` };
  }
  const [name, type, ...rest] = words as [string, string, ...string[]];
  if (!types.includes(type)) {
    return { problem: `invalid transport type: ${type}; there are ${types.join(", ")}` };
  }
  const [command, ...args] = rest.slice(5) as [string, ...string[]];
  const overrides = readOverrides(args);
  if ("problem" in overrides) return { problem: `${name}/${type}: ${overrides.problem}` };
  return { name, type, fields: rest.slice(0, 5), command, line, ...overrides };
}

type Overrides = Pick<MasterService, "arguments" | "overrides">;

/** `-o name=value`, `-oname=value`, `-o { name = value }`; arguments are given as postconf -M shows them. */
function readOverrides(args: readonly string[]): Overrides | { readonly problem: string } {
  const shown: string[] = [];
  const overrides = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith("-o") || arg.startsWith("-o{")) {
      shown.push(arg);
      continue;
    }
    const text = arg === "-o" ? args[++index] : arg.slice(2);
    if (text === undefined) return { problem: "-o lacks its name=value" };
    const braced = /^\{([^]*)\}$/.exec(text)?.[1];
    const pair = splitPair(braced ?? text);
    if ("problem" in pair) return pair;
    overrides.set(pair.name, pair.value);
    shown.push("-o", braced === undefined ? `${pair.name}=${pair.value}` : `{${pair.name}=${pair.value}}`);
  }
  return { arguments: shown, overrides };
}

/** Words between blanks; one that begins with `{` goes to its `}`. */
function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  for (let rest = text.trimStart(); rest !== "";) {
    const length = rest.startsWith("{") ? braceLength(rest) : /^\S+/.exec(rest)![0].length;
    if (length === undefined) return undefined;
    words.push(rest.slice(0, length));
    rest = rest.slice(length).trimStart();
  }
  return words;
}

function braceLength(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}
