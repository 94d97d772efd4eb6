/** All cases of `tests/postfix/cases`. */

import { join } from "@std/path";

import { projectRoot } from "../architecture/tree.ts";
import type { Case, DnsLine } from "./case.ts";
import { readCases } from "./read_cases.ts";

export interface AllCases {
  readonly cases: readonly Case[];
  readonly dns: readonly DnsLine[];
}

export async function loadCases(): Promise<AllCases> {
  const folder = join(projectRoot, "tests", "postfix", "cases");
  const base = await Deno.readTextFile(join(folder, "base.txt"));
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
    name.endsWith(".txt")
  );
  const cases: Case[] = [];
  const dns: DnsLine[] = [...readCases("base.txt", base).dns];
  for (const name of names.filter((name) => name !== "base.txt").sort()) {
    const file = readCases(name, await Deno.readTextFile(join(folder, name)), base);
    cases.push(...file.cases);
    dns.push(...file.dns);
  }
  return { cases, dns };
}
