/** What Postfix has: the names of its parameters, and the text of their defaults (postconf(5)). */

import { ownDefaults } from "./own_defaults.ts";
import { installationNames, sharedDefaults, transportDefaults } from "./shared_defaults.ts";

const defaults: ReadonlyMap<string, string> = new Map([
  ...sharedDefaults.flatMap(([value, names]) => words(names).map((name) => [name, value] as const)),
  ...ownDefaults.trim().split("\n").map((line) => {
    const [name = "", value = ""] = line.split(/ =(?: |$)(.*)/s);
    return [name, value] as const;
  }),
]);

const installation: ReadonlySet<string> = new Set(words(installationNames));

/** Names that master.cf's services bring, such as `uucp_destination_recipient_limit`. */
const transportSuffixes = Object.keys(transportDefaults);

/** Parameters whose `$name` Postfix puts in when it uses them, from the message at hand. */
const rawNames: readonly string[] = [
  ...["command_execution_directory", "default_rbl_reply", "forward_path", "luser_relay", "mailbox_command"],
  ...[
    "postscreen_expansion_filter",
    "postscreen_reject_footer",
    "smtpd_expansion_filter",
    "smtpd_reject_footer",
  ],
];

/** Whether the `$name` of a parameter stay as they are. */
export function isRawName(name: string): boolean {
  return rawNames.includes(name);
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The names with a default, sorted. */
export const postfixNames: readonly string[] = [...defaults.keys()].sort();

/** Of Postfix's own installation and processes: it has no meaning here. */
export function isInstallationName(name: string): boolean {
  return installation.has(name);
}

/** The text of the default, or `undefined` for a name that Postfix does not have. `services`: names of master.cf. */
export function postfixDefault(name: string, services: ReadonlySet<string>): string | undefined {
  const own = defaults.get(name);
  if (own !== undefined) return own;
  if (name.startsWith("lmtp_")) {
    const ofSmtp = defaults.get(name.replace("lmtp_", "smtp_"));
    if (ofSmtp !== undefined) return ofSmtp.replaceAll("$smtp_", "$lmtp_").replaceAll("{smtp_", "{lmtp_");
  }
  const suffix = transportSuffixes.find((suffix) => name.endsWith(`_${suffix}`));
  if (suffix === undefined || !services.has(name.slice(0, -suffix.length - 1))) return undefined;
  return transportDefaults[suffix];
}
