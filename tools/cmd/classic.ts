/**
 * The classic names: started through a link of one of these names, the program is that command, with that program's
 * own options. The table is final; a row says which command does the work.
 */

import { basename } from "@std/path";

import type { Arguments } from "./command.ts";
import { UsageError } from "./command.ts";

export interface ClassicRow {
  /** The command of ours. */
  readonly command: string;
  /** Its arguments in our spelling. @throws UsageError for options that it does not have. */
  translate(args: readonly string[]): ClassicCall;
}

export interface ClassicCall extends Arguments {
  /** Instead of the row's command. */
  readonly command?: string;
}

/** Letters given, with the values of those in `valued`; `-abc` is three letters. */
function letters(
  program: string,
  args: readonly string[],
  known: { readonly plain: string; readonly valued: string },
): { readonly given: ReadonlyMap<string, string>; readonly rest: readonly string[] } {
  const given = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "--") return { given, rest: args.slice(index + 1) };
    if (!arg.startsWith("-") || arg === "-") return { given, rest: args.slice(index) };
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      if (known.plain.includes(letter)) {
        given.set(letter, "");
        continue;
      }
      if (!known.valued.includes(letter)) throw new UsageError(`${program}: unknown option -${letter}`);
      const value = at + 1 < arg.length ? arg.slice(at + 1) : args[++index];
      if (value === undefined) throw new UsageError(`${program}: option -${letter} needs a value`);
      given.set(letter, value);
      break;
    }
  }
  return { given, rest: [] };
}

const noOptions = {} as const;

/** postmap(1) and postalias(1): build, or `-q` query. */
function tableCall(program: string, kind: "map" | "alias"): ClassicRow {
  return {
    command: `${kind} build`,
    translate: (args) => {
      const { given, rest } = letters(program, args, { plain: "NfinoprsuvwUFhbmj", valued: "cdq" });
      const config: Arguments["options"] = given.has("c") ? { "config-dir": given.get("c")! } : noOptions;
      const key = given.get("q");
      if (key !== undefined) return { command: `${kind} query`, options: config, rest: [key, ...rest] };
      if (given.has("s")) return { command: "map dump", options: config, rest };
      for (const letter of "dinobhmjF") {
        if (given.has(letter)) throw new UsageError(`${program}: option -${letter} is not available yet`);
      }
      return { options: { ...(given.has("r") ? { replace: true } : noOptions), ...config }, rest };
    },
  };
}

const queueList: ClassicRow = {
  command: "queue list",
  translate: (args) => {
    letters("mailq", args, { plain: "v", valued: "" });
    return { options: noOptions, rest: [] };
  },
};

export const classicRows: Readonly<Record<string, ClassicRow>> = {
  sendmail: { command: "send", translate: (args) => ({ options: noOptions, rest: args }) },
  mailq: queueList,
  newaliases: { command: "alias build", translate: () => ({ options: noOptions, rest: [] }) },
  postmap: tableCall("postmap", "map"),
  postalias: tableCall("postalias", "alias"),
  postqueue: {
    command: "queue list",
    translate: (args) => {
      const { given, rest } = letters("postqueue", args, { plain: "pfjv", valued: "cis" });
      if (rest.length > 0) throw new UsageError(`postqueue: unexpected argument "${rest[0]}"`);
      if (given.has("f")) return { command: "queue flush", options: noOptions, rest: [] };
      if (given.has("i")) return { command: "queue flush", options: noOptions, rest: [given.get("i")!] };
      if (given.has("s")) throw new UsageError("postqueue: option -s is not available yet");
      if (given.has("j")) return { options: { json: true }, rest: [] };
      if (given.has("p")) return { options: noOptions, rest: [] };
      throw new UsageError(
        "postqueue: usage: postqueue -f | postqueue -i queue_id | postqueue -p | postqueue -j",
      );
    },
  },
  postcat: {
    command: "queue show",
    translate: (args) => {
      const { given, rest } = letters("postcat", args, { plain: "bdefhoqrsv", valued: "c" });
      const parts = ["b", "e", "h"].filter((letter) => given.has(letter)).join("");
      return {
        options: {
          ...(parts === "" ? noOptions : { parts }),
          ...(given.has("q") ? noOptions : { file: true }),
        },
        rest,
      };
    },
  },
  postsuper: {
    command: "queue delete",
    translate: (args) => {
      const { given, rest } = letters("postsuper", args, { plain: "psSv", valued: "cdhHrefi" });
      if (rest.length > 0) throw new UsageError("postsuper: restricting to a queue is not available yet");
      const jobs: Readonly<Record<string, string>> = {
        d: "queue delete",
        h: "queue hold",
        H: "queue release",
      };
      for (const [letter, command] of Object.entries(jobs)) {
        const id = given.get(letter);
        if (id !== undefined) return { command, options: noOptions, rest: [id] };
      }
      throw new UsageError("postsuper: one of -d, -h or -H with a queue id or ALL is needed");
    },
  },
  postconf: { command: "conf", translate: (args) => ({ options: noOptions, rest: args }) },
};

/** The row for a program started as `argv0`, or `undefined` when it goes by its own name. */
export function classicRow(argv0: string): ClassicRow | undefined {
  const name = basename(argv0);
  return Object.hasOwn(classicRows, name) ? classicRows[name] : undefined;
}
