/**
 * The texts of reports, and the file that replaces them (bounce(5), postconf(5) bounce_template_file): pure.
 *
 *     failure_template = <<EOF
 *     Charset: us-ascii
 *     From: MAILER-DAEMON (Mail Delivery System)
 *     Subject: Undelivered Mail Returned to Sender
 *     Postmaster-Subject: Postmaster Copy: Undelivered Mail
 *
 *     The text, with $myhostname and other settings.
 *     EOF
 *
 * A template with a fault is not used, with a warning; the server's own stands in for it.
 */

export const reportKinds = ["failure", "delay", "success", "verify"] as const;
export type ReportKind = (typeof reportKinds)[number];

export interface ReportTemplate {
  readonly charset: string;
  /** Value of From:. */
  readonly from: string;
  readonly subject: string;
  /** Of the copy for postmaster; kinds without one have no such copy. */
  readonly postmasterSubject?: string | undefined;
  /** Lines of text; in a template as it is written, with `$name`. */
  readonly body: readonly string[];
}

export type ReportTemplates = Readonly<Record<ReportKind, ReportTemplate>>;

/** postconf(5) header_from_format. */
export type HeaderFromFormat = "standard" | "obsolete";

const greeting = ["This is the mail server at $myhostname.", ""];
const help = ["", "If you need help, write to <postmaster> and include this report."];

const own: Readonly<Record<ReportKind, Omit<ReportTemplate, "charset" | "from">>> = {
  failure: {
    subject: "Undelivered Mail Returned to Sender",
    postmasterSubject: "Postmaster Copy: Undelivered Mail",
    body: [
      ...greeting,
      "Your message could not be delivered to the recipients below, and will not be",
      "tried again. What was returned of it is attached.",
      ...help,
    ],
  },
  delay: {
    subject: "Delayed Mail (still being retried)",
    postmasterSubject: "Postmaster Warning: Delayed Mail",
    body: [
      ...greeting,
      "THIS IS A WARNING ONLY. You need not send your message again.",
      "",
      "Your message has not reached the recipients below for more than",
      "$delay_warning_time_hours hour(s). It is tried again until it is",
      "$maximal_queue_lifetime_days day(s) old.",
      ...help,
    ],
  },
  success: {
    subject: "Successful Mail Delivery Report",
    body: [
      ...greeting,
      "Your message was delivered to the recipients below. Where it was passed on to",
      "another server or to other addresses, you may still hear of failures from there.",
    ],
  },
  verify: {
    subject: "Mail Delivery Status Report",
    body: [...greeting, "This is the report about the delivery of mail that was asked for."],
  },
};

export function ownTemplates(format: HeaderFromFormat): ReportTemplates {
  const from = format === "standard"
    ? "Mail Delivery System <MAILER-DAEMON>"
    : "MAILER-DAEMON (Mail Delivery System)";
  const of = (kind: ReportKind): ReportTemplate => ({ charset: "us-ascii", from, ...own[kind] });
  return { failure: of("failure"), delay: of("delay"), success: of("success"), verify: of("verify") };
}

export interface ParsedTemplates {
  readonly templates: ReportTemplates;
  /** Without the name of the file. */
  readonly warnings: readonly string[];
}

/** The file's templates in the place of `base`. */
export function parseTemplates(text: string, base: ReportTemplates): ParsedTemplates {
  const found: Partial<Record<ReportKind, ReportTemplate>> = {};
  const warnings: string[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, end] = /^\s*([A-Za-z_]+)\s*=\s*<<\s*(\S+)\s*$/.exec(line) ?? [];
    if (name === undefined) {
      warnings.push(`line ${index + 1}: "name_template = <<EOF" was expected -- the rest is ignored`);
      break;
    }
    const close = lines.indexOf(end!, index + 1);
    if (close < 0) {
      warnings.push(`line ${index + 1}: ${name}: there is no line "${end}" -- ignoring this template`);
      break;
    }
    const kind = reportKinds.find((kind) => name === `${kind}_template`);
    if (kind === undefined) warnings.push(`unknown template name: ${name} -- ignoring this template`);
    else {
      const template = parseTemplate(kind, lines.slice(index + 1, close), base[kind]);
      if (typeof template === "string") warnings.push(`${template} -- ignoring this template`);
      else {
        found[kind] = template;
        // deno-lint-ignore no-control-regex
        if (template.charset.toLowerCase() === "us-ascii" && /[^\x00-\x7f]/.test(template.body.join())) {
          warnings.push(
            `8-bit message text in ${kind} template; please specify a charset value other than us-ascii`,
          );
        }
      }
    }
    index = close;
  }
  return { templates: { ...base, ...found }, warnings };
}

