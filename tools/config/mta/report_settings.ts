/** From settings to the reports about mail: their texts and who gets them. Pure. */

import type { ReportTemplate, ReportTemplates } from "../../../mta/queue/report_template.ts";
import {
  ownTemplates,
  parseTemplates,
  reportKinds,
  timeInUnits,
} from "../../../mta/queue/report_template.ts";
import type { ReportSettings } from "../../../mta/queue/send_report.ts";

import { expand } from "../expand.ts";
import type { LoadedSettings } from "../load.ts";
import { isSettingName } from "../schema.ts";

export interface LoadedTemplates {
  readonly written: ReportTemplates;
  /** With settings put in. */
  readonly expanded: ReportTemplates;
  readonly warnings: readonly string[];
}

/** `text`: of bounce_template_file, when there is one. */
export function reportTemplates(loaded: LoadedSettings, text: string | undefined): LoadedTemplates {
  const { settings } = loaded;
  const own = ownTemplates(settings.header_from_format === "obsolete" ? "obsolete" : "standard");
  const { templates: written, warnings } = text === undefined
    ? { templates: own, warnings: [] }
    : parseTemplates(text, own);
  const told = warnings.map((warning) => `${settings.bounce_template_file}: ${warning}`);
  const expandBody = (template: ReportTemplate): ReportTemplate => {
    const { text, unknown, problem } = expand(template.body.join("\n"), (name) => valueOf(name, loaded));
    if (problem !== undefined) told.push(`template "${template.subject}": ${problem}`);
    for (const name of unknown) told.push(`template "${template.subject}": $${name}: unknown parameter`);
    return { ...template, body: text.split("\n") };
  };
  const expanded: Partial<Record<keyof ReportTemplates, ReportTemplate>> = {};
  for (const kind of reportKinds) expanded[kind] = expandBody(written[kind]);
  return { written, expanded: { ...written, ...expanded }, warnings: told };
}

function valueOf(name: string, loaded: LoadedSettings): string | undefined {
  return timeInUnits(name, loaded.settings) ?? (isSettingName(name) ? loaded.textOf(name) : undefined);
}

export function reportSettings({ settings }: LoadedSettings, templates: ReportTemplates): ReportSettings {
  return {
    templates,
    hostname: settings.myhostname,
    origin: settings.myorigin,
    mailName: settings.mail_name,
    maximalLifetimeMs: settings.maximal_queue_lifetime,
    isThreaded: settings.enable_threaded_bounces,
    notifyClasses: settings.notify_classes,
    bounceNoticeRecipient: settings.bounce_notice_recipient,
    doubleBounceNoticeRecipient: settings["2bounce_notice_recipient"],
    delayNoticeRecipient: settings.delay_notice_recipient,
    doubleBounceSender: `${settings.double_bounce_sender}@${settings.myorigin}`,
    confirmDelayCleared: settings.confirm_delay_cleared,
    bounceMaxOctets: settings.bounce_size_limit,
    disableVerpBounces: settings.disable_verp_bounces,
  };
}
