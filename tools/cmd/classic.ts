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
  args: readonly string[],
  known: {
    readonly plain: string;
    readonly valued: string;
    /** Called for each letter with a value, as they come. */
    readonly each?: (letter: string, value: string) => void;
  },
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
      if (!known.valued.includes(letter)) throw new UsageError(`unknown option -${letter}`);
      const value = at + 1 < arg.length ? arg.slice(at + 1) : args[++index];
      if (value === undefined) throw new UsageError(`option -${letter} needs a value`);
      given.set(letter, value);
      known.each?.(letter, value);
      break;
    }
  }
  return { given, rest: [] };
}

const noOptions = {} as const;

/** Options of postmap(1) and postalias(1) that a command of ours has, by their letters. */
const tableOptions: Readonly<Record<string, string>> = {
  r: "replace",
  w: "keep",
  f: "exact",
  F: "files",
  p: "default-mode",
  j: "json",
  h: "header",
  b: "body",
  m: "mime",
};

/** Those that each does of them; others have no meaning for it, as for postmap. */
const jobOptions = {
  build: "rwfFp",
  add: "rwfF",
  delete: "f",
  query: "fFjhbm",
  dump: "Fj",
} as const;

/**
 * postmap(1) and postalias(1): build, or one of `-d` delete, `-i` add, `-q` query, `-s` dump. Without a meaning here are
 * `-n -N` (how keys end), `-o` (who builds), `-u -U` (all is UTF-8), `-v`.
 */
function tableCall(program: string, kind: "map" | "alias"): ClassicRow {
  const plain = kind === "map" ? "NfinoprsuvwUFhbmj" : "NfinoprsuvwFj";
  return {
    command: `${kind} build`,
    translate: (args) => {
      const { given, rest } = letters(args, { plain, valued: "cdq" });
      const jobs = ["d", "i", "q", "s"].filter((letter) => given.has(letter));
      if (jobs.length > 1) throw new UsageError(`specify only one of -d -i -q or -s`);
      if (given.has("j") && !given.has("q") && !given.has("s")) {
        throw new UsageError(`option -j requires -q or -s`);
      }
      if (given.get("q") !== "-" && ["h", "b", "m"].some((letter) => given.has(letter))) {
        throw new UsageError(`specify -b -h or -m only with "-q -"`);
      }
      if (rest.length === 0) {
        throw new UsageError(
          `usage: ${program} [-bfFhijmnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...`,
        );
      }
      const key = given.get("q") ?? given.get("d");
      const job = { d: "delete", i: "add", q: "query", s: "dump" }[jobs[0] ?? ""] ?? "build";
      const taken: string = jobOptions[job as keyof typeof jobOptions];
      const options = Object.fromEntries(
        Object.entries(tableOptions)
          .filter(([letter]) => given.has(letter) && taken.includes(letter))
          .map(([, name]) => [name, true as const]),
      );
      return {
        ...(job === "build" ? noOptions : { command: job === "dump" ? "map dump" : `${kind} ${job}` }),
        options: given.has("c") ? { ...options, "config-dir": given.get("c")! } : options,
        // `-s` lists the first table only.
        rest: key === undefined ? (job === "dump" ? rest.slice(0, 1) : rest) : [key, ...rest],
      };
    },
  };
}

const queueList: ClassicRow = {
  command: "queue list",
  translate: (args) => {
    letters(args, { plain: "v", valued: "" });
    return { options: noOptions, rest: [] };
  },
};

/** What postsuper(1) does to queue ids, by its letters. */
const superJobs: Readonly<Record<string, string>> = {
  d: "queue delete",
  e: "queue expire",
  f: "queue expire",
  h: "queue hold",
  H: "queue release",
  r: "queue requeue",
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
      const { given, rest } = letters(args, { plain: "pfjv", valued: "cis" });
      if (rest.length > 0) throw new UsageError(`postqueue: unexpected argument "${rest[0]}"`);
      if (given.has("f")) return { command: "queue flush", options: noOptions, rest: [] };
      if (given.has("i")) return { command: "queue flush", options: noOptions, rest: [given.get("i")!] };
      if (given.has("s")) return { command: "queue flush", options: { site: given.get("s")! }, rest: [] };
      if (given.has("j")) return { options: { json: true }, rest: [] };
      if (given.has("p")) return { options: noOptions, rest: [] };
      throw new UsageError(
        "postqueue: usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site",
      );
    },
  },
  postcat: {
    command: "queue show",
    translate: (args) => {
      const { given, rest } = letters(args, { plain: "bdefhoqrsv", valued: "c" });
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
      const given: (readonly [string, string])[] = [];
      const { rest } = letters(args, {
        plain: "psSv",
        valued: "cdhHrefi",
        each: (letter, value) => given.push([letter, value]),
      });
      const [job, ...others] = new Set(
        given.map(([letter]) => letter).filter((letter) => letter in superJobs),
      );
      if (job === undefined || others.length > 0) {
        throw new UsageError("postsuper: one of -d, -e, -f, -h, -H or -r with queue ids or ALL is needed");
      }
      return {
        command: superJobs[job]!,
        options: {
          ...(job === "f" ? { release: true as const } : noOptions),
          ...(rest.length > 0 ? { state: rest.join(",") } : noOptions),
        },
        rest: given.filter(([letter]) => letter === job).map(([, id]) => id),
      };
    },
  },
  postconf: { command: "conf", translate: (args) => ({ options: noOptions, rest: args }) },
};

/** The row for a program started as `argv0`, or `undefined` when it goes by its own name. */
export function classicRow(argv0: string): ClassicRow | undefined {
  const name = basename(argv0);
  return Object.hasOwn(classicRows, name) ? classicRows[name] : undefined;
}
