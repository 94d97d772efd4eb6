/**
 * Files that a hostile person may have put there, opened through libc: a symbolic link is not followed (unless asked), a
 * FIFO or a device does not keep the opener waiting, and only a regular file is given.
 */

import { cString, errno, type Libc, openLibc } from "./libc.ts";

export interface NativeOpenOptions {
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
  readonly truncate: boolean;
  readonly create: "always" | "ifMissing" | undefined;
  readonly mode: number;
  readonly followsLinks: boolean;
}

/** What fstat(2) says. */
export interface NativeInfo {
  readonly device: number;
  readonly inode: number;
  readonly links: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly octets: number;
  readonly modifiedMs: number;
}

// <fcntl.h> of Linux; two differ by machine.
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const isArm = Deno.build.arch === "aarch64";
const O_DIRECTORY = isArm ? 0o40000 : 0o200000;
const O_NOFOLLOW = isArm ? 0o100000 : 0o400000;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

/** The system's own words and number, so that they read as the runtime's do. */
export function systemError(code: number): Error {
  const words: Readonly<Record<number, string>> = {
    1: "Operation not permitted",
    2: "No such file or directory",
    5: "Input/output error",
    13: "Permission denied",
    17: "File exists",
    20: "Not a directory",
    21: "Is a directory",
    28: "No space left on device",
    40: "Too many levels of symbolic links",
    122: "Disk quota exceeded",
  };
  return new Error(`${words[code] ?? "system error"} (os error ${code})`);
}

function libcOrThrow(): Libc {
  const libc = openLibc();
  if (typeof libc === "string") throw new Error(libc);
  return libc;
}

/** @throws Error with `(os error N)`, or `not a regular file` */
export function openNativeFile(path: string, options: NativeOpenOptions): NativeFile {
  const libc = libcOrThrow();
  const access = options.read ? (options.write ? O_RDWR : 0) : O_WRONLY;
  const flags = access | O_NONBLOCK | O_CLOEXEC |
    (options.append ? O_APPEND : 0) | (options.truncate ? O_TRUNC : 0) |
    (options.create === undefined ? 0 : O_CREAT) | (options.create === "always" ? O_EXCL : 0) |
    (options.followsLinks ? 0 : O_NOFOLLOW);
  const descriptor = libc.openMode(cString(path), flags, options.mode);
  if (descriptor < 0) throw systemError(libc.errno());
  const file = new NativeFile(libc, descriptor);
  if ((file.stat().mode & S_IFMT) === S_IFREG) return file;
  file.close();
  throw new Error("not a regular file");
}

/**
 * Changes whose a name is: of a symbolic link its own, where chown(2) would give away what it leads to.
 * @throws Error with `(os error N)`; false when libc cannot be called
 */
export function changeOwner(path: string, uid: number, gid: number): boolean {
  const libc = openLibc();
  if (typeof libc === "string") return false;
  if (libc.lchown(cString(path), uid, gid) < 0) throw systemError(libc.errno());
  return true;
}

/** For `sync` alone. */
export function openNativeDirectory(path: string): NativeFile {
  const libc = libcOrThrow();
  const descriptor = libc.openMode(cString(path), O_NONBLOCK | O_CLOEXEC | O_DIRECTORY, 0);
  if (descriptor < 0) throw systemError(libc.errno());
  return new NativeFile(libc, descriptor, true);
}

/** An open file. All but `sync` is done when it returns. @throws Error with `(os error N)` */
export class NativeFile {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #isDirectory: boolean;
  #isOpen = true;

  constructor(libc: Libc, descriptor: number, isDirectory = false) {
    this.#libc = libc;
    this.#descriptor = descriptor;
    this.#isDirectory = isDirectory;
  }

  /** Octets read; 0 at the end. */
  read(buffer: Uint8Array<ArrayBuffer>, position: number): number {
    if (buffer.length === 0) return 0;
    return this.#again(() =>
      this.#libc.pread(this.#descriptor, buffer, BigInt(buffer.length), BigInt(position))
    );
  }

  /** Writes all; at the end of the file when it was opened to append. */
  write(bytes: Uint8Array<ArrayBuffer>, position: number | undefined): void {
    for (let written = 0; written < bytes.length;) {
      const rest = bytes.subarray(written);
      const length = BigInt(rest.length);
      written += this.#again(() =>
        position === undefined
          ? this.#libc.write(this.#descriptor, rest, length)
          : this.#libc.pwrite(this.#descriptor, rest, length, BigInt(position + written))
      );
    }
  }

  truncate(octets: number): void {
    this.#again(() => this.#libc.ftruncate(this.#descriptor, BigInt(octets)));
  }

  /** Contents and length (fdatasync(2)); of a directory its names, for which fsync(2) is needed. */
  async sync(): Promise<void> {
    const sync = this.#isDirectory ? this.#libc.fsync : this.#libc.fdatasync;
    if (await sync(this.#descriptor) !== 0) throw systemError(5);
  }

  stat(): NativeInfo {
    const view = new DataView(new ArrayBuffer(256));
    this.#again(() => this.#libc.fstat(this.#descriptor, new Uint8Array(view.buffer)));
    const wide = (at: number) => Number(view.getBigUint64(at, true));
    const narrow = (at: number) => view.getUint32(at, true);
    // struct stat of 64-bit machines: x86-64 has links before the mode, others after it.
    const at = isArm ? { mode: 16, uid: 24, gid: 28 } : { mode: 24, uid: 28, gid: 32 };
    return {
      device: wide(0),
      inode: wide(8),
      links: isArm ? narrow(20) : wide(16),
      mode: narrow(at.mode),
      uid: narrow(at.uid),
      gid: narrow(at.gid),
      octets: wide(48),
      modifiedMs: wide(88) * 1000 + Math.floor(wide(96) / 1e6),
    };
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#libc.close(this.#descriptor);
  }

  /** Runs a call until no signal interrupts it. */
  #again(call: () => number | bigint): number {
    for (;;) {
      const result = Number(call());
      if (result >= 0) return result;
      const code = this.#libc.errno();
      if (code !== errno.EINTR) throw systemError(code);
    }
  }
}
