/** Who this process is: its host's name, the name it was started by, its user. */

import { openLibc } from "./libc.ts";

/** The effective user's number; `undefined` where the system has none. */
export function processUid(): number | undefined {
  return Deno.uid() ?? undefined;
}

/** The user and group that this process runs as; -1 where the system has none. */
export function processPerson(): { readonly uid: number; readonly gid: number } {
  return { uid: Deno.uid() ?? -1, gid: Deno.gid() ?? -1 };
}

/**
 * The host's fully qualified name, as `myhostname` has it by default: the system's name when it has a dot, else the first
 * dotted name that /etc/hosts gives on a line with it, else with `.localdomain` (postconf(5) mydomain).
 */
export function hostName(): string {
  return qualifyHostName(Deno.hostname(), readText("/etc/hosts") ?? "");
}

/** The rule of `hostName` on given facts. */
export function qualifyHostName(name: string, hosts: string): string {
  if (name.includes(".")) return name;
  for (const line of hosts.split("\n")) {
    const [_address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (!names.includes(name)) continue;
    const qualified = names.find((other) => other.startsWith(`${name}.`));
    if (qualified !== undefined) return qualified;
  }
  return `${name === "" ? "localhost" : name}.localdomain`;
}

/**
 * The word that this process was started by (`/usr/sbin/sendmail`), which Deno does not tell; `undefined` when it
 * cannot be known. From libc, since /proc/self/cmdline may be read with all rights only.
 */
export function startedAs(): string | undefined {
  const libc = openLibc();
  return typeof libc === "string" ? undefined : libc.programName();
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
