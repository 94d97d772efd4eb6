/** What this process is: its name, its machine, its user. */

import { utf8Text } from "../base/bytes.ts";

import { parsePasswd } from "./passwd.ts";

/** The name that the process was started by; a link's own name, not what it points to. */
export function argv0(): string {
  try {
    return utf8Text(Deno.readFileSync("/proc/self/cmdline")).split("\0", 1)[0] ?? "mailsrv";
  } catch {
    return "mailsrv";
  }
}

/** gethostname(2). */
export function systemHostname(): string {
  try {
    return Deno.hostname();
  } catch {
    return "localhost";
  }
}

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly fullName: string;
}

/** Whoever runs this process, by /etc/passwd; without an entry there, the number is the name. */
export function systemUser(): SystemUser {
  const uid = Deno.uid() ?? 0;
  try {
    const entry = parsePasswd(utf8Text(Deno.readFileSync("/etc/passwd"))).find((user) => user.uid === uid);
    if (entry !== undefined) return { name: entry.name, uid, fullName: entry.fullName };
  } catch {
    // As if there were no entry.
  }
  return { name: String(uid), uid, fullName: "" };
}
