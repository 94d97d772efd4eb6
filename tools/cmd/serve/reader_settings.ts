/** The settings as the readers' workers want them. */

import type { ImapSettings } from "../../../mra/imap/settings.ts";
import { defaultImapSettings } from "../../../mra/imap/settings.ts";
import { defaultPop3Settings, type Pop3Settings } from "../../../mra/pop3/settings.ts";

import type { Settings } from "../../config/schema.ts";

/** SASL names are upper case on the wire. */
function mechanisms(settings: Settings): readonly string[] {
  return settings.auth_mechanisms.map((name) => name.toUpperCase());
}

export function pop3Settings(settings: Settings, facts: { readonly hasCertificate: boolean }): Pop3Settings {
  return {
    ...defaultPop3Settings,
    greeting: settings.login_greeting,
    allowCleartext: settings.auth_allow_cleartext,
    allowCleartextOnLoopback: settings.auth_cleartext_on_loopback,
    mechanisms: mechanisms(settings),
    offerStls: facts.hasCertificate,
    idleMs: settings.pop3_inactivity_timeout,
    loginIdleMs: settings.login_timeout,
    failureDelayMs: settings.auth_failure_delay,
    maxFailedLogins: settings.login_attempt_limit,
  };
}

export function imapSettings(settings: Settings, facts: { readonly hasCertificate: boolean }): ImapSettings {
  return {
    ...defaultImapSettings,
    greeting: settings.login_greeting,
    allowCleartext: settings.auth_allow_cleartext,
    startTls: facts.hasCertificate,
    mechanisms: mechanisms(settings),
    maxMessageOctets: settings.imap_append_limit,
    idleMs: settings.imap_inactivity_timeout,
    loginMs: settings.login_timeout,
    notifyMs: settings.imap_idle_notify_interval,
    failureDelayMs: settings.auth_failure_delay,
  };
}
