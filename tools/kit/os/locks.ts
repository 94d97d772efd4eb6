/**
 * Advisory locks on whole files: fcntl(2) F_OFD_SETLK, which belong to an open file description. They shut out other
 * programs' fcntl locks (Postfix, Dovecot, mutt) and, unlike those, are not lost when another thread of this process
 * closes the same file. Linux on 64-bit machines; elsewhere `unavailable`.
 */

import { cString, libc } from "./libc.ts";

export type FileLock =
  | { readonly kind: "locked"; release(): void }
  /** Another program holds it. */
  | { readonly kind: "busy" }
  /** The system has no such locks, or the file cannot be opened. */
  | { readonly kind: "unavailable" };

const readWrite = 2;
const closeOnExec = 0o2000000;
const setOpenFileLock = 37;
const writeLock = 1;
/** struct flock on 64-bit Linux. */
const flockOctets = 32;

/** Tries once for the exclusive lock on the existing file `path`. */
export function openFileLock(path: string): FileLock {
  const c = Deno.build.os === "linux" ? libc() : undefined;
  if (c === undefined) return { kind: "unavailable" };
  const descriptor = c.open(cString(path), readWrite | closeOnExec);
  if (descriptor < 0) return { kind: "unavailable" };
  const request = new Uint8Array(flockOctets);
  // l_type first; l_whence, l_start, l_len and l_pid are 0: the whole file.
  new DataView(request.buffer).setInt16(0, writeLock, true);
  if (c.fcntl(descriptor, setOpenFileLock, request) !== 0) {
    c.close(descriptor);
    return { kind: "busy" };
  }
  return { kind: "locked", release: () => void c.close(descriptor) };
}
