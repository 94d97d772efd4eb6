/**
 * The one table of settings. Everything that is said of a setting anywhere (its type in `Settings`, the reference, the
 * checks of the settings file, "did you mean") is made from these rows.
 */

import type { ValueOf } from "./parameter.ts";
import { addressParameters } from "./schema/addresses.ts";
import { contentParameters } from "./schema/content.ts";
import { hostParameters } from "./schema/host.ts";
import { lmtpClientParameters } from "./schema/lmtp_client.ts";
import { localParameters } from "./schema/local.ts";
import { loginParameters } from "./schema/login.ts";
import { mailboxParameters } from "./schema/mailbox.ts";
import { queueParameters } from "./schema/queue.ts";
import { replyParameters } from "./schema/replies.ts";
import { reportParameters } from "./schema/reports.ts";
import { restrictionParameters } from "./schema/restrictions.ts";
import { serverParameters } from "./schema/server.ts";
import { smtpParameters } from "./schema/smtp.ts";
import { smtpClientParameters } from "./schema/smtp_client.ts";
import { smtpClientLoginParameters } from "./schema/smtp_client_login.ts";
import { smtpClientTlsParameters } from "./schema/smtp_client_tls.ts";
import { tlsParameters } from "./schema/tls.ts";
import { transportParameters } from "./schema/transports.ts";

/** The areas in the order of the reference. */
export const areas = [
  { title: "This server", parameters: hostParameters },
  { title: "Listeners, log, processes", parameters: serverParameters },
  { title: "Users, logins, POP3 and IMAP", parameters: loginParameters },
  { title: "Aliases and mailboxes", parameters: mailboxParameters },
  { title: "Local delivery", parameters: localParameters },
  { title: "Addresses, domains, transports", parameters: addressParameters },
  { title: "TLS", parameters: tlsParameters },
  { title: "SMTP", parameters: smtpParameters },
  { title: "Restrictions: who may send what", parameters: restrictionParameters },
  { title: "Refusals and address verification", parameters: replyParameters },
  { title: "Headers and bodies", parameters: contentParameters },
  { title: "Queue and bounces", parameters: queueParameters },
  { title: "Reports, VERP, SRS", parameters: reportParameters },
  { title: "Transports and their limits", parameters: transportParameters },
  { title: "SMTP to other hosts", parameters: smtpClientParameters },
  { title: "TLS to other hosts", parameters: smtpClientTlsParameters },
  { title: "Logging in to other hosts", parameters: smtpClientLoginParameters },
  { title: "LMTP to other hosts", parameters: lmtpClientParameters },
] as const;

export const parameters = {
  ...hostParameters,
  ...serverParameters,
  ...loginParameters,
  ...mailboxParameters,
  ...localParameters,
  ...addressParameters,
  ...tlsParameters,
  ...smtpParameters,
  ...restrictionParameters,
  ...replyParameters,
  ...contentParameters,
  ...queueParameters,
  ...reportParameters,
  ...transportParameters,
  ...smtpClientParameters,
  ...smtpClientTlsParameters,
  ...smtpClientLoginParameters,
  ...lmtpClientParameters,
} as const;

export type SettingName = keyof typeof parameters;

/** The values of all settings, frozen. Durations are in milliseconds, sizes in octets, paths absolute or empty. */
export type Settings = { readonly [N in SettingName]: ValueOf<(typeof parameters)[N]> };

export const settingNames = Object.keys(parameters).sort() as readonly SettingName[];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(parameters, name);
}

/** Services that listen, each by `listen_NAME`. */
export type ListenerService = Exclude<ServiceName, "pickup">;

/** Nobody submits without a login, wherever he is. */
const loginOnly = ["permit_sasl_authenticated", "reject"];

/**
 * Services that a section of the settings file (`[submission]`) may give other values of smtpd_... settings, as
 * Postfix's master.cf does by `-o name=value`; and what differs in them from the start.
 */
export const services = {
  smtp: {},
  submission: { smtpd_sasl_auth_enable: true, smtpd_relay_restrictions: loginOnly },
  submissions: { smtpd_sasl_auth_enable: true, smtpd_relay_restrictions: loginOnly },
  lmtp: { smtpd_relay_restrictions: ["reject_unauth_destination"] },
  /** Where a filter hands back what it was given: it is not filtered again (FILTER_README). */
  filtered: { content_filter: "" },
  /** Mail from programs of this machine. */
  pickup: {},
} as const satisfies Record<string, { readonly [N in SettingName]?: Settings[N] }>;

export type ServiceName = keyof typeof services;
