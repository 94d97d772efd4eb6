/**
 * The operating system's files in a person's name: a `Disk` on which the kernel allows what it allows that person, and
 * nothing more, though this process is root. Where a person may put what he likes, nothing is trusted: files are opened
 * without following a symbolic link, and never wait for a FIFO's other end.
 *
 * DIAGNOSTICS: `DiskError`, as of the real disk; `other` for what is not a regular file.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import type { NativeFile } from "../../tools/kit/os/native_file.ts";
import { openNativeDirectory, openNativeFile } from "../../tools/kit/os/native_file.ts";
import type { Person } from "../../tools/kit/os/rights.ts";
import { actAs } from "../../tools/kit/os/rights.ts";

import type { Disk, DiskFile, FileInfo, OpenOptions } from "./disk.ts";
import { attempt, createRealDisk, failure } from "./real_disk.ts";

export function personDisk(person: Person): Disk {
  return createRealDisk({
    within: (call) => actAs(person, call),
    open: (path, options) =>
      new PersonFile(open(path, options), { path, append: options.append ?? false, person }),
    readFile: readAll,
    openDirectory: openNativeDirectory,
  });
}

function open(path: string, options: OpenOptions): NativeFile {
  const { append = false, write = false, read = !append && !write } = options;
  return openNativeFile(path, {
    read,
    write: write || append,
    append,
    truncate: options.truncate ?? false,
    create: options.create,
    mode: options.mode ?? 0o600,
    followsLinks: false,
  });
}

/** A file that is only read may be named by a link: it is read with the person's rights. */
function readAll(path: string, maxOctets: number): Bytes {
  const file = openNativeFile(path, {
    read: true,
    write: false,
    append: false,
    truncate: false,
    create: undefined,
    mode: 0,
    followsLinks: true,
  });
  try {
    const { octets } = file.stat();
    if (octets > maxOctets) throw new Error(`File is longer than ${maxOctets} octets`);
    const contents = new Uint8Array(octets);
    let length = 0;
    while (length < octets) {
      const count = file.read(contents.subarray(length), length);
      if (count === 0) break;
      length += count;
    }
    return contents.slice(0, length);
  } finally {
    file.close();
  }
}

/** The rights to it were those of the opening; what is written to it counts as the person's, for quotas say. */
class PersonFile implements DiskFile {
  readonly #file: NativeFile;
  readonly #path: string;
  readonly #append: boolean;
  readonly #person: Person;

  constructor(
    file: NativeFile,
    options: { readonly path: string; readonly append: boolean; readonly person: Person },
  ) {
    this.#file = file;
    this.#path = options.path;
    this.#append = options.append;
    this.#person = options.person;
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return attempt("read", this.#path, () => {
      const octets = new Uint8Array(buffer.length);
      const count = this.#file.read(octets, position);
      buffer.set(octets.subarray(0, count));
      return count;
    });
  }

  write(bytes: Uint8Array, position?: number): Promise<void> {
    return attempt("write", this.#path, () => {
      const at = this.#append ? undefined : position ?? this.#file.stat().octets;
      actAs(this.#person, () => this.#file.write(new Uint8Array(bytes), at));
    });
  }

  truncate(octets: number): Promise<void> {
    return attempt("truncate", this.#path, () => actAs(this.#person, () => this.#file.truncate(octets)));
  }

  async sync(): Promise<void> {
    try {
      await this.#file.sync();
    } catch (thrown) {
      throw failure(thrown, "sync", this.#path);
    }
  }

  stat(): Promise<FileInfo> {
    return attempt("look at", this.#path, () => {
      const { mode, ...info } = this.#file.stat();
      return { kind: "file", ...info, mode: mode & 0o7777 };
    });
  }

  close(): Promise<void> {
    return attempt("close", this.#path, () => this.#file.close());
  }
}
