/** The files that tell how to ask a database: `name = value` lines, as main.cf has them (sqlite_table(5), pgsql_table(5), ldap_table(5)). */

import { ConfigError } from "../../tools/kit/base/failure.ts";

import { logicalLines } from "./source_lines.ts";

export const maxDatabaseFileOctets = 1 << 20;

export interface DatabaseFile {
  /** As written; empty when it is not there. */
  value(name: string): string;
  /** Words of a list. */
  list(name: string): readonly string[];
  /** `yes` or `no`. @throws ConfigError */
  flag(name: string, fallback: boolean): boolean;
  /** @throws ConfigError */
  count(name: string, fallback: number): number;
  /** A problem at the name's line. */
  problem(name: string, text: string): ConfigError;
}

/** @throws ConfigError with file and line, for what is no line of the kind and for names that are not in `names` */
export function readDatabaseFile(path: string, bytes: Uint8Array, names: readonly string[]): DatabaseFile {
  const given = new Map<string, { readonly value: string; readonly line: number }>();
  const warn = (text: string) => {
    throw new ConfigError(text);
  };
  for (const { text, line } of logicalLines(bytes, { file: path, warn })) {
    const match = /^([A-Za-z_]\w*)\s*=\s*([^]*)$/.exec(text);
    if (match === null) throw new ConfigError(`expected "name = value", not "${text}"`, path, line);
    const name = match[1]!;
    if (!names.includes(name)) {
      throw new ConfigError(`unknown parameter "${name}"; there are ${names.join(", ")}`, path, line);
    }
    given.set(name, { value: match[2]!.trim(), line });
  }
  const value = (name: string) => given.get(name)?.value ?? "";
  const problem = (name: string, text: string) => new ConfigError(text, path, given.get(name)?.line);
  return {
    value,
    problem,
    list: (name) => value(name).split(/[\s,]+/).filter(Boolean),
    flag: (name, fallback) => {
      const word = value(name).toLowerCase();
      if (word === "") return fallback;
      if (word !== "yes" && word !== "no") throw problem(name, `${name}: expected yes or no, not "${word}"`);
      return word === "yes";
    },
    count: (name, fallback) => {
      const digits = value(name);
      if (digits === "") return fallback;
      if (!/^\d{1,9}$/.test(digits)) throw problem(name, `${name}: "${digits}" is no number`);
      return Number(digits);
    },
  };
}
