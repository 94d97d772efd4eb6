/** A sample of the decision cases, through the real server: started with the case's main.cf, spoken to over TCP. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";

import { realRandom } from "../../tools/kit/base/random.ts";
import { utf8Text } from "../../tools/kit/base/bytes.ts";
import { callControl, NotRunning } from "../../tools/kit/net/control_socket.ts";

import { realDisk } from "../../store/file/real_disk.ts";
import { buildTable } from "../../store/table/build.ts";

import { programLine, until } from "../server/mailsrv.ts";
import { type Case, caseName, fillSettings } from "./case.ts";
import { loadCases } from "./load_cases.ts";
import { instanceSettings } from "./mailsrv_keeper.ts";
import { playCase } from "./play.ts";

/** Files whose cases ask no DNS and no policy service. */
const files = [
  "access_address",
  "access_client",
  "actions",
  "data",
  "early",
  "mynetworks",
  "patterns",
  "unlisted",
];

async function writeSettings(folder: string, one: Case): Promise<void> {
  const settings = fillSettings(one, { path: (table) => join(folder, table), policy: "inet:127.0.0.1:9" });
  for (const [name, lines] of one.tables) {
    const path = join(folder, name);
    await Deno.writeTextFile(path, lines.map((line) => `${line}\n`).join(""));
    await buildTable({ kind: "map", path, disk: realDisk, random: realRandom });
  }
  const main = [...instanceSettings, ...settings].map(([name, value]) => `${name} = ${value}\n`);
  await Deno.writeTextFile(join(folder, "main.cf"), main.join(""));
  await Deno.writeTextFile(join(folder, "master.cf"), "127.0.0.1:0 inet n - n - - smtpd\n");
}

async function listenerPort(socket: string): Promise<number | undefined> {
  try {
    const step = await callControl(socket, "status", null).next();
    const { listeners } = step.value as { listeners: { name: string; port: number }[] };
    return listeners.find(({ name }) => name === "smtp")?.port;
  } catch (thrown) {
    if (thrown instanceof NotRunning || /starting/.test(String(thrown))) return undefined;
    throw thrown;
  }
}

async function withServer(one: Case, run: (port: number) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mailsrv-case-" });
  await writeSettings(folder, one);
  const [program, ...args] = programLine();
  const process = new Deno.Command(program!, {
    args: [...args, "serve", "--postfix", folder, "--data", join(folder, "data")],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).bytes();
  let hasEnded = false;
  process.status.then(() => hasEnded = true);
  try {
    let port: number | undefined;
    await until(async () => {
      if (hasEnded) throw new Error(`${caseName(one)}: serve ended: ${utf8Text(await errors)}`);
      return (port = await listenerPort(join(folder, "data", "control.sock"))) !== undefined;
    }, "the server answers");
    await run(port!);
  } finally {
    if (!hasEnded) process.kill("SIGTERM");
    await process.status;
    await errors;
    await Deno.remove(folder, { recursive: true });
  }
}

const { cases } = await loadCases();

for (const file of files) {
  // The first of each file that brings a table of its own.
  const one = cases.find((one) =>
    one.file === `${file}.txt` && one.tables.size > 3 && one.policy === undefined
  );
  assert(one !== undefined, file);
  Deno.test(`through the real server: ${caseName(one)}`, async () => {
    await withServer(one, async (port) => {
      assertEquals((await playCase(one, { port, judge: "mailsrv" })).differences, []);
    });
  });
}
