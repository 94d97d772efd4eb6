/** All verbs, in the order in which a session's statistics list them (as smtpd's table). */

import { authCommand } from "./auth_command.ts";
import type { CommandRow } from "./command_row.ts";
import { dataCommands } from "./data_commands.ts";
import { greetingCommands } from "./greeting_commands.ts";
import { mailCommands } from "./mail_commands.ts";
import {
  etrnCommand,
  expnCommand,
  helpCommand,
  noopCommand,
  quitCommand,
  vrfyCommand,
} from "./plain_commands.ts";
import type { SmtpRole } from "./question.ts";
import { tlsCommand } from "./tls_command.ts";
import { xclientCommand } from "./xclient_command.ts";

const [mail, rcpt, rset] = mailCommands;

function rowsFor(role: SmtpRole): ReadonlyMap<string, CommandRow> {
  const table = new Map<string, CommandRow>();
  const rows: readonly (CommandRow | undefined)[] = [
    ...greetingCommands,
    tlsCommand,
    authCommand,
    mail,
    rcpt,
    ...dataCommands,
    rset,
    noopCommand,
    vrfyCommand,
    expnCommand,
    etrnCommand,
    quitCommand,
    xclientCommand,
    helpCommand(() => [...table.values()].filter(({ hidden }) => hidden !== true).map(({ verb }) => verb)),
  ];
  for (const row of rows) {
    if (row !== undefined && (row.roles === undefined || row.roles.includes(role))) table.set(row.verb, row);
  }
  return table;
}

const tables: Readonly<Record<SmtpRole, ReadonlyMap<string, CommandRow>>> = {
  smtp: rowsFor("smtp"),
  submission: rowsFor("submission"),
  lmtp: rowsFor("lmtp"),
};

export function commandTable(role: SmtpRole): ReadonlyMap<string, CommandRow> {
  return tables[role];
}
