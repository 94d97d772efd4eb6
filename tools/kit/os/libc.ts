/**
 * libc by FFI: the few calls that the runtime does not have. Opened at first use; where libraries may not be loaded, or
 * libc has another name, every user of it goes without.
 */

const symbols = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

export type Libc = Deno.DynamicLibrary<typeof symbols>["symbols"];

let library: Libc | undefined | "unavailable";

/** libc's functions, or `undefined` where they cannot be had. */
export function libc(): Libc | undefined {
  if (library === undefined) {
    try {
      library = Deno.dlopen("libc.so.6", symbols).symbols;
    } catch {
      library = "unavailable";
    }
  }
  return library === "unavailable" ? undefined : library;
}

/** A string as C has it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
