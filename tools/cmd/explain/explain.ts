/** `mailsrv explain`: what would happen to a mail, and why; or what did happen. */

import { basename, dirname } from "@std/path";

import { createLog } from "../../kit/base/log.ts";

import type { Users } from "../../../store/users/users.ts";

import { readDecisions } from "../../../mta/reception/decision_log.ts";

import type { LoadedSettings } from "../../config/load.ts";

import type { Arguments, Command } from "../command.ts";
import { UsageError } from "../command.ts";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit_code.ts";
import { exitCode } from "../exit_code.ts";
import { openSpool, openUsers } from "../open_stores.ts";
import { decisionDirectory } from "../serve/decision_directory.ts";
import { mailUsers } from "../serve/mail_users.ts";
import { settingsFor } from "../settings.ts";

import { composeExplanation } from "./compose.ts";
import { formatExplanation, printable } from "./format.ts";
import { parseSentence, sentenceGrammar } from "./sentence.ts";
import { findRecords, formatQueued, formatRecords } from "./why.ts";
import { openExplainWorld } from "./world.ts";

export const explainCommand: Command = {
  name: "explain",
  summary: "tell what would happen to a mail and why, or what did happen to one",
  arguments: sentenceGrammar,
  details: [
    "Tells what the client hears at each stage of the session; each restriction in order with its result and each key that was looked " +
    "up, with the line of the source that answered; then how the addresses are rewritten, and where the mail goes. The server's own " +
    `functions decide. Without "at IP" only the way of the mail is told. NAME[IP] gives the client's name, which the DNS is asked for otherwise.`,
    "Nothing is changed by asking: policy services and probes of addresses are not asked, and it is told what was assumed.",
    "--why tells the same from what was recorded when a message was handled: of the message of a queue id, or of a client, a sender or " +
    "a recipient (the last 20 transactions); --time chooses among them by the time as the log shows it.",
  ],
  options: [
    { name: "settings", value: "FILE", summary: "settings file: mailsrv.toml, or Postfix's main.cf" },
    { name: "no-dns", summary: "do not ask the DNS" },
    { name: "why", value: "ID", summary: "tell what was recorded of a message, a client or an address" },
    { name: "time", value: "TEXT", summary: `with --why: only what happened then ("Nov 25 01:11")` },
    { name: "json", letter: "j", summary: "print as JSON" },
  ],
  run: async (context, given) => {
    const loaded = await settingsFor(context, withSettingsFile(given));
    const { why } = given.options;
    if (typeof why !== "string") return await explainMail(context, given, loaded);
    if (given.rest.length > 0) throw new UsageError("explain: --why stands instead of a sentence");
    return await explainWhy(context, loaded, { ...given.options, why });
  },
};

/** A users file that has not been made yet. */
const noUsers: Users = {
  find: () => Promise.resolve(undefined),
  verify: () => Promise.resolve({ kind: "refused", reason: "unknown user" }),
  scramKeys: () => Promise.resolve(undefined),
  list: () => Promise.resolve([]),
};

/** `--settings FILE` is `--config FILE`, or `--postfix DIR` when FILE is a main.cf. */
function withSettingsFile(given: Arguments): Arguments {
  const { settings, ...options } = given.options;
  if (typeof settings !== "string") return given;
  const chosen = basename(settings) === "main.cf" ? { postfix: dirname(settings) } : { config: settings };
  return { ...given, options: { ...options, ...chosen } };
}

async function explainMail(context: Context, given: Arguments, loaded: LoadedSettings): Promise<ExitCode> {
  const sentence = parseSentence(given.rest);
  const log = createLog(({ level, text }) => context.complain(`${level}: ${text}`), {
    now: context.clock.now,
    part: context.program,
    leastLevel: "warning",
  });
  const { passwd_file: usersFile } = loaded.settings;
  const hasUsers = await context.disk.stat(usersFile) !== undefined;
  const users = mailUsers(
    hasUsers ? openUsers(context, loaded.settings) : noUsers,
    () => loaded.settings,
  );
  const world = await openExplainWorld(context, {
    settings: loaded.settings,
    users,
    asksDns: given.options["no-dns"] !== true,
    log,
  });
  try {
    const composed = await composeExplanation(sentence, { context, loaded, users, world });
    const notes = hasUsers ? [] : [`there is no ${usersFile} yet: it has nobody`];
    const explanation = { ...composed, notes: [...composed.notes, ...notes] };
    await context.print(
      given.options.json === true
        ? `${JSON.stringify(explanation, null, 2)}\n`
        : formatExplanation(explanation),
    );
    return exitCode.ok;
  } finally {
    world.tables.close();
  }
}

async function explainWhy(
  context: Context,
  { settings }: LoadedSettings,
  { why, time, json }: { readonly why: string } & Arguments["options"],
): Promise<ExitCode> {
  const records = await Array.fromAsync(readDecisions(context.disk, decisionDirectory(settings)));
  const found = findRecords(records, { what: why, time: typeof time === "string" ? time : undefined });
  const ids = new Map(records.flatMap((one) => one.kind === "queued" ? [[one.instance, one.id]] : []));
  const queued = /^[0-9A-Za-z]+$/.test(why)
    ? await (await openSpool(context, settings)).find(why)
    : undefined;
  if (found.length === 0 && queued === undefined) {
    context.complain(`nothing is recorded of ${why}`);
    return exitCode.no;
  }
  if (json === true) await context.print(`${JSON.stringify({ transactions: found, queued }, null, 2)}\n`);
  else {
    const parts = [
      ...(found.length === 0 ? [] : [formatRecords(found, (instance) => ids.get(instance))]),
      ...(queued === undefined ? [] : [formatQueued(queued)]),
    ];
    await context.print(printable(parts.join("\n")));
  }
  return exitCode.ok;
}
