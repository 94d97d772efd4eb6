/**
 * Replays the cases against Postfix inside a network and mount namespace of its own (`run.ts` makes it): all ports are free
 * there, and the DNS is the cases'. Arguments: a folder, and words of which a case's name must have one; or `random` with a
 * count and a first seed: as many rule sets and sessions made up, put to Postfix and to mailsrv; or `hops` with a count: as
 * many next hops made up.
 */

import { join } from "@std/path";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import type { RecordType } from "../../mta/dns/record.ts";
import { memoryDns } from "../../mta/dns/testing_memory.ts";

import { runProgram } from "../server/mailsrv.ts";
import { type Case, caseName, expectedReplies, isAsExpected } from "./case.ts";
import { serveDns } from "./dns_server.ts";
import { type AllCases, loadCases } from "./load_cases.ts";
import { repliesOfMailsrv, startErrors } from "./mailsrv_replay.ts";
import { compareNextHops, hopsDomain, randomHopCase } from "./next_hops.ts";
import { type Difference, playCase, type Played } from "./play.ts";
import { serveLogins, servePolicy } from "./policy_server.ts";
import { firstPolicyPort, firstPort, loginPort, PostfixInstance } from "./postfix_instance.ts";
import { randomCase } from "./random_cases.ts";
import { zoneOf } from "./zone.ts";

const atOnce = 6;

interface Counted {
  readonly passed: number;
  readonly failed: number;
}

async function prepareNamespace(folder: string): Promise<void> {
  const resolv = join(folder, "resolv.conf");
  await Deno.writeTextFile(resolv, "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n");
  const commands = [
    ["ip", "link", "set", "lo", "up"],
    ["ip", "address", "add", "198.51.100.1/32", "dev", "lo"],
    ["mount", "--bind", resolv, "/etc/resolv.conf"],
  ];
  for (const [program, ...args] of commands) {
    const { code, stderr } = await runProgram(program!, args);
    if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
  }
}

function compareLines(one: Case, kinds: readonly string[], lines: readonly string[]): readonly Difference[] {
  return one.steps.flatMap((step) =>
    expectedReplies(step, "postfix").filter(({ kind }) => kinds.includes(kind)).flatMap((expected) => {
      const isThere = lines.some((line) => isAsExpected(line, expected));
      if (isThere === (expected.kind !== "silent")) return [];
      return [{
        line: step.line,
        command: `${step.verb} ${step.argument}`,
        expected: `${expected.kind} ${expected.text}`,
        got: lines.map((line) => `\n      ${line}`).join(""),
      }];
    })
  );
}

/** `random COUNT SEED`: rule sets and sessions made up; mailsrv must say what Postfix says. */
async function compareRandom(
  all: AllCases,
  folder: string,
  [count, seed]: readonly number[],
): Promise<Counted> {
  const base = all.cases.find(({ file }) => file === "relay.txt")!;
  const cases = Array.from(
    { length: count! },
    (_, index) => randomCase(base, new SeededRandom(seed! + index), seed! + index),
  );
  const zone = zoneOf(all.dns);
  const { played } = await playOnPostfix(cases, folder);
  let failed = 0;
  for (const [index, one] of cases.entries()) {
    if (played[index]!.replies[0] === "closed" && await startErrors(one, zone) !== "") continue;
    const ours = await repliesOfMailsrv(one, zone);
    const differs = one.steps.findIndex((_, at) => !isSame(played[index]!.replies[at]!, ours[at]!));
    if (differs < 0) continue;
    failed += 1;
    console.log(`FAILED ${one.title}`);
    for (const [at, { verb, argument }] of one.steps.slice(0, differs + 1).entries()) {
      console.log(
        `  ${verb} ${argument}\n    Postfix  ${played[index]!.replies[at]}\n    mailsrv  ${ours[at]}`,
      );
    }
    for (const [name, value] of one.settings.slice(base.settings.length)) {
      console.log(`    ${name} = ${value}`);
    }
    for (const name of ["clients", "helos", "senders", "recipients"]) {
      for (const line of one.tables.get(name)!.slice(1)) console.log(`      ${name}: ${line}`);
    }
  }
  return { passed: cases.length - failed, failed };
}

