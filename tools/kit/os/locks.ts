/**
 * Advisory locks on whole files that other programs (mail readers, Postfix, Dovecot) keep too.
 *
 * `fcntl` takes open file description locks (fcntl(2) F_OFD_SETLK): they exclude others' POSIX locks, and unlike those
 * belong to this one opening of the file, so that two sessions of this process exclude each other and the closing of
 * another descriptor loses nothing. `flock` takes flock(2) locks. Both need calls to libc; without them the answer is
 * `unavailable`, and the caller is left with dot-locks.
 *
 * Nothing here waits: who finds a file locked tries again.
 */

import { cString, errno, type Libc, openLibc } from "./libc.ts";

export interface FileLock {
  /** Of the locked file; another than the path's when the file was replaced meanwhile: lock again then. */
  readonly inode: number;
  /** Harmless when done twice. */
  release(): void;
}

export type LockResult =
  | { readonly kind: "locked"; readonly lock: FileLock }
  /** `pid` is known for POSIX locks of other processes. */
  | { readonly kind: "held"; readonly pid?: number }
  | { readonly kind: "missing" }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "unavailable"; readonly text: string };

export interface LockOptions {
  readonly mode: "shared" | "exclusive";
  readonly method: "fcntl" | "flock";
}

// <fcntl.h>, <sys/file.h> of Linux.
const O_RDONLY = 0;
const O_RDWR = 2;
const O_CLOEXEC = 0o2000000;
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_RDLCK = 0;
const F_WRLCK = 1;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Tries to lock the file at `path`, which must exist. */
export function tryLockFile(path: string, options: LockOptions): LockResult {
  const libc = openLibc();
  if (typeof libc === "string") return { kind: "unavailable", text: libc };
  const access = options.mode === "exclusive" ? O_RDWR : O_RDONLY;
  const descriptor = libc.open(cString(path), access | O_CLOEXEC);
  if (descriptor < 0) {
    const code = libc.errno();
    if (code === errno.ENOENT) return { kind: "missing" };
    return { kind: "failed", text: `cannot open ${path} to lock it: errno ${code}` };
  }
  const failure = options.method === "fcntl"
    ? setFcntl(libc, descriptor, options.mode)
    : setFlock(libc, descriptor, options.mode);
  if (failure === undefined) return { kind: "locked", lock: lockOf(libc, descriptor) };
  libc.close(descriptor);
  return failure === "held" || typeof failure === "object"
    ? { kind: "held", ...(typeof failure === "object" ? failure : {}) }
    : { kind: "failed", text: `cannot lock ${path}: ${failure}` };
}

type Failure = "held" | { readonly pid: number } | `errno ${number}` | undefined;

function setFcntl(libc: Libc, descriptor: number, mode: LockOptions["mode"]): Failure {
  const wanted = flockStruct(mode);
  if (libc.fcntl(descriptor, F_OFD_SETLK, wanted) === 0) return undefined;
  const code = libc.errno();
  if (code !== errno.EAGAIN && code !== errno.EACCES) return `errno ${code}`;
  const holder = flockStruct(mode);
  if (libc.fcntl(descriptor, F_OFD_GETLK, holder) !== 0) return "held";
  // An open file description lock tells no process: -1.
  const pid = new DataView(holder.buffer).getInt32(24, true);
  return pid > 0 ? { pid } : "held";
}

function setFlock(libc: Libc, descriptor: number, mode: LockOptions["mode"]): Failure {
  if (libc.flock(descriptor, (mode === "exclusive" ? LOCK_EX : LOCK_SH) | LOCK_NB) === 0) return undefined;
  const code = libc.errno();
  return code === errno.EAGAIN ? "held" : `errno ${code}`;
}

/** struct flock: type (2), whence (2), 4 unused, start (8), length (8; 0 is all), pid (4), 4 unused. */
function flockStruct(mode: LockOptions["mode"]): Uint8Array<ArrayBuffer> {
  const struct = new Uint8Array(32);
  new DataView(struct.buffer).setInt16(0, mode === "exclusive" ? F_WRLCK : F_RDLCK, true);
  return struct;
}

function lockOf(libc: Libc, descriptor: number): FileLock {
  let isHeld = true;
  return {
    inode: inodeOf(libc, descriptor),
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      // The lock ends with the last descriptor of this opening.
      libc.close(descriptor);
    },
  };
}

/** struct stat of 64-bit Linux: device (8), inode (8), and more. */
function inodeOf(libc: Libc, descriptor: number): number {
  const struct = new BigUint64Array(32);
  return libc.fstat(descriptor, new Uint8Array(struct.buffer)) === 0 ? Number(struct[1]) : 0;
}
