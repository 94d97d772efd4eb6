/**
 * A command of the command line: what it is called, what it takes, and running it.
 *
 * Options are a table, so that parsing, `help COMMAND` and the suggestion for a mistyped one come from one place.
 * The classic programs (`postmap -q KEY TABLE`) have their own options, which `classic.ts` translates.
 */

import type { Context } from "./context.ts";
import type { ExitCode } from "./exit_code.ts";

export interface CommandOption {
  /** Without dashes: `data`. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly letter?: string;
  /** What its value is, for the help text (`DIR`); absent: a switch. */
  readonly value?: string;
  readonly summary: string;
}

/** Options given, by name, and the remaining arguments in order. */
export interface Arguments {
  readonly options: Readonly<Record<string, string | true>>;
  readonly rest: readonly string[];
}

export interface Command {
  /** `serve`, `queue list`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Arguments after the name, for the usage line: `[ID ...]`. */
  readonly arguments?: string;
  /** Paragraphs for `help COMMAND`. */
  readonly details?: readonly string[];
  readonly options?: readonly CommandOption[];
  /** It reads its arguments itself (a classic program's options): they come in `rest`, as they stand. */
  readonly ownArguments?: boolean;
  /** Fewest and most arguments beside options; unlimited when absent. */
  readonly least?: number;
  readonly most?: number;
  run(context: Context, given: Arguments): Promise<ExitCode>;
}

/** A command line that cannot be understood: one line on stderr, exit 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
