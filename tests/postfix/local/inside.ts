/**
 * Compares local delivery inside a network and mount namespace (`../run.ts` makes it), where the machine's people have
 * accounts. Arguments: a folder, and words of which a case's title must have one; or `random` with a count and a first seed.
 */

import { join } from "@std/path";

import { SeededRandom } from "../../../tools/kit/base/random.ts";

import { runProgram } from "../../server/mailsrv.ts";
import { type LocalCase, people } from "./case.ts";
import { localCases } from "./cases.ts";
import { cleanupCases } from "./cleanup_cases.ts";
import { LocalMachine } from "./machine.ts";
import { randomLocalCase } from "./random_cases.ts";

async function prepareNamespace(folder: string): Promise<void> {
  const line = ([name, id]: readonly [string, number]) =>
    `${name}:x:${id}:${id}::${folder}/home/${name}:/bin/sh\n`;
  for (
    const [name, lines] of [
      ["passwd", people.map(line)],
      ["group", people.map(([person, id]) => `${person}:x:${id}:\n`)],
    ] as const
  ) {
    await Deno.writeTextFile(join(folder, name), (await Deno.readTextFile(`/etc/${name}`)) + lines.join(""));
    await must("mount", "--bind", join(folder, name), `/etc/${name}`);
  }
  await must("ip", "link", "set", "lo", "up");
}

async function must(program: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}

/** Cases with the same settings share a server. */
function bySettings(cases: readonly LocalCase[]): readonly (readonly LocalCase[])[] {
  const groups = new Map<string, LocalCase[]>();
  for (const one of cases) {
    const key = JSON.stringify(one.settings ?? []);
    groups.set(key, [...groups.get(key) ?? [], one]);
  }
  return [...groups.values()];
}

async function outcomes(folder: string, group: readonly LocalCase[], who: "postfix" | "mailsrv") {
  const machine = new LocalMachine(folder, who);
  await machine.prepare(group[0]!.settings ?? []);
  await machine.start();
  try {
    const found = [];
    for (const one of group) found.push(await machine.run(one));
    return found;
  } finally {
    await machine.stop();
  }
}

/** As diff(1) has it; nothing where they are the same. */
async function difference(
  folder: string,
  theirs: readonly string[],
  ours: readonly string[],
): Promise<string> {
  const [one, other] = [join(folder, "Postfix"), join(folder, "mailsrv-has")];
  await Deno.writeTextFile(one, theirs.map((line) => `${line}\n`).join(""));
  await Deno.writeTextFile(other, ours.map((line) => `${line}\n`).join(""));
  return (await runProgram("diff", ["-U9", one, other])).stdout.replace(/^---.*\n\+\+\+.*\n/, "");
}

const [folder, ...words] = Deno.args;
await Deno.chmod(folder!, 0o755);
await prepareNamespace(folder!);
const isRandom = words[0] === "random";
const [count, seed] = isRandom ? [Number(words[1] ?? 40), Number(words[2] ?? 1)] : [0, 0];
const wanted = isRandom
  ? Array.from({ length: count }, (_, index) => randomLocalCase(new SeededRandom(seed + index), index, count))
  : [...localCases, ...cleanupCases].filter(({ title }) =>
    words.length === 0 || words.some((word) => title.includes(word))
  );
let failed = 0;
for (const group of bySettings(wanted)) {
  const theirs = await outcomes(folder!, group, "postfix");
  const ours = await outcomes(folder!, group, "mailsrv");
  for (const [index, one] of group.entries()) {
    const differences = [
      await difference(folder!, theirs[index]!.fates, ours[index]!.fates),
      await difference(folder!, theirs[index]!.files, ours[index]!.files),
    ].join("");
    if (differences === "") continue;
    failed += 1;
    console.log(`FAILED ${one.title}\n${isRandom ? `${JSON.stringify(one, null, 1)}\n` : ""}${differences}`);
  }
}
console.log(`${wanted.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
