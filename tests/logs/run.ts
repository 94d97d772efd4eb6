/**
 * `deno task test:logs`: what pflogsumm counts and fail2ban's own filters match in the log of a day. Installs what is
 * missing when it may (Debian, root).
 */

import { hasProgram, runProgram } from "../server/mailsrv.ts";

import { count, events, runDay } from "./day.ts";

/** Program to Debian package. */
const packages: Readonly<Record<string, string>> = { pflogsumm: "pflogsumm", "fail2ban-regex": "fail2ban" };

interface Check {
  readonly what: string;
  readonly program: readonly string[];
  /** Captures the number. */
  readonly pattern: RegExp;
  readonly expected: number;
}

function checks(log: string): readonly Check[] {
  const summed = (what: string, expected: number): Check => ({
    what: `pflogsumm: ${what}`,
    program: ["pflogsumm", "--smtpd-stats", log],
    pattern: new RegExp(`^ +(\\d+) +${what}\\b`, "m"),
    expected,
  });
  const matched = (filter: string, expected: number): Check => ({
    what: `fail2ban: ${filter}`,
    program: ["fail2ban-regex", log, filter],
    pattern: /^Failregex: (\d+) total/m,
    expected,
  });
  const { received, delivered, deferred, bounced, rejected, warned, held, discarded } = events;
  const { smtpLogins, imapLogins, pop3Logins } = events;
  return [
    // And one that a program has left.
    summed("received", received + 1),
    summed("delivered", delivered),
    summed("deferred", deferred),
    summed("bounced", bounced),
    summed("rejected", rejected),
    summed("reject warnings", warned),
    summed("held", held),
    summed("discarded", discarded),
    summed("connections", 3),
    matched("postfix", rejected),
    matched("postfix[mode=auth]", smtpLogins),
    matched("postfix[mode=extra]", rejected + smtpLogins),
    // Each refused password, and each session that ended with nothing else.
    matched("dovecot", imapLogins + pop3Logins + 2),
  ];
}

async function install(): Promise<void> {
  const missing: string[] = [];
  for (const [program, name] of Object.entries(packages)) if (!await hasProgram(program)) missing.push(name);
  if (missing.length === 0) return;
  for (const args of [["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", ...missing]]) {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await new Deno.Command("apt-get", { args, env, stdout: "null" }).spawn().status;
  }
}

await install();
const path = await Deno.makeTempFile({ prefix: "mailsrv-day-", suffix: ".log" });
const text = await runDay();
await Deno.writeTextFile(path, text);
let failed = 0;
const all = checks(path);
for (const { what, program: [name, ...args], pattern, expected } of all) {
  const { stdout, stderr } = await runProgram(name!, args);
  const found = pattern.exec(stdout)?.[1];
  const isGood = Number(found) === expected;
  if (!isGood) failed++;
  console.log(`${isGood ? "ok    " : "FAILED"} ${what}: ${found ?? `nothing; ${stderr}`}`);
}
if (failed > 0) console.log(`${count(text, /./)} lines:\n${text}`);
await Deno.remove(path);
console.log(`${all.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
