/**
 * Disk: the seam between everything that keeps files and the file system. Two implementations: `real_disk.ts`
 * (the only place in the project that opens, renames or removes files) and `sim_disk.ts` (loses what was not synced,
 * tears the last write, stops at the Nth operation). One suite, `disk_suite_test.ts`, runs against both.
 *
 * Durability, as both keep it: file contents are durable after `sync()` of the file; a name (create, rename, link,
 * unlink, mkdir) is durable after `syncDir()` of its directory. Nothing else promises anything.
 *
 * Failures: a missing file is `undefined` from `stat`, and otherwise `DiskError` with code `notFound`; a full disk, a
 * read-only file system, too many open files and the like are `DiskError` too, so that callers need not know the
 * operating system's words.
 */

export type DiskErrorCode = "notFound" | "exists" | "full" | "denied" | "notEmpty" | "notDirectory" | "other";

export class DiskError extends Error {
  override readonly name = "DiskError";

  constructor(
    readonly code: DiskErrorCode,
    readonly action: string,
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`cannot ${action} ${path}: ${describeDiskError(code, options?.cause)}`, options);
  }
}

function describeDiskError(code: DiskErrorCode, cause: unknown): string {
  const words: Record<DiskErrorCode, string> = {
    notFound: "No such file or directory",
    exists: "File exists",
    full: "No space left on device",
    denied: "Permission denied",
    notEmpty: "Directory not empty",
    notDirectory: "Not a directory",
    other: cause instanceof Error ? cause.message : "Input/output error",
  };
  return words[code];
}

export interface FileInfo {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly octets: number;
  /** Last modification, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Changes when a path is replaced by another file. */
  readonly inode: number;
  readonly device: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
}

export interface DirEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "other";
}

export interface OpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  /** Every write goes to the end. */
  readonly append?: boolean;
  readonly truncate?: boolean;
  /** `always`: make it, fail with `exists` if it is there (O_EXCL). `ifMissing`: make it if need be. */
  readonly create?: "always" | "ifMissing";
  /** Permission bits of a new file; default 0o600. */
  readonly mode?: number;
}

export interface DiskFile {
  /** Reads up to `buffer.length` octets at `position`; 0 means the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes`, at `position`, or at the end when the file was opened with `append`. */
  write(bytes: Uint8Array, position?: number): Promise<void>;
  truncate(octets: number): Promise<void>;
  /** fdatasync(2): contents and length are durable when this returns. */
  sync(): Promise<void>;
  stat(): Promise<FileInfo>;
  close(): Promise<void>;
}

export interface Disk {
  open(path: string, options: OpenOptions): Promise<DiskFile>;
  /** The whole file. @throws DiskError `other` when it is longer than `maxOctets`. */
  readFile(path: string, maxOctets?: number): Promise<Uint8Array<ArrayBuffer>>;
  stat(path: string): Promise<FileInfo | undefined>;
  /** Like `stat` but of a symbolic link itself. */
  lstat(path: string): Promise<FileInfo | undefined>;
  /** Names in a directory, without `.` and `..`, in no order. */
  list(path: string): Promise<readonly DirEntry[]>;
  /** Makes a directory and, with `parents`, those above it; being there already is no error with `parents`. */
  mkdir(path: string, options?: { readonly mode?: number; readonly parents?: boolean }): Promise<void>;
  rmdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Sets the modification time. */
  touch(path: string, modifiedMs: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  /** Of a symbolic link itself. */
  chown(path: string, uid: number, gid: number): Promise<void>;
  /** fsync(2) of a directory: its names are durable when this returns. */
  syncDir(path: string): Promise<void>;
}

/** Replaces a file so that a reader or a crash finds the old contents or the new, wholly and durably. */
export async function writeFileAtomically(
  disk: Disk,
  path: string,
  contents: Uint8Array,
  options: { readonly mode?: number; readonly temporary: string },
): Promise<void> {
  const file = await disk.open(options.temporary, {
    write: true,
    create: "ifMissing",
    truncate: true,
    mode: options.mode ?? 0o600,
  });
  try {
    await file.write(contents, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(options.temporary, path);
  await disk.syncDir(path.slice(0, path.lastIndexOf("/")) || "/");
}
