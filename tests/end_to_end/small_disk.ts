/** A small file system for tests of full and read-only disks: a tmpfs, where this process may mount one. */

import { join } from "@std/path";

import { runProgram } from "../server/mailsrv.ts";

export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Mounted at the empty directory `path`; `undefined`, with a line that tells why, where that is not possible. */
  static async mount(path: string, octets: number): Promise<SmallDisk | undefined> {
    await Deno.mkdir(path, { recursive: true });
    const reason = Deno.uid() === 0
      ? await mount(["-t", "tmpfs", "-o", `size=${octets},mode=700`, "tmpfs", path])
      : "not root";
    if (reason === "") return new SmallDisk(path);
    console.log(`left out: no small file system can be mounted at ${path}: ${reason}`);
    return undefined;
  }

  /** Until nothing more goes in. */
  async fill(): Promise<void> {
    const file = await Deno.open(join(this.path, "filler"), { create: true, append: true });
    try {
      for (const octets of [65536, 4096, 1]) {
        try {
          for (;;) await file.write(new Uint8Array(octets));
        } catch {
          // Full for pieces of this length.
        }
      }
    } finally {
      file.close();
    }
  }

  async empty(): Promise<void> {
    await Deno.remove(join(this.path, "filler"));
  }

  async setReadOnly(isReadOnly: boolean): Promise<void> {
    const reason = await mount(["-o", `remount,${isReadOnly ? "ro" : "rw"}`, this.path]);
    if (reason !== "") throw new Error(reason);
  }

  async unmount(): Promise<void> {
    await runProgram("umount", ["-l", this.path]);
  }
}

async function mount(args: readonly string[]): Promise<string> {
  try {
    const { code, stderr } = await runProgram("mount", args);
    return code === 0 ? "" : stderr.trim() || `exit ${code}`;
  } catch (thrown) {
    return String(thrown);
  }
}
