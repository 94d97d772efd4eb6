/**
 * `mailsrv send` (= sendmail): a message from standard input into the queue, with the server up or down.
 *
 * It is left in `maildrop` either way, durably, and a running server is told to collect it; with the server down it waits
 * there. So no mail of a cron job is lost while the server restarts.
 *
 * DIAGNOSTICS: exit 64 for a wrong command line or no recipients on it, 65 for a message that is too long or names no
 * recipients (-t), 69 when the queue cannot be flushed, 75 when the queue does not take the message now, 77 for who may not (authorized_submit_users), 78 for settings.
 */

import { latin1Bytes, utf8Bytes } from "../../kit/base/bytes.ts";
import { randomHex } from "../../kit/base/random.ts";
import { formatDateTime } from "../../kit/mail/date.ts";
import { processUid } from "../../kit/os/identity.ts";
import { SystemUsers } from "../../kit/os/passwd.ts";

import type { SpoolEntry } from "../../../store/spool/spool.ts";

import { areVerpDelimiters } from "../../../mta/queue/verp.ts";

import type { Settings } from "../../config/schema.ts";

import { aliasBuildCommand } from "../alias.ts";
import type { Arguments, Command } from "../command.ts";
import { UsageError } from "../command.ts";
import type { Context } from "../context.ts";
import { readInput } from "../context.ts";
import type { ExitCode } from "../exit_code.ts";
import { exitCode } from "../exit_code.ts";
import { openSpool } from "../open_stores.ts";
import { queueFlushCommand } from "../queue/flush.ts";
import { queueListCommand } from "../queue/list.ts";
import { settingsFor } from "../settings.ts";

import { maySubmit } from "./authorized.ts";
import type { Composed } from "./compose.ts";
import { composeMessage, normalizeInput } from "./compose.ts";
import type { SendOptions } from "./options.ts";
import { parseSendOptions } from "./options.ts";
import { talk } from "./smtp_session.ts";
import { wakeServer } from "./wake_server.ts";

const otherModes: Readonly<Record<Exclude<SendOptions["mode"], "deliver" | "smtp">, Command>> = {
  "queue list": queueListCommand,
  "queue flush": queueFlushCommand,
  "alias build": aliasBuildCommand,
};

export const sendCommand: Command = {
  name: "send",
  summary: "send a message from standard input (sendmail)",
  arguments: "[-t] [-i] [-f SENDER] [-F NAME] RECIPIENT ...",
  details: [
    "Works with the server up or down: when it is down the mail waits in the queue.",
    "-t takes recipients from To, Cc and Bcc too; -i lets a line of a single dot be part of the message; -f sets the envelope " +
    "sender, -F its name; -N, -R and -V ask for delivery reports (RFC 3461). -bv mails a report of what would become of a " +
    "message, -v of what became of it at first. -bp is queue list, -bi alias build, -q queue flush.",
  ],
  ownArguments: true,
  run: async (context, given) => {
    const options = parseSendOptions(given.rest);
    for (const warning of options.warnings) context.complain(`warning: ${warning}`);
    const own: Arguments = { options: { ...given.options, ...options.own }, rest: [] };
    if (options.mode !== "deliver" && options.mode !== "smtp") {
      return otherModes[options.mode].run(context, flushed(own, options));
    }
    const loaded = await settingsFor(context, own);
    const login = await systemLogin();
    if (!await maySubmit(login.name, loaded, context)) {
      context.complain(`fatal: User ${login.name}(${login.uid}) is not allowed to submit mail`);
      return exitCode.noPermission;
    }
    return options.mode === "smtp"
      ? await talk(context, loaded.settings)
      : await send(context, loaded.settings, options, login);
  },
};

/** `-qI`, `-qR` */
function flushed(own: Arguments, { flush }: SendOptions): Arguments {
  if (flush === undefined) return own;
  if (flush.kind === "id") return { ...own, rest: [flush.name] };
  return { ...own, options: { ...own.options, site: flush.name } };
}

