/** `mailsrv help [COMMAND]`: the list of commands, or one command whole, from the tables that also parse them. */

import { settingsReference } from "../config/reference.ts";

import { commonOptions } from "./arguments.ts";
import { classicRows } from "./classic.ts";
import type { Command, CommandOption } from "./command.ts";
import { UsageError } from "./command.ts";
import type { Context } from "./context.ts";
import { exitCode } from "./exit_code.ts";
import { suggestion } from "./suggestion.ts";

/** The help command over the table of all commands (which holds this one too, so it comes as a function). */
export function helpCommand(all: () => readonly Command[]): Command {
  return {
    name: "help",
    summary: "explain all commands, one command, or the settings",
    arguments: "[COMMAND | settings]",
    run: async (context, given) => {
      const name = given.rest.join(" ");
      if (name === "") await context.print(overview(context, all()));
      else if (name === "settings") await context.print(settingsReference());
      else await context.print(commandsHelp(context, all(), name));
      return exitCode.ok;
    },
  };
}

function overview(context: Context, commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  const rows = commands.map((command) => `  ${command.name.padEnd(width)}${command.summary}\n`).join("");
  return `mailsrv: an SMTP, POP3 and IMAP server in one program\n\nusage: ${context.prefix} COMMAND [OPTIONS]\n\n${rows}\n` +
    `"${context.prefix} help COMMAND" explains one, "help settings" the settings.\n` +
    `Started through a link named ${Object.keys(classicRows).join(", ")}, it is that program.\n`;
}

function commandsHelp(context: Context, commands: readonly Command[], name: string): string {
  const row = Object.hasOwn(classicRows, name) ? classicRows[name] : undefined;
  const wanted = row?.command ?? name;
  const found = commands.filter((command) =>
    command.name === wanted || command.name.startsWith(`${wanted} `)
  );
  if (found.length === 0) {
    throw new UsageError(
      `help: unknown command "${name}"${suggestion(name, commands.map((command) => command.name))}`,
    );
  }
  return found.map((command) => commandHelp(context, command)).join("\n");
}

export function commandHelp(context: Context, command: Command): string {
  const parts = [
    `usage: ${context.prefix} ${command.name} [OPTIONS] ${command.arguments ?? ""}`.trimEnd(),
    command.summary,
  ];
  if (command.details !== undefined) parts.push(...command.details);
  parts.push([...(command.options ?? []), ...commonOptions].map(optionLine).join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function optionLine(option: CommandOption): string {
  const letter = option.letter === undefined ? "    " : `-${option.letter}, `;
  const value = option.value === undefined ? "" : ` ${option.value}`;
  return `  ${letter}${`--${option.name}${value}`.padEnd(22)} ${option.summary}`;
}
