/** The command line of postconf(1), which is that of `conf` too. */

import { UsageError } from "../command.ts";
import type { MasterMode } from "./edit_master.ts";

/** What is shown, or done. */
export type ConfMode =
  | "settings"
  | "edit"
  | "comment"
  | "remove"
  | "table types"
  | "lock types"
  | "sasl server types"
  | "sasl client types"
  | "bounce texts"
  | "bounce templates"
  | "services"
  | "service fields"
  | "service settings"
  | MasterMode;

export interface ConfOptions {
  readonly mode: ConfMode;
  /** `-n`: only what the file sets. */
  readonly changed: boolean;
  /** `-d` */
  readonly defaults: boolean;
  /** `-x`: with `$name` put in. */
  readonly expanded: boolean;
  /** `-h`, `-H` */
  readonly style: "pairs" | "values" | "names";
  readonly json: boolean;
  /** `-f`: long lines are folded. */
  readonly folded: boolean;
  /** `-C`: which names. */
  readonly classes: readonly NameClass[];
  /** `-o name=value`: as if the file had these. */
  readonly overrides: readonly string[];
  readonly rest: readonly string[];
  /** `-c`: a directory, or a settings file. */
  readonly place: string | undefined;
  /** `--data`, `--config`, `--postfix`. */
  readonly own: Readonly<Record<string, string>>;
}

const nameClasses = ["builtin", "service", "user", "all"] as const;
export type NameClass = (typeof nameClasses)[number];

/** Long names of the letters, for people. */
const longNames: Readonly<Record<string, string>> = {
  changed: "n",
  defaults: "d",
  expand: "x",
  values: "h",
  names: "H",
  json: "j",
  edit: "e",
  comment: "#",
  remove: "X",
  services: "M",
  texts: "b",
  templates: "t",
};

const modes: Readonly<Record<string, ConfMode>> = {
  p: "settings",
  e: "edit",
  "#": "comment",
  X: "remove",
  m: "table types",
  l: "lock types",
  a: "sasl server types",
  A: "sasl client types",
  b: "bounce texts",
  t: "bounce templates",
  M: "services",
  F: "service fields",
  P: "service settings",
};
const switches = "ndxhHjfv";
const valued = "cCo";
const absent: Readonly<Record<string, string>> = {
  T: "TLS parameters",
};

/** @throws UsageError */
export function parseConfOptions(args: readonly string[]): ConfOptions {
  const letters = new Set<string>();
  const own: Record<string, string> = {};
  const overrides: string[] = [];
  const rest: string[] = [];
  let classes: readonly NameClass[] = [];
  let place: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "--") {
      rest.push(...args.slice(index + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      rest.push(arg);
      continue;
    }
    const long = /^--([a-z]+)(?:=(.*))?$/s.exec(arg);
    if (long !== null) {
      const [, name = "", value] = long;
      if (["data", "config", "postfix"].includes(name)) own[name] = value ?? needed(args[++index], arg);
      else if (Object.hasOwn(longNames, name) && value === undefined) letters.add(longNames[name]!);
      else throw new UsageError(`conf: unknown option ${arg}`);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      if (valued.includes(letter)) {
        const value = at + 1 < arg.length ? arg.slice(at + 1) : needed(args[++index], `-${letter}`);
        if (letter === "c") place = value;
        else if (letter === "o") overrides.push(value);
        else classes = parseClasses(value);
        break;
      }
      if (Object.hasOwn(absent, letter)) {
        throw new UsageError(`conf: option -${letter} is not available: ${absent[letter]}`);
      }
      if (!switches.includes(letter) && !Object.hasOwn(modes, letter)) {
        throw new UsageError(`conf: unknown option -${letter}`);
      }
      letters.add(letter);
    }
  }
  const mode = chooseMode(letters, rest);
  return {
    mode,
    changed: letters.has("n"),
    defaults: letters.has("d"),
    expanded: letters.has("x"),
    style: letters.has("h") ? "values" : letters.has("H") ? "names" : "pairs",
    json: letters.has("j"),
    folded: letters.has("f"),
    classes,
    overrides,
    rest,
    place,
    own,
  };
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageError(`conf: option ${option} needs a value`);
  return value;
}

function parseClasses(text: string): readonly NameClass[] {
  return text.split(/[\s,]+/).filter((word) => word !== "").map((word) => {
    const found = nameClasses.find((name) => name === word);
    if (found === undefined) throw new UsageError(`conf: -C ${word}: there are ${nameClasses.join(", ")}`);
    return found;
  });
}

/** Names with a value (`name=value`) are an edit also without -e. */
function chooseMode(letters: ReadonlySet<string>, rest: readonly string[]): ConfMode {
  const given = Object.keys(modes).filter((letter) => letters.has(letter));
  const [letter] = given;
  const isMasterEdit = ["M", "F", "P"].some((view) => letters.has(view)) &&
    (["e", "#", "X"].some((edit) => letters.has(edit)) || rest.some((word) => word.includes("=")));
  if (isMasterEdit) return masterMode(letters);
  if (given.length > 1) {
    throw new UsageError(`conf: specify one of ${given.map((name) => `-${name}`).join(" ")}`);
  }
  for (const [one, other] of ["dn", "hH"]) {
    if (letters.has(one!) && letters.has(other!)) {
      throw new UsageError(`conf: specify one of -${one} and -${other}`);
    }
  }
  if (letter === undefined) return rest.some((word) => word.includes("=")) ? "edit" : "settings";
  return modes[letter]!;
}

/** `-Me`, `-M#`, `-MX`, `-Fe`, `-Pe`, `-PX`; with a value also without `-e`. */
function masterMode(letters: ReadonlySet<string>): MasterMode {
  const views = ["M", "F", "P"].filter((view) => letters.has(view));
  const edits = ["e", "#", "X"].filter((edit) => letters.has(edit));
  if (views.length > 1) {
    throw new UsageError(`conf: specify one of ${views.map((view) => `-${view}`).join(" ")}`);
  }
  if (edits.length > 1) {
    throw new UsageError(`conf: specify one of ${edits.map((edit) => `-${edit}`).join(" ")}`);
  }
  const what = `${views[0]}${edits[0] ?? "e"}`;
  const mode = masterModes[what];
  if (mode === undefined) {
    throw new UsageError(`conf: with option -${what[0]}, do not specify -${what[1]}`);
  }
  return mode;
}

const masterModes: Readonly<Record<string, MasterMode>> = {
  Me: "edit services",
  "M#": "comment services",
  MX: "remove services",
  Fe: "edit service fields",
  Pe: "edit service settings",
  PX: "remove service settings",
};
