/**
 * `@std/cli`, from the copy of the standard library that npm carries (its `mod.js` does not load there, so the one
 * function is taken from its own module).
 */

import * as cli from "deno-std/cli/parse_args.js";

export interface ParseOptions {
  readonly boolean?: readonly string[];
  readonly string?: readonly string[];
  readonly collect?: readonly string[];
  readonly negatable?: readonly string[];
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly stopEarly?: boolean;
  readonly "--"?: boolean;
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

export type Args = {
  readonly [option: string]: unknown;
  readonly _: (string | number)[];
  readonly "--"?: string[];
};

export const parseArgs =
  (cli as unknown as { parseArgs(args: readonly string[], options?: ParseOptions): Args })
    .parseArgs;
