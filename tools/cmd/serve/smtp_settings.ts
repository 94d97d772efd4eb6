/** The settings of an SMTP listener, by the service's own section of the settings file, as the engine wants them. */

import type { SmtpRole } from "../../../mta/smtp/question.ts";
import type { SmtpServerSettings } from "../../../mta/smtp/settings.ts";
import { smtpServerSettings } from "../../../mta/smtp/settings.ts";

import type { LoadedSettings } from "../../config/load.ts";
import type { Settings } from "../../config/schema.ts";

import { isListenerService, smtpRoles } from "../smtp_roles.ts";

import { serviceOf } from "./snapshot.ts";

/** Role and settings of the listener `name`. */
export function smtpListenerSettings(
  name: string,
  loaded: LoadedSettings,
  facts: { readonly hasCertificate: boolean },
): { readonly role: SmtpRole; readonly settings: SmtpServerSettings } {
  const service = serviceOf(name);
  const role = isListenerService(service) ? smtpRoles[service] : "smtp";
  return { role, settings: engineSettings(loaded.forService(service), facts) };
}

function engineSettings(
  settings: Settings,
  { hasCertificate }: { readonly hasCertificate: boolean },
): SmtpServerSettings {
  const level = settings.smtpd_tls_security_level;
  const bareNewline = settings.smtpd_forbid_bare_newline;
  return smtpServerSettings(settings.myhostname, {
    mailName: settings.mail_name,
    banner: settings.smtpd_banner,
    messageSizeLimit: settings.message_size_limit,
    recipientLimit: settings.smtpd_recipient_limit,
    recipientOvershootLimit: settings.smtpd_recipient_overshoot_limit,
    timeoutMs: settings.smtpd_timeout,
    lineLengthLimit: settings.line_length_limit,
    saslResponseLimit: settings.smtpd_sasl_response_limit,
    hopcountLimit: settings.hopcount_limit,
    dropHeaders: settings.message_drop_headers.map((name) => name.toLowerCase()),
    softErrorLimit: settings.smtpd_soft_error_limit,
    hardErrorLimit: settings.smtpd_hard_error_limit,
    errorSleepMs: settings.smtpd_error_sleep_time,
    junkCommandLimit: settings.smtpd_junk_command_limit,
    forbidBareNewline: bareNewline === "yes" ? "normalize" : bareNewline,
    forbidBareNewlineRejectCode: settings.smtpd_forbid_bare_newline_reject_code,
    forbidUnauthPipelining: settings.smtpd_forbid_unauth_pipelining,
    // Patterns among them mean what the engine does anyway: words that begin with no letter.
    forbiddenCommands: settings.smtpd_forbidden_commands.filter((word) => !word.includes(":"))
      .map((word) => word.toUpperCase()),
    disableVrfy: settings.disable_vrfy_command,
    heloRequired: settings.smtpd_helo_required,
    discardEhloKeywords: settings.smtpd_discard_ehlo_keywords.map((word) => word.toLowerCase()),
    strictEnvelopes: settings.strict_rfc821_envelopes,
    smtpUtf8: settings.smtputf8_enable,
    requireTls: settings.requiretls_enable,
    tlsLevel: level === "" ? "none" : level,
    hasCertificate,
    tlsAuthOnly: settings.smtpd_tls_auth_only || !settings.auth_cleartext_on_loopback,
    saslAuth: settings.smtpd_sasl_auth_enable,
    softBounce: settings.soft_bounce,
  });
}
