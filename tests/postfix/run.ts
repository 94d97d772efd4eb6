/**
 * `deno task test:postfix [WORD...]`: replays the decision cases against a real Postfix, which is the judge of what they
 * expect, and compares it with mailsrv over rule sets made up. `random COUNT SEED` does the
 * latter alone. Then both deliver the same mail to aliases, files and commands of people of a machine of its own; `local
 * [WORD...]` and `local random COUNT SEED` do that alone. Wants root, an installed Postfix (`apt-get install postfix`) and
 * `unshare`; says so and fails without them.
 */

import { join } from "@std/path";

import { projectRoot } from "../architecture/tree.ts";
import { hasProgram } from "../server/mailsrv.ts";

async function missing(): Promise<string | undefined> {
  if (Deno.uid() !== 0) return "root is needed to start a Postfix";
  if (!await hasProgram("postfix")) return "no Postfix is installed (apt-get install postfix)";
  if (!await hasProgram("unshare")) return "there is no unshare (util-linux)";
  if (!await hasProgram("ip")) return "there is no ip (iproute2)";
  return undefined;
}

const lack = await missing();
if (lack !== undefined) {
  console.log(`The decision cases were not replayed against Postfix: ${lack}.`);
  console.log("0 passed, 1 failed");
  Deno.exit(1);
}
const folder = await Deno.makeTempDir({ prefix: "mailsrv-postfix-" });
// Postfix's programs run as postfix, and must get at what is below.
await Deno.chmod(folder, 0o755);
/** In namespaces of its own. */
async function runInside(script: string, args: readonly string[]): Promise<number> {
  const program = join(projectRoot, "tests", "postfix", script);
  const config = join(projectRoot, "deno.json");
  const { code } = await new Deno.Command("unshare", {
    args: [
      ...["--net", "--mount", Deno.execPath(), "run", "--quiet", "--config", config, "-A", program, folder],
      ...args,
    ],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return code;
}

const [first, ...others] = Deno.args;
const isLocal = first === "local";
const codes = [
  ...isLocal ? [] : [await runInside("inside.ts", Deno.args)],
  ...isLocal || first === undefined ? [await runInside("local/inside.ts", others)] : [],
];
const code = codes.some((one) => one !== 0) ? 1 : 0;
if (Deno.env.get("KEEP") === undefined) await Deno.remove(folder, { recursive: true });
else console.log(`kept in ${folder}`);
Deno.exit(code);
