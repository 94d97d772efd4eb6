/** Limits of this process: open files. */

import { libc } from "./libc.ts";

const openFiles = 7;

/** Raises the limit of open files to what the system allows at most; says how many that is, if it is known. */
export function raiseFileLimit(): number | undefined {
  const c = Deno.build.os === "linux" ? libc() : undefined;
  // struct rlimit: the soft limit, the hard limit.
  const limit = new BigUint64Array(2);
  const octets = new Uint8Array(limit.buffer);
  if (c === undefined || c.getrlimit(openFiles, octets) !== 0) return undefined;
  if (limit[0]! < limit[1]!) {
    const before = limit[0]!;
    limit[0] = limit[1]!;
    if (c.setrlimit(openFiles, octets) !== 0) limit[0] = before;
  }
  return Number(limit[0]);
}
