/** Processes of this host by their numbers. */

import { errno, openLibc } from "./libc.ts";

/** This process, as lock files name it: its number, and the host's name as gethostname(2) gives it. */
export function thisProcess(): { readonly id: number; readonly host: string } {
  return { id: Deno.pid, host: Deno.hostname() };
}

/** Has the host no process of that number? False where that cannot be known: without libc (kill(2) with signal 0). */
export function processIsGone(pid: number): boolean {
  // 0 and negative numbers mean groups of processes.
  if (!Number.isInteger(pid) || pid <= 0 || pid >= 2 ** 31) return false;
  const libc = openLibc();
  return typeof libc !== "string" && libc.kill(pid, 0) !== 0 && libc.errno() === errno.ESRCH;
}
