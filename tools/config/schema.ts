/**
 * The one table of settings. Everything that is said of a setting anywhere (its type in `Settings`, the reference, the
 * checks of the settings file, "did you mean") is made from these rows.
 */

import type { ValueOf } from "./parameter.ts";
import { hostParameters } from "./schema/host.ts";
import { loginParameters } from "./schema/login.ts";
import { mailboxParameters } from "./schema/mailbox.ts";
import { queueParameters } from "./schema/queue.ts";
import { serverParameters } from "./schema/server.ts";
import { smtpParameters } from "./schema/smtp.ts";
import { tlsParameters } from "./schema/tls.ts";

/** The areas in the order of the reference. */
export const areas = [
  { title: "This server", parameters: hostParameters },
  { title: "Listeners, log, processes", parameters: serverParameters },
  { title: "Users, logins, POP3 and IMAP", parameters: loginParameters },
  { title: "Aliases and mailboxes", parameters: mailboxParameters },
  { title: "TLS", parameters: tlsParameters },
  { title: "SMTP", parameters: smtpParameters },
  { title: "Queue and bounces", parameters: queueParameters },
] as const;

export const parameters = {
  ...hostParameters,
  ...serverParameters,
  ...loginParameters,
  ...mailboxParameters,
  ...tlsParameters,
  ...smtpParameters,
  ...queueParameters,
} as const;

export type SettingName = keyof typeof parameters;

/** The values of all settings, frozen. Durations are in milliseconds, sizes in octets, paths absolute or empty. */
export type Settings = { readonly [N in SettingName]: ValueOf<(typeof parameters)[N]> };

export const settingNames = Object.keys(parameters).sort() as readonly SettingName[];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(parameters, name);
}

/**
 * Services that a section of the settings file (`[submission]`) may give other values of smtpd_... settings, as
 * Postfix's master.cf does by `-o name=value`; and what differs in them from the start.
 */
export const services = {
  smtp: {},
  submission: { smtpd_sasl_auth_enable: true },
  submissions: { smtpd_sasl_auth_enable: true },
  lmtp: {},
} as const satisfies Record<string, { readonly [N in SettingName]?: Settings[N] }>;

export type ServiceName = keyof typeof services;
