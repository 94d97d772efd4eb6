/**
 * `map query - hash:FILE` beside `postmap -q - hash:FILE` (and `cdb:FILE`, where Postfix has it): 100,000 keys asked of
 * tables of 100, 10,000 and 1,000,000 keys. `deno run -A tests/bench/map_query.ts`; wants Postfix's postmap.
 */

import { join } from "@std/path";

import { realClock } from "../../tools/kit/base/clock.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { hasProgram, programLine, runProgram } from "../server/mailsrv.ts";

const asked = 100_000;
const sizes = [100, 10_000, 1_000_000];

if (!await hasProgram("postmap")) {
  console.log("no postmap is installed: there is nothing to compare with");
  Deno.exit(1);
}
const folder = await Deno.makeTempDir({ prefix: "mailsrv-bench-" });
try {
  const types = (await runProgram("postconf", ["-m"])).stdout.split("\n").filter((type) =>
    type === "hash" || type === "cdb"
  );
  for (const size of sizes) await compare(size, types);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function compare(size: number, types: readonly string[]): Promise<void> {
  const path = join(folder, `table${size}`);
  const key = (index: number) => `user${index}@example.com`;
  await Deno.writeTextFile(
    path,
    Array.from({ length: size }, (_, index) => `${key(index)} mailbox${index}\n`).join(""),
  );
  const random = new SeededRandom(size);
  const [keys, few] = [join(folder, "keys"), join(folder, "few")];
  await Deno.writeTextFile(
    keys,
    Array.from({ length: asked }, () => `${key(random.below(size))}\n`).join(""),
  );
  await Deno.writeTextFile(few, key(0));
  const [mailsrv, ...start] = programLine();
  const query = [mailsrv!, ...start, "map", "query", "-", `hash:${path}`];
  await time("mailsrv map build", [mailsrv!, ...start, "map", "build", `hash:${path}`]);
  await time("mailsrv map query", query, keys);
  await time("mailsrv with one key", query, few);
  for (const type of types) {
    await time(`postmap ${type}`, ["/usr/sbin/postmap", `${type}:${path}`]);
    await time(`postmap -q - ${type}`, ["/usr/sbin/postmap", "-q", "-", `${type}:${path}`], keys);
  }

  async function time(name: string, words: readonly string[], input = "/dev/null"): Promise<void> {
    const before = realClock.monotonic();
    const { code, stdout, stderr } = await runProgram("sh", ["-c", 'exec "$@" < "$0"', input, ...words]);
    const ms = Math.round(realClock.monotonic() - before);
    if (code !== 0) throw new Error(`${name}: ${stderr}`);
    const lines = stdout.split("\n").length - 1;
    if (input === keys && lines !== asked) throw new Error(`${name}: ${lines} answers`);
    console.log(`${String(size).padStart(7)} keys  ${name.padEnd(22)} ${String(ms).padStart(6)} ms`);
  }
}
