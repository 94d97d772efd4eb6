/**
 * Keyed lookups in built tables of 100 and of 1,000,000 keys (`deno bench -A store/table/cdb_bench.ts`): the first is
 * held in memory, the second read by positions; a bounded cost a lookup is what is watched here.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { realRandom, SeededRandom } from "../../tools/kit/base/random.ts";

import { realDisk } from "../file/real_disk.ts";

import { buildTable } from "./build.ts";
import { openTables } from "./tables.ts";

const directory = await Deno.makeTempDir({ prefix: "mailsrv-bench-" });
globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));

for (const count of [100, 1_000_000]) {
  const path = `${directory}/table${count}`;
  await writeSource(path, count);
  const startMs = realClock.monotonic();
  await buildTable({ kind: "map", path, disk: realDisk, random: realRandom });
  const { size } = await Deno.stat(`${path}.cdb`);
  console.log(`built ${count} keys, ${size} octets, in ${Math.round(realClock.monotonic() - startMs)} ms`);
  const tables = openTables({ disk: realDisk });
  const table = tables.open(`hash:${path}`);
  const random = new SeededRandom(count);
  Deno.bench(`a key of ${count} that is there`, { group: "hit", baseline: count === 100 }, async () => {
    const hit = await table.lookup(`user${random.below(count)}@example.com`);
    if (hit === undefined) throw new Error("lost a key");
  });
  Deno.bench(`a key that ${count} have not`, { group: "miss", baseline: count === 100 }, async () => {
    if (await table.lookup(`nobody${random.below(count)}@example.com`) !== undefined) {
      throw new Error("found a key");
    }
  });
}

async function writeSource(path: string, count: number): Promise<void> {
  const file = await Deno.open(path, { write: true, create: true });
  for (let start = 0; start < count; start += 10_000) {
    let text = "";
    for (let index = start; index < Math.min(count, start + 10_000); index++) {
      text += `user${index}@example.com mailbox${index}\n`;
    }
    for (let bytes = utf8Bytes(text); bytes.length > 0;) bytes = bytes.subarray(await file.write(bytes));
  }
  file.close();
}
