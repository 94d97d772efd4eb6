/** What trouble with the queue's disk looks like to those who hand mail over. */

import { TempFailure } from "../../tools/kit/base/failure.ts";

import { DiskError } from "../file/disk.ts";

/** A `TempFailure` in Postfix's words for a `DiskError`; anything else as it is. */
export function spoolFailure(thrown: unknown): unknown {
  if (!(thrown instanceof DiskError)) return thrown;
  return thrown.code === "full"
    ? new TempFailure("4.3.1", "Insufficient system storage", { cause: thrown })
    : new TempFailure("4.3.0", "Error: queue file write error", { cause: thrown });
}

/** Runs `action`; trouble with the disk comes out as `TempFailure`. */
export async function withSpoolFailures<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw spoolFailure(thrown);
  }
}
