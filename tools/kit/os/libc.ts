/**
 * The C library, as far as Deno does not offer what it can. Linux on 64-bit machines only: elsewhere, or where calling
 * native code is not permitted, `openLibc` says so and what hangs on it is unavailable.
 */

import { utf8Bytes } from "../base/bytes.ts";
import { failureText } from "../base/failure.ts";

const symbols = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  kill: { parameters: ["i32", "i32"], result: "i32" },
  fstat: { parameters: ["i32", "buffer"], result: "i32" },
  openMode: { name: "open", parameters: ["buffer", "i32", "u32"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  lchown: { parameters: ["buffer", "u32", "u32"], result: "i32" },
  /** Beside the JavaScript thread; these two give 0 or -1, and no errno. */
  fsync: { parameters: ["i32"], result: "i32", nonblocking: true },
  fdatasync: { parameters: ["i32"], result: "i32", nonblocking: true },
  getgroups: { parameters: ["i32", "buffer"], result: "i32" },
  /** Of the calling thread alone, where the function of that name would change all. */
  threadCall: { name: "syscall", parameters: ["i64", "i64", "buffer"], result: "i64" },
  threadIds: { name: "syscall", parameters: ["i64", "i64", "i64", "i64"], result: "i64" },
  __errno_location: { parameters: [], result: "pointer" },
  program_invocation_name: { type: "pointer" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof symbols>["symbols"];

export interface Libc extends Omit<Symbols, "__errno_location" | "program_invocation_name"> {
  /** Why the call just made failed; to be read before anything else happens. */
  errno(): number;
  /** argv[0]. */
  programName(): string | undefined;
}

export const errno = { ENOENT: 2, ESRCH: 3, EINTR: 4, EAGAIN: 11, EACCES: 13, EINVAL: 22 } as const;

let opened: Libc | string | undefined;

/** The library, or why there is none. Opened once. */
export function openLibc(): Libc | string {
  opened ??= open();
  return opened;
}

/** A path as C wants it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return utf8Bytes(`${text}\0`);
}

function open(): Libc | string {
  if (Deno.build.os !== "linux") return `calls to libc are not made on ${Deno.build.os}`;
  try {
    const { symbols: opened } = Deno.dlopen("libc.so.6", symbols);
    const { __errno_location: errnoLocation, program_invocation_name: programName, ...calls } = opened;
    return {
      ...calls,
      errno: () => {
        const location = errnoLocation();
        return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
      },
      programName: () => {
        const name = programName === null ? null : new Deno.UnsafePointerView(programName).getPointer();
        return name === null ? undefined : Deno.UnsafePointerView.getCString(name);
      },
    };
  } catch (thrown) {
    return `libc cannot be called: ${failureText(thrown)}`;
  }
}
