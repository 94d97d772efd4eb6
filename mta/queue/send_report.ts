/** Queues the reports that an attempt to deliver calls for (`report_plan.ts`), durably. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { firstValue, parseHeader } from "../../tools/kit/mail/header.ts";

import type {
  DeliveryOutcome,
  QueuedMessage,
  QueueEnvelope,
  QueueId,
  Spool,
} from "../../store/spool/spool.ts";

import { readHeader } from "../delivery/mail_copy.ts";
import { formatReport } from "./report.ts";
import type { AttemptResult, PlannedReport, ReportPolicy } from "./report_plan.ts";
import { planReports } from "./report_plan.ts";
import type { ReportKind, ReportTemplates } from "./report_template.ts";
import { ownTemplates } from "./report_template.ts";

export interface ReportSettings extends ReportPolicy {
  /** Texts with their settings put in. */
  readonly templates: ReportTemplates;
  /** $myhostname, $myorigin, $mail_name. */
  readonly hostname: string;
  readonly origin: string;
  readonly mailName: string;
  /** postconf(5) maximal_queue_lifetime. */
  readonly maximalLifetimeMs: number;
  /** postconf(5) enable_threaded_bounces. */
  readonly isThreaded: boolean;
}

export function defaultReportSettings(hostname: string): ReportSettings {
  return {
    templates: ownTemplates("standard"),
    hostname,
    origin: hostname,
    mailName: "Postfix",
    maximalLifetimeMs: 5 * 86_400_000,
    isThreaded: false,
    notifyClasses: ["resource", "software"],
    bounceNoticeRecipient: "postmaster",
    doubleBounceNoticeRecipient: "postmaster",
    delayNoticeRecipient: "postmaster",
    doubleBounceSender: `double-bounce@${hostname}`,
    confirmDelayCleared: false,
    bounceMaxOctets: 50_000,
    disableVerpBounces: false,
  };
}

export interface ReportOptions {
  readonly spool: Pick<Spool, "begin" | "content">;
  readonly clock: Clock;
  readonly log: Log;
  readonly reports: ReportSettings;
  /** Makes the report's envelope ready for the queue: who it goes to may be an alias. @throws TempFailure */
  readonly cleanEnvelope?: ((envelope: QueueEnvelope) => Promise<QueueEnvelope>) | undefined;
}

const names: Readonly<Record<ReportKind, string>> = {
  failure: "non-delivery notification",
  delay: "delay notification",
  success: "delivery status notification",
  verify: "delivery status notification",
};

export interface SendResult extends AttemptResult {
  /** By index of recipient, the way that was tried. */
  readonly relays: readonly (string | undefined)[];
}

/** The ids of the reports, durable in the queue. `message` as the spool knew it before the attempt. @throws TempFailure */
export async function sendReports(
  message: QueuedMessage,
  result: SendResult,
  options: ReportOptions,
): Promise<readonly QueueId[]> {
  const log = options.log.part("bounce");
  const plan = planReports(message, result, options.reports);
  if (plan.discarded !== undefined) log.write("warning", `${message.id}: ${plan.discarded}`);
  const ids: QueueId[] = [];
  for (const report of plan.reports) {
    const id = await sendReport(message, report, { ...options, relays: result.relays });
    log.write("info", `${message.id}: ${report.audience} ${names[report.kind]}: ${id}`);
    ids.push(id);
  }
  return ids;
}

/** Reports about a message that is not even queued as it came: all of its recipients have failed. */
export function returnMessage(
  message: QueuedMessage,
  outcome: DeliveryOutcome,
  options: ReportOptions,
): Promise<readonly QueueId[]> {
  const outcomes = message.envelope.recipients.map(() => outcome);
  return sendReports(message, { outcomes, relays: [], warns: false, wasWarned: false }, options);
}

async function sendReport(
  message: QueuedMessage,
  report: PlannedReport,
  options: ReportOptions & Pick<SendResult, "relays">,
): Promise<QueueId> {
  const { spool, clock, reports: settings, relays } = options;
  const { id, envelope } = message;
  const { recipients, smtpUtf8 } = envelope;
  const threadId = settings.isThreaded ? await messageIdOf(spool.content(id)) : undefined;
  const entry = await spool.begin();
  try {
    const nowMs = clock.now();
    const { prefix, suffix, has8Bit } = formatReport({
      ...settings,
      message,
      report,
      id: entry.id,
      nowMs,
      zoneMinutes: -new Date(nowMs).getTimezoneOffset(),
      expiryMs: envelope.arrivedMs + settings.maximalLifetimeMs,
      relayOf: ({ recipient }) => relays[recipients.indexOf(recipient)],
      threadId,
    });
    await entry.write(prefix);
    if (report.headerOnly) {
      await entry.write(await readHeader(spool.content(id), settings.bounceMaxOctets));
    } else for await (const chunk of spool.content(id)) await entry.write(chunk);
    await entry.write(suffix);
    const { to, from } = report;
    const given: QueueEnvelope = {
      sender: from,
      recipients: [{ address: to.includes("@") ? to : `${to}@${settings.origin}`, original: to }],
      arrivedMs: nowMs,
      attributes: {},
      smtpUtf8,
      body: has8Bit ? "8BITMIME" : "7BIT",
    };
    await entry.commit(await options.cleanEnvelope?.(given) ?? given);
  } catch (thrown) {
    await entry.abort();
    throw thrown;
  }
  return entry.id;
}

/** `<id@host>` of the message, where it has one that is fit to be repeated. */
async function messageIdOf(content: Parameters<typeof readHeader>[0]): Promise<string | undefined> {
  const value = firstValue(parseHeader(await readHeader(content), { badLine: "end" }), "Message-Id");

  return /^<[!-;=?-~]+>$/.exec(value ?? "")?.[0];
}