const labels: Readonly<Record<string, "charset" | "from" | "subject" | "postmasterSubject">> = {
  charset: "charset",
  from: "from",
  subject: "subject",
  "postmaster-subject": "postmasterSubject",
};

/** A template, or what is wrong with it. */
function parseTemplate(
  kind: ReportKind,
  lines: readonly string[],
  base: ReportTemplate,
): ReportTemplate | string {
  const fields: Partial<Record<"charset" | "from" | "subject" | "postmasterSubject", string>> = {};
  let index = 0;
  for (; index < lines.length && lines[index]!.trim() !== ""; index++) {
    const [, label = "", value = ""] = /^([!-9;-~]+):\s*(.*?)\s*$/.exec(lines[index]!) ?? [];
    const name = labels[label.toLowerCase()];
    if (label === "") break;
    if (name === undefined) return `unknown "${label}" header label in ${kind} template`;
    if (name === "postmasterSubject" && base.postmasterSubject === undefined) {
      return `inapplicable "${label}" header label in ${kind} template`;
    }
    if (value === "") return `empty "${label}" header value in ${kind} template`;
    // deno-lint-ignore no-control-regex
    if (/[^\x00-\x7f]/.test(value)) return `non-ASCII "${label}" header value in ${kind} template`;
    fields[name] = value;
  }
  if (lines[index]?.trim() === "") index++;
  const body = lines.slice(index);
  if (body.length === 0) return `missing message text in ${kind} template`;
  return { ...base, ...fields, body };
}

/** As postconf(1) -t shows them, and as they can be read back. */
export function formatTemplates(templates: ReportTemplates): string {
  return reportKinds.map((kind) => {
    const { charset, from, subject, postmasterSubject, body } = templates[kind];
    const header = [
      `Charset: ${charset}`,
      `From: ${from}`,
      `Subject: ${subject}`,
      ...postmasterSubject === undefined ? [] : [`Postmaster-Subject: ${postmasterSubject}`],
    ];
    return [`${kind}_template = <<EOF`, ...header, "", ...body, "EOF", ""].join("\n");
  }).join("\n");
}

/** As postconf(1) -b shows them: `templates` with their settings put in. */
export function formatTexts(templates: ReportTemplates): string {
  return reportKinds.map((kind) =>
    [`expanded_${kind}_text = <<EOF`, ...templates[kind].body, "EOF", ""].join("\n")
  ).join("\n");
}

const unitSeconds: readonly (readonly [unit: string, seconds: number])[] = [
  ["seconds", 1],
  ["minutes", 60],
  ["hours", 3600],
  ["days", 86_400],
  ["weeks", 604_800],
];

export interface TemplateValues {
  readonly delay_warning_time: number;
  readonly maximal_queue_lifetime: number;
}

/** `delay_warning_time_hours` and its like, whole units; `undefined` for another name. `values` in milliseconds. */
export function timeInUnits(name: string, values: TemplateValues): string | undefined {
  const match = /^(delay_warning_time|maximal_queue_lifetime)_(seconds|minutes|hours|days|weeks)$/.exec(name);
  if (match === null) return undefined;
  const ms = match[1] === "delay_warning_time" ? values.delay_warning_time : values.maximal_queue_lifetime;
  const unit = unitSeconds.find(([unit]) => unit === match[2]);
  return unit === undefined ? undefined : String(Math.floor(ms / 1000 / unit[1]));
}