async function send(
  context: Context,
  settings: Settings,
  options: SendOptions,
  login: Login,
): Promise<ExitCode> {
  if (options.recipients.length === 0 && !options.recipientsFromHeader) {
    throw new UsageError("Recipient addresses must be specified on the command line or via the -t option");
  }
  const sender = options.sender ?? login.name;
  if (options.verp !== undefined && sender === "") {
    throw new UsageError("-XV option requires non-null sender address");
  }
  const verp = options.verp === "" ? settings.default_verp_delimiters : options.verp;
  if (verp !== undefined && !areVerpDelimiters(verp, settings.verp_delimiter_filter)) {
    throw new UsageError(`-XV requires two characters from ${settings.verp_delimiter_filter}`);
  }
  const limit = settings.message_size_limit === 0 ? Number.MAX_SAFE_INTEGER : settings.message_size_limit;
  const input = options.trace === "verify"
    ? probeOf(options.recipients)
    : normalizeInput(await readInput(context, limit), options);
  const nowMs = context.clock.now();
  const zoneMinutes = -new Date(nowMs).getTimezoneOffset();
  const composed = composeMessage(input, {
    sender: sender === "" || sender.includes("@") ? sender : `${sender}@${settings.myorigin}`,
    fullName: options.fullName ?? login.fullName,
    nowMs,
    zoneMinutes,
    uniqueId: `${Math.floor(nowMs).toString(36)}.${randomHex(context.random, 6)}`,
    hostname: settings.myhostname,
    recipientsFromHeader: options.recipientsFromHeader,
    dropHeaders: settings.message_drop_headers.map((name) => name.toLowerCase()),
  });
  const recipients = [...new Set([...options.recipients, ...composed.headerRecipients])];
  if (recipients.length === 0) {
    context.complain("No recipient addresses found in message header");
    return exitCode.dataError;
  }
  const entry = await (await openSpool(context, settings)).begin();
  const received = `Received: by ${settings.myhostname} (${settings.mail_name}, from userid ${login.uid})\n` +
    `\tid ${entry.id}; ${formatDateTime(nowMs, zoneMinutes)}\n`;
  await handOver(entry, { composed, received, options, sender, recipients, nowMs, login, verp });
  await wakeServer(context, settings);
  if (options.trace !== undefined) {
    await context.print(`Mail Delivery Status Report will be mailed to <${sender}>.\n`);
  }
  return exitCode.ok;
}

/** What is sent on trial. */
function probeOf(recipients: readonly string[]): Uint8Array {
  return utf8Bytes(`Subject: probe\nTo: ${recipients.join(",\n\t")}\n\n`);
}

interface Login {
  readonly name: string;
  readonly uid: number;
  readonly fullName: string;
}

/** Whoever runs this, by /etc/passwd; without an entry there the number is the name. */
async function systemLogin(): Promise<Login> {
  const uid = processUid() ?? 0;
  const user = await new SystemUsers().userByUid(uid).catch(() => undefined);
  if (user === undefined) return { name: String(uid), uid, fullName: "" };
  // The full name is what stands before the first comma; & in it is the name (passwd(5)).
  const capital = user.name.slice(0, 1).toUpperCase() + user.name.slice(1);
  return { name: user.name, uid, fullName: user.gecos.split(",", 1)[0]!.replaceAll("&", capital) };
}

interface Handover {
  readonly composed: Composed;
  readonly received: string;
  readonly options: SendOptions;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly nowMs: number;
  readonly login: Login;
  readonly verp: string | undefined;
}

async function handOver(entry: SpoolEntry, handover: Handover): Promise<void> {
  const { composed, received, options, sender, recipients, nowMs, login, verp } = handover;
  const has8Bit = composed.message.some((octet) => octet > 127);
  try {
    await entry.write(latin1Bytes(received));
    await entry.write(composed.message);
    await entry.commit({
      sender,
      recipients: recipients.map((address) => ({ address, original: address, notify: options.notify })),
      arrivedMs: nowMs,
      attributes: { rewrite_context: "local", sender_fullname: login.fullName, uid: String(login.uid) },
      smtpUtf8: false,
      body: options.body ?? (has8Bit ? "8BITMIME" : "7BIT"),
      ret: options.ret,
      envelopeId: options.envelopeId,
      trace: options.trace,
      verp,
    });
  } catch (thrown) {
    await entry.abort().catch(() => {});
    throw thrown;
  }
}
