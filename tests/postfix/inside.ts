/**
 * Replays the cases against Postfix inside a network and mount namespace of its own (`run.ts` makes it): all ports are free
 * there, and the DNS is the cases'. Arguments: a folder, and words of which a case's name must have one.
 */

import { join } from "@std/path";

import { runProgram } from "../server/mailsrv.ts";
import { type Case, caseName, expectedReplies, isAsExpected } from "./case.ts";
import { serveDns } from "./dns_server.ts";
import { loadCases } from "./load_cases.ts";
import { type Difference, playCase, type Played } from "./play.ts";
import { serveLogins, servePolicy } from "./policy_server.ts";
import { firstPolicyPort, firstPort, loginPort, PostfixInstance } from "./postfix_instance.ts";
import { zoneOf } from "./zone.ts";

const atOnce = 6;

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

const [folder, ...words] = Deno.args;
await prepareNamespace(folder!);
const all = await loadCases();
const cases = all.cases.filter((one) =>
  words.length === 0 || words.some((word) => caseName(one).includes(word))
);
serveDns(zoneOf(all.dns), 53);
serveLogins(loginPort);
const asked = cases.map((): string[] => []);
for (const [index, { policy }] of cases.entries()) {
  if (policy === undefined) continue;
  servePolicy(policy, { port: firstPolicyPort + index, asked: (line) => asked[index]!.push(line) });
}
const postfix = new PostfixInstance(folder!);
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
const logs = await postfix.logs();
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
console.log(`${cases.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
