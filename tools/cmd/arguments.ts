/** Command lines to options and arguments, by a command's table of options. */

import type { Arguments, Command, CommandOption } from "./command.ts";
import { UsageError } from "./command.ts";
import { suggestion } from "./suggestion.ts";

/** Taken by every command. */
export const commonOptions: readonly CommandOption[] = [
  { name: "data", value: "DIR", summary: "data directory (default ./mailsrv-data, or $MAILSRV_DATA)" },
  { name: "config", letter: "c", value: "FILE", summary: "settings file (default DIR/mailsrv.toml)" },
  {
    name: "postfix",
    value: "DIR",
    summary: "settings from Postfix's main.cf and master.cf in DIR (or $MAILSRV_POSTFIX)",
  },
  { name: "help", letter: "h", summary: "show this help" },
];

/**
 * Options may stand anywhere before `--`; a value follows its option or an equals sign.
 *
 * @throws UsageError naming the unknown option and its nearest neighbour, a missing value, or a wrong number of
 * arguments.
 */
export function parseArguments(command: Command, args: readonly string[]): Arguments {
  if (command.ownArguments === true) {
    const help = args.length === 1 && (args[0] === "--help" || args[0] === "-h");
    return help ? { options: { help: true }, rest: [] } : { options: {}, rest: args };
  }
  const known = [...(command.options ?? []), ...commonOptions];
  const options: Record<string, string | true> = {};
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "--") {
      rest.push(...args.slice(index + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      rest.push(arg);
      continue;
    }
    const equals = arg.indexOf("=");
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const option = known.find((row) =>
      `--${row.name}` === name || (row.letter !== undefined && `-${row.letter}` === name)
    );
    if (option === undefined) {
      const near = suggestion(name, known.map((row) => `--${row.name}`));
      throw new UsageError(`${command.name}: unknown option ${name}${near}`);
    }
    if (option.value === undefined) {
      if (equals >= 0) throw new UsageError(`${command.name}: option ${name} takes no value`);
      options[option.name] = true;
      continue;
    }
    const value = equals >= 0 ? arg.slice(equals + 1) : args[++index];
    if (value === undefined) {
      throw new UsageError(`${command.name}: option ${name} needs a value: ${option.value}`);
    }
    options[option.name] = value;
  }
  if (options.help !== true) checkCount(command, rest);
  return { options, rest };
}

function checkCount(command: Command, rest: readonly string[]): void {
  const usage = `usage: mailsrv ${command.name} ${command.arguments ?? ""}`.trimEnd();
  if (rest.length < (command.least ?? 0)) {
    throw new UsageError(`${command.name}: too few arguments; ${usage}`);
  }
  if (command.most !== undefined && rest.length > command.most) {
    throw new UsageError(`${command.name}: unexpected argument "${rest[command.most]}"; ${usage}`);
  }
}
