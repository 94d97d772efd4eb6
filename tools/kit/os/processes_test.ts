import { assertEquals } from "@std/assert";

import { openLibc } from "./libc.ts";
import { processIsGone, thisProcess } from "./processes.ts";

const ignore = typeof openLibc() === "string";

Deno.test(
  "processIsGone() knows processes that live, others' too, from those that ended",
  { ignore },
  async () => {
    const { id, host } = thisProcess();
    assertEquals([id, host], [Deno.pid, Deno.hostname()]);
    const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
    for (const pid of [id, 1, child.pid]) assertEquals(processIsGone(pid), false, `${pid}`);
    child.kill("SIGKILL");
    await child.status;
    assertEquals(processIsGone(child.pid), true);
  },
);

Deno.test("processIsGone() takes what is no process number for nobody it could know of", () => {
  for (const pid of [0, -1, 1.5, NaN, 2 ** 31]) assertEquals(processIsGone(pid), false, `${pid}`);
});
