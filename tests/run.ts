/**
 * `deno task test`: all tests of the tree. Those of pure code run without any permission, so that an engine that touched
 * the world would fail there; the others after them with all. The last line is `N passed, M failed`.
 */

import { isPure } from "./architecture/layout.ts";
import { projectFiles, projectRoot } from "./architecture/tree.ts";

/** Tests in pure folders that start workers, or read a corpus beside the project. */
const needsRights = /(?:^|\/)(?:worker|corpus)_test\.ts$/;

interface Sum {
  readonly passed: number;
  readonly failed: number;
}

async function runTests(rights: readonly string[], files: readonly string[]): Promise<Sum> {
  const args = ["test", "--quiet", "--parallel", "--no-prompt", ...rights, ...files];
  const child = new Deno.Command(Deno.execPath(), { args, cwd: projectRoot, stdout: "piped" }).spawn();
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    Deno.stdout.writeSync(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4096);
  }
  const { code } = await child.status;
  // deno-lint-ignore no-control-regex
  const plain = tail.replace(/\x1b\[[0-9;]*m/g, "");
  const [, passed, failed] = /\| (\d+) passed.*? \| (\d+) failed/.exec(plain) ?? [];
  const counted = { passed: Number(passed ?? 0), failed: Number(failed ?? 0) };
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

const tests = (await projectFiles()).map(({ path }) => path).filter((path) => path.endsWith("_test.ts"));
const isWithoutRights = (path: string) => isPure(path) && !needsRights.test(path);
const sums = [
  await runTests([], tests.filter(isWithoutRights)),
  await runTests(["-A"], tests.filter((path) => !isWithoutRights(path) && !path.startsWith("tests/binary/"))),
];
const passed = sums.reduce((sum, one) => sum + one.passed, 0);
const failed = sums.reduce((sum, one) => sum + one.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
