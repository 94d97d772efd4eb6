/**
 * `deno task test:clients`: real mail programs against a mailsrv in an empty folder. Installs what is missing when it
 * may (Debian, root). The clients' own scripts stand beside the project when there is a shared folder; without it a few
 * programs are tried from here.
 */

import { resolve } from "@std/path";

import { projectRoot } from "../architecture/tree.ts";
import { hasProgram, Mailsrv } from "../server/mailsrv.ts";

import { ownChecks, runOwnCheck } from "./own_checks.ts";

/** Program to Debian package. */
const packages: Readonly<Record<string, string>> = {
  python3: "python3",
  swaks: "swaks",
  curl: "curl",
  openssl: "openssl",
  "s-nail": "s-nail",
  mutt: "mutt",
  neomutt: "neomutt",
  mbsync: "isync",
  offlineimap: "offlineimap3",
  imapfilter: "imapfilter",
  alpine: "alpine",
  fetchmail: "fetchmail",
  getmail: "getmail6",
  mpop: "mpop",
  msmtp: "msmtp",
  fdm: "fdm",
  nmap: "nmap",
  messages: "mailutils",
  thunderbird: "thunderbird",
  Xvfb: "xvfb",
};

const user = "clients";
const password = "pw-of-clients";

/** What is not tried, and why. */
const left: Readonly<Record<string, string>> = {
  sieve_connect: "ManageSieve is not part of this version",
};

async function install(programs: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const program of programs) if (!await hasProgram(program)) missing.push(packages[program]!);
  if (missing.length === 0) return;
  if (Deno.uid() !== 0 || !await hasProgram("apt-get")) {
    console.log(`not installed here, and not to be installed by this user: ${missing.join(" ")}`);
    return;
  }
  console.log(`installing ${missing.join(" ")}`);
  for (const args of [["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", ...missing]]) {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await new Deno.Command("apt-get", { args, env, stdout: "null" }).spawn().status;
  }
}

interface Score {
  passed: number;
  failed: number;
}

/** Runs a checking script, shows its lines, and counts them. */
async function runScript(
  args: readonly string[],
  pass: RegExp,
  fail: RegExp,
  score: Score,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Installed Python programs need the system's Python, whatever else is first in PATH.
  const path = `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${Deno.env.get("PATH") ?? ""}`;
  const process = new Deno.Command("python3", {
    args: [...args],
    env: { PATH: path, ...more },
    stdout: "piped",
  })
    .spawn();
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of process.stdout) {
    const piece = decoder.decode(chunk, { stream: true });
    text += piece;
    await Deno.stdout.write(new TextEncoder().encode(piece));
  }
  const { code } = await process.status;
  const passed = text.match(pass)?.length ?? 0;
  const failed = text.match(fail)?.length ?? 0;
  score.passed += passed;
  score.failed += failed;
  if (code !== 0 && failed === 0) score.failed++;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function scriptList(script: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command("python3", { args: [script, "--list"] }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

/** Where the script finds npm's imapflow and nodemailer: `NODE_LIBS`, or installed now. */
async function nodeLibraries(folder: string): Promise<Readonly<Record<string, string>> | undefined> {
  const given = Deno.env.get("NODE_LIBS");
  if (given !== undefined) return { NODE_LIBS: given };
  if (!await hasProgram("npm")) return undefined;
  const prefix = `${folder}/node`;
  const args = [
    "install",
    "--silent",
    "--no-fund",
    "--no-audit",
    "--prefix",
    prefix,
    "imapflow@1",
    "nodemailer@7",
  ];
  await Deno.mkdir(prefix);
  const { code } = await new Deno.Command("npm", { args }).spawn().status;
  return code === 0 ? { NODE_LIBS: prefix } : undefined;
}

/** The scripts of `../shared/clients`, when they are there. */
async function runShared(server: Mailsrv, only: readonly string[], score: Score): Promise<void> {
  const services = ["smtp", "submission", "submissions", "pop3", "pop3s", "imap", "imaps"] as const;
  const common = [
    ...["--host", "localhost", "--user", user, "--pass", password, "--addr", `${user}@localhost`],
    ...services.flatMap((service) => [`--${service}`, `${server.port(service)}`]),
  ];
  const shared = resolve(projectRoot, "../shared/clients");
  const script = `${shared}/clients-check.py`;
  if (await exists(script)) {
    for (const [name, why] of Object.entries(left)) console.log(`not tried: ${name}: ${why}`);
    const env = await nodeLibraries(server.folder);
    const needNode = ["imapflow", "nodemailer"];
    if (env === undefined) console.log(`not tried: ${needNode.join(", ")}: npm cannot install them here`);
    const chosen = (await scriptList(script)).filter((name) =>
      !Object.hasOwn(left, name) && (env !== undefined || !needNode.includes(name)) &&
      (only.length === 0 || only.includes(name))
    );
    const args = [script, ...common, "--ca", server.ca, "--only", chosen.join(",")];
    if (chosen.length > 0) await runScript(args, /^PASS /gm, /^(?:FAIL|MISSING) /gm, score, env);
  }
  const thunderbird = `${shared}/thunderbird-check.py`;
  const wantsThunderbird = only.length === 0 || only.includes("thunderbird");
  if (wantsThunderbird && await exists(thunderbird) && await hasProgram("thunderbird")) {
    for (const socket of ["ssl", "starttls"]) {
      const args = [thunderbird, ...common, "--socket", socket, "--mport", `${freePort()}`];
      await runScript(args, /^PASS/gm, /^FAIL/gm, score);
    }
  }
}

/** A port that was free a moment ago. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** `--small`: the checks of this folder alone, with the few programs that they need. Names choose among all. */
async function main(args: readonly string[]): Promise<number> {
  const isSmall = args.includes("--small");
  const only = args.filter((arg) => !arg.startsWith("--"));
  await install(isSmall ? ownChecks.map(({ name }) => name) : Object.keys(packages));
  const score: Score = { passed: 0, failed: 0 };
  const server = await Mailsrv.create();
  try {
    await server.stop();
    await server.freePorts();
    await server.start();
    await server.mustRun(["user", "add", user], `${password}\n`);
    if (!isSmall) await runShared(server, only, score);
    for (const check of ownChecks.filter(({ name }) => only.length === 0 || only.includes(name))) {
      const problem = await runOwnCheck(check, { server, user, password });
      console.log(
        problem === undefined
          ? `PASS own check of ${check.name}`
          : `FAIL own check of ${check.name}: ${problem}`,
      );
      if (problem === undefined) score.passed++;
      else score.failed++;
    }
  } catch (thrown) {
    score.failed++;
    console.error(thrown);
  } finally {
    if (score.failed > 0) console.log(server.log.split("\n").slice(-60).join("\n"));
    await server.dispose();
  }
  console.log(`${score.passed} passed, ${score.failed} failed`);
  return score.failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