/** But for the names of queue files and of the programs. */
function isSame(theirs: string, ours: string): boolean {
  const plain = (reply: string) => reply.replace(/queued as \S+$/, "queued").replace(/ESMTP .*$/, "ESMTP");
  return plain(theirs) === plain(ours);
}

interface OnPostfix {
  readonly played: readonly Played[];
  readonly logs: ReadonlyMap<number, readonly string[]>;
  readonly asked: readonly (readonly string[])[];
}

async function playOnPostfix(cases: readonly Case[], folder: string): Promise<OnPostfix> {
  const asked = cases.map((): string[] => []);
  for (const [index, { policy }] of cases.entries()) {
    if (policy === undefined) continue;
    servePolicy(policy, { port: firstPolicyPort + index, asked: (line) => asked[index]!.push(line) });
  }
  const postfix = new PostfixInstance(folder);
  await postfix.start(cases);
  const played: Played[] = [];
  try {
    const left = cases.entries();
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (const [index, one] of left) {
        played[index] = await playCase(one, { port: firstPort + index, judge: "postfix" });
      }
    }));
  } finally {
    await postfix.stop();
  }
  return { played, logs: await postfix.logs(), asked };
}

async function judgeCases(cases: readonly Case[], folder: string): Promise<Counted> {
  const { played, logs, asked } = await playOnPostfix(cases, folder);
  let failed = 0;
  for (const [index, one] of cases.entries()) {
    const differences = [
      ...played[index]!.differences,
      ...compareLines(one, ["log", "silent"], logs.get(index) ?? []),
      ...compareLines(one, ["asked"], asked[index]!),
    ];
    if (differences.length === 0) continue;
    failed += 1;
    console.log(`FAILED ${caseName(one)}`);
    for (const { line, command, expected, got } of differences) {
      console.log(`  ${one.file}:${line} ${command}\n    expected ${expected}\n    Postfix  ${got}`);
    }
    const wrong = (logs.get(index) ?? []).filter((line) => /^(?:warning|fatal|error|panic)/.test(line));
    for (const line of wrong) console.log(`    log      ${line}`);
  }
  return { passed: cases.length - failed, failed };
}

const [folder, ...words] = Deno.args;
await prepareNamespace(folder!);
const all = await loadCases();
/** How many next hops are made up. */
const hopCount = words[0] === "hops" ? Number(words[1] ?? 1000) : 150;
const hops = Array.from(
  { length: hopCount },
  (_, index) => randomHopCase(new SeededRandom(index + 1), index),
);
const hopDns = memoryDns(Object.assign({}, ...hops.map(({ records }) => records)));
const zone = zoneOf(all.dns);
serveDns(
  (name, type) => name.endsWith(hopsDomain) ? hopDns.answer(name, type as RecordType) : zone(name, type),
  53,
);
serveLogins(loginPort);
/** How many rule sets are made up when nothing is asked for. */
const usualCount = 60;

async function judge(): Promise<Counted> {
  const rules = join(folder!, "random");
  if (words[0] === "random") {
    return await compareRandom(all, rules, [Number(words[1] ?? 100), Number(words[2] ?? 1)]);
  }
  if (words[0] === "hops") return await compareNextHops(hops, join(folder!, "hops"));
  const isWanted = (one: Case) => words.length === 0 || words.some((word) => caseName(one).includes(word));
  const ofCases = await judgeCases(all.cases.filter(isWanted), join(folder!, "cases"));
  if (words.length > 0) return ofCases;
  const ofRules = await compareRandom(all, rules, [usualCount, 1]);
  const ofHops = await compareNextHops(hops, join(folder!, "hops"));
  const counts = [ofCases, ofRules, ofHops];
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const { passed, failed } = await judge();
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
