/**
 * `deno task test:postfix [WORD...]`: replays the decision cases against a real Postfix, which is the judge of what they
 * expect, and compares it with mailsrv over rule sets made up. `random COUNT SEED` does the latter alone. Wants root, an installed Postfix (`apt-get install postfix`) and `unshare`; says so and fails without them.
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
const { code } = await new Deno.Command("unshare", {
  args: [
    "--net",
    "--mount",
    Deno.execPath(),
    "run",
    "--quiet",
    "--config",
    join(projectRoot, "deno.json"),
    "-A",
    join(projectRoot, "tests", "postfix", "inside.ts"),
    folder,
    ...Deno.args,
  ],
}).output().then(async ({ code, stdout, stderr }) => {
  await Deno.stdout.write(stdout);
  await Deno.stderr.write(stderr);
  return { code };
});
if (Deno.env.get("KEEP") === undefined) await Deno.remove(folder, { recursive: true });
else console.log(`kept in ${folder}`);
Deno.exit(code);
