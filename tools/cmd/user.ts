/** `mailsrv user add|list|passwd|delete`: accounts. One step makes login and mailbox. */

import { ConfigError } from "../kit/base/failure.ts";
import { promptSecret } from "../kit/os/terminal.ts";

import type { Arguments, Command, CommandOption } from "./command.ts";
import type { Context } from "./context.ts";
import { readInputLine } from "./context.ts";
import { exitCode } from "./exit_code.ts";
import { openUsers } from "./open_stores.ts";
import { settingsFor } from "./settings.ts";

const passwordOption: CommandOption = {
  name: "password",
  value: "PASSWORD",
  summary: "the password; other users of this machine may see it in the list of processes",
};

/** From the option, asked for at a terminal, or the first line of standard input. */
async function passwordFrom(context: Context, given: Arguments): Promise<string> {
  const option = given.options.password;
  const password = typeof option === "string"
    ? option
    : context.inputIsTerminal
    ? promptSecret("Password: ")
    : await readInputLine(context);
  if (password === "") throw new ConfigError("the password is empty");
  return password;
}

const passwordDetails = [
  "The password is asked for, or read from the first line of standard input when that is no terminal. It is kept hashed.",
];

export const userAddCommand: Command = {
  name: "user add",
  summary: "add an account: login and mailbox",
  arguments: "NAME",
  details: passwordDetails,
  options: [passwordOption],
  least: 1,
  most: 1,
  run: async (context, given) => {
    const users = openUsers(context, (await settingsFor(context, given)).settings);
    const user = await users.add(given.rest[0]!, await passwordFrom(context, given));
    await context.print(`added ${user.name}, mail in ${user.home}\n`);
    return exitCode.ok;
  },
};

export const userListCommand: Command = {
  name: "user list",
  summary: "list the accounts",
  most: 0,
  run: async (context, given) => {
    const users = openUsers(context, (await settingsFor(context, given)).settings);
    for (const { name } of await users.list()) await context.print(`${name}\n`);
    return exitCode.ok;
  },
};

export const userPasswdCommand: Command = {
  name: "user passwd",
  summary: "set an account's password",
  arguments: "NAME",
  details: passwordDetails,
  options: [passwordOption],
  least: 1,
  most: 1,
  run: async (context, given) => {
    const users = openUsers(context, (await settingsFor(context, given)).settings);
    const name = given.rest[0]!;
    if (await users.find(name) === undefined) {
      context.complain(`there is no account "${name}"`);
      return exitCode.noUser;
    }
    await users.setPassword(name, await passwordFrom(context, given));
    return exitCode.ok;
  },
};

export const userDeleteCommand: Command = {
  name: "user delete",
  summary: "delete an account; its mail stays on disk",
  arguments: "NAME",
  least: 1,
  most: 1,
  run: async (context, given) => {
    const users = openUsers(context, (await settingsFor(context, given)).settings);
    const name = given.rest[0]!;
    const user = await users.find(name);
    if (user === undefined) {
      context.complain(`there is no account "${name}"`);
      return exitCode.noUser;
    }
    await users.delete(name);
    await context.print(`deleted ${user.name}; its mail stays in ${user.home}\n`);
    return exitCode.ok;
  },
};
