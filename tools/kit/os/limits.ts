/** Limits of the operating system on this process. */

import { openLibc } from "./libc.ts";

const RLIMIT_NOFILE = 7;

export interface DescriptorLimit {
  /** How many files and sockets may be open. */
  readonly now: number;
  /** How many it may be raised to. */
  readonly most: number;
}

/** Raises the limit of open descriptors to what is allowed, and gives it; `undefined` when it cannot be known. */
export function raiseDescriptorLimit(): DescriptorLimit | undefined {
  const libc = openLibc();
  if (typeof libc === "string") return undefined;
  // struct rlimit: current and maximum, 8 octets each.
  const limits = new BigUint64Array(2);
  const octets = new Uint8Array(limits.buffer);
  if (libc.getrlimit(RLIMIT_NOFILE, octets) !== 0) return undefined;
  const [current = 0n, most = 0n] = limits;
  if (current < most) {
    limits[0] = most;
    if (libc.setrlimit(RLIMIT_NOFILE, octets) !== 0) limits[0] = current;
  }
  return { now: Number(limits[0]), most: Number(most) };
}
