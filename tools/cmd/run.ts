/** Which command a command line names, and running it. Mistakes are one line on standard error and exit 64, or as the program of that name has it. */

import { basename } from "@std/path";

import { ConfigError, failureText, PermFailure, TempFailure } from "../kit/base/failure.ts";

import { parseArguments } from "./arguments.ts";
import { classicRow } from "./classic.ts";
import type { Arguments, Command } from "./command.ts";
import { UsageError } from "./command.ts";
import { commands } from "./commands.ts";
import type { Context } from "./context.ts";
import { processContext } from "./context.ts";
import { exitCode } from "./exit_code.ts";
import { commandHelp } from "./help.ts";
import { suggestion } from "./suggestion.ts";

/** Runs a command line (`argv0` as the system gave it, `args` after it) and gives its exit code (sysexits). */
export async function runCommand(argv0: string, args: readonly string[]): Promise<number> {
  const classic = classicRow(argv0);
  const context = processContext(argv0, classic === undefined ? "mailsrv" : basename(argv0));
  try {
    const { command, given } = classic === undefined
      ? chooseCommand(args)
      : chooseClassic(classic.command, classic.translate(args));
    if (given.options.help === true) {
      await context.print(commandHelp(context, command));
      return exitCode.ok;
    }
    return await command.run(context, given);
  } catch (thrown) {
    return reportFailure(context, thrown);
  }
}

function chooseClassic(name: string, call: Arguments & { readonly command?: string }): Chosen {
  return { command: findCommand(call.command ?? name)!, given: call };
}

interface Chosen {
  readonly command: Command;
  readonly given: Arguments;
}

function findCommand(name: string): Command | undefined {
  return commands.find((command) => command.name === name);
}

/** Finds the command that the first one or two words name. @throws UsageError */
export function chooseCommand(args: readonly string[]): Chosen {
  const [first, second] = args;
  if (first === undefined || first === "--help" || first === "-h") {
    return { command: findCommand("help")!, given: { options: {}, rest: [] } };
  }
  if (first === "--version" || first === "-V") {
    return { command: findCommand("version")!, given: { options: {}, rest: [] } };
  }
  const double = second === undefined ? undefined : findCommand(`${first} ${second}`);
  if (double !== undefined) return { command: double, given: parseArguments(double, args.slice(2)) };
  const single = findCommand(first);
  if (single !== undefined) return { command: single, given: parseArguments(single, args.slice(1)) };
  throw new UsageError(unknownCommand(first, second));
}

function unknownCommand(first: string, second: string | undefined): string {
  const group = commands.filter((command) => command.name.startsWith(`${first} `));
  if (group.length === 0) {
    const firsts = [...new Set(commands.map((command) => command.name.split(" ")[0]!))];
    return `unknown command "${first}"${suggestion(first, firsts)}; "mailsrv help" lists them all`;
  }
  const words = group.map((command) => command.name.slice(first.length + 1));
  if (second === undefined || second.startsWith("-")) return `${first}: one of ${words.join(", ")} is needed`;
  return `unknown command "${first} ${second}"${suggestion(second, words)}; there are ${words.join(", ")}`;
}

/** Programs of Postfix that know one exit code for all that is wrong. */
const plainPrograms = ["postmap", "postalias", "newaliases", "postconf"];

function reportFailure(context: Context, thrown: unknown): number {
  const { program } = context;
  if (!plainPrograms.includes(program)) return reportBySysexits(context, thrown);
  const complain = (text: string) => context.complain(`fatal: ${text}`);
  reportBySysexits({ ...context, complain }, thrown);
  return exitCode.no;
}

function reportBySysexits(context: Context, thrown: unknown): number {
  if (thrown instanceof UsageError) {
    context.complain(thrown.message);
    return exitCode.usage;
  }
  if (thrown instanceof ConfigError) {
    context.complain(thrown.message);
    return exitCode.config;
  }
  if (thrown instanceof PermFailure) {
    context.complain(thrown.text);
    return exitCode.dataError;
  }
  if (thrown instanceof TempFailure) {
    // The status is for peers.
    context.complain(failureText(thrown).replace(`${thrown.status} `, ""));
    return exitCode.tempFail;
  }
  context.complain(failureText(thrown));
  return exitCode.software;
}
