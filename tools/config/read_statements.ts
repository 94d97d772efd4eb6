/** The statements of the settings file as settings: known names, each given once, with values a setting can have. */

import { nearest } from "./nearest.ts";
import type { RawValue } from "./parameter.ts";
import type { ServiceName } from "./schema.ts";
import { isSettingName, services, settingNames } from "./schema.ts";
import type { Statement } from "./toml.ts";
import { scanToml } from "./toml.ts";

/** A setting as it was written. */
export interface GivenSetting {
  readonly raw: RawValue;
  /** Absent when it does not come from the file. */
  readonly line: number | undefined;
  /** Where it stands, when that is not the settings file itself (master.cf). */
  readonly file?: string | undefined;
}

/** A transport as files give it: rows of `transport_rows.ts`, and settings of its own. */
export interface GivenTransport {
  readonly line: number | undefined;
  readonly file?: string | undefined;
  readonly values: ReadonlyMap<string, GivenSetting>;
}

export interface LineProblem {
  readonly line: number;
  readonly text: string;
  readonly file?: string | undefined;
}

export interface ReadSettings {
  readonly given: ReadonlyMap<string, GivenSetting>;
  readonly sections: ReadonlyMap<ServiceName, ReadonlyMap<string, GivenSetting>>;
  /** The lists of [restriction_classes], by name. */
  readonly classes: ReadonlyMap<string, GivenSetting>;
  /** The sections [transport.NAME], by NAME. */
  readonly transports: ReadonlyMap<string, GivenTransport>;
  readonly problems: readonly LineProblem[];
}

/** Other settings that only the SMTP server reads (smtpd(8)). */
const alsoOfServices: readonly string[] = [
  ...[
    "access_table_dotted_keys",
    "mynetworks",
    "mynetworks_table_actions",
    "parent_domain_matches_subdomains",
  ],
  ...["permit_mx_backup_networks", "relay_clientcerts", "soft_bounce", "reject_code", "defer_code"],
  ...[
    "default_rbl_reply",
    "rbl_reply_maps",
    "syslog_name",
    "allow_open_relay",
    "show_user_unknown_table_name",
  ],
  ...["local_recipient_maps", "relay_recipient_maps", "disable_vrfy_command", "strict_rfc821_envelopes"],
  ...["content_filter", "receive_override_options"],
];

/** Names of which a service's section can give other values. */
export const serviceSettingNames = settingNames.filter((name) =>
  /^smtpd_|_(?:reject|defer)_code$|_tempfail_action$|_reject_reason$/.test(name) ||
  alsoOfServices.includes(name)
);

const serviceNames = Object.keys(services) as readonly ServiceName[];

/** Reads the text of a settings file. */
export function readStatements(text: string): ReadSettings {
  const scanned = scanToml(text);
  const problems: LineProblem[] = [...scanned.problems];
  const given = new Map<string, GivenSetting>();
  const sections = new Map(serviceNames.map((name) => [name, new Map<string, GivenSetting>()]));
  const transports = new Map<string, SectionOfTransport>();
  for (const section of scanned.sections) {
    const transport = transportOf(section.name);
    if (transport !== undefined) {
      const { line } = section;
      if (!transports.has(transport)) transports.set(transport, { line, values: new Map() });
    } else if (section.name !== classesSection && !serviceNames.some((name) => name === section.name)) {
      problems.push({ line: section.line, text: unknownSection(section.name) });
    }
  }
  const classes = new Map<string, GivenSetting>();
  for (const statement of scanned.statements) {
    const transport = transports.get(transportOf(statement.section) ?? "");
    if (transport !== undefined) {
      const problem = addValue(transport.values, statement);
      if (problem !== undefined) problems.push({ line: statement.line, text: problem });
      continue;
    }
    if (statement.section === classesSection) {
      const problem = addClass(classes, statement);
      if (problem !== undefined) problems.push({ line: statement.line, text: problem });
      continue;
    }
    const service = serviceNames.find((name) => name === statement.section);
    const target = statement.section === ""
      ? given
      : service === undefined
      ? undefined
      : sections.get(service);
    if (target === undefined) continue;
    const problem = addSetting(target, statement);
    if (problem !== undefined) problems.push({ line: statement.line, text: problem });
  }
  const [first] = classes.values();
  if (first !== undefined && !given.has("smtpd_restriction_classes")) {
    given.set("smtpd_restriction_classes", { raw: [...classes.keys()], line: first.line });
  }
  return { given, sections, classes, transports, problems };
}

interface SectionOfTransport extends GivenTransport {
  readonly values: Map<string, GivenSetting>;
}

/** The name in `transport.NAME`. */
function transportOf(section: string): string | undefined {
  return /^transport\.([\w.-]+)$/.exec(section)?.[1];
}

/** Names are looked at where transports are read. */
function addValue(values: Map<string, GivenSetting>, { key, value, line }: Statement): string | undefined {
  const earlier = values.get(key);
  if (earlier !== undefined) return `"${key}" is already set in line ${earlier.line}`;
  const raw = toRawValue(value);
  if (raw === undefined) return `${key}: expected text, a number, true, false or a list`;
  values.set(key, { raw, line });
  return undefined;
}

/** The section that gives lists of restrictions a name. */
const classesSection = "restriction_classes";

function addClass(classes: Map<string, GivenSetting>, { key, value, line }: Statement): string | undefined {
  const earlier = classes.get(key);
  if (earlier !== undefined) return `"${key}" is already set in line ${earlier.line}`;
  const raw = toRawValue(value);
  if (raw === undefined || typeof raw === "boolean") return `${key}: expected a list of restrictions`;
  classes.set(key, { raw, line });
  return undefined;
}

function addSetting(target: Map<string, GivenSetting>, statement: Statement): string | undefined {
  const { key, section, line } = statement;
  if (!isSettingName(key)) return unknownSetting(key);
  if (section !== "" && !serviceSettingNames.includes(key)) {
    return `"${key}" is one for all services and cannot stand in [${section}]`;
  }
  const earlier = target.get(key);
  if (earlier !== undefined) return `"${key}" is already set in line ${earlier.line}`;
  const raw = toRawValue(statement.value);
  if (raw === undefined) return `${key}: expected text, a number, true, false or a list`;
  target.set(key, { raw, line });
  return undefined;
}

function unknownSetting(name: string): string {
  const near = nearest(name, settingNames);
  return `unknown setting "${name}"${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
}

function unknownSection(name: string): string {
  const near = nearest(name, [...serviceNames, classesSection]);
  const help = near === undefined
    ? `there are ${[...serviceNames, classesSection].join(", ")}`
    : `did you mean "${near}"?`;
  return `unknown section [${name}] (${help})`;
}

function toRawValue(value: unknown): RawValue | undefined {
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return value;
  if (!Array.isArray(value)) return undefined;
  const items = value.map(toRawValue);
  return items.some((item) => item === undefined || typeof item === "object")
    ? undefined
    : items as RawValue[];
}
