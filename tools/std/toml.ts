/** `@std/toml`, from the copy of the standard library that npm carries. */

import * as toml from "deno-std/toml/mod.js";

interface Toml {
  parse(text: string): Record<string, unknown>;
  stringify(value: Record<string, unknown>): string;
}

export const { parse, stringify } = toml as unknown as Toml;
