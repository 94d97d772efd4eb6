/**
 * What a parameter of Postfix that this server does not have comes to here: whether its value asks for something else than
 * what is done anyway. Rows below tell what is done where that is not Postfix's default.
 */

/** Read where they have a meaning, so nothing is told of them. */
export const readNames: ReadonlySet<string> = new Set([
  ...["compatibility_level", "smtpd_enforce_tls", "smtpd_tls_wrappermode", "smtpd_use_tls"],
  // What they are good for is not here, and nothing is lost.
  ...["milter_macro_daemon_name", "stress", "syslog_name"],
  ...["smtp_enforce_tls", "smtp_use_tls"],
  // Of workings that are others here.
  ...[
    "smtp_pix_workarounds",
    "lmtp_pix_workarounds",
    "qmgr_fudge_factor",
    "qmgr_clog_warn_time",
    "qmgr_message_recipient_minimum",
    "transport_retry_time",
    "smtp_connection_cache_destinations",
    "lmtp_connection_cache_destinations",
    "smtp_xforward_timeout",
    "lmtp_xforward_timeout",
    "smtp_sasl_type",
    "lmtp_sasl_type",
    "smtp_tls_connection_reuse",
    "lmtp_tls_connection_reuse",
  ],
]);

/** Values, beside the default, that mean what is done here. Items are separated by one blank. */
const sameAsHere: Readonly<Record<string, readonly string[]>> = {
  biff: ["no"],
  smtpd_sasl_security_options: ["noanonymous"],
};

const loginOnly = "permit_sasl_authenticated reject";

/** Whether a value asks for what is done here anyway. `fallback` is Postfix's default; both are expanded. */
export function isDoneAnyway(name: string, value: string, options: { readonly fallback: string }): boolean {
  const plain = plainItems(value);
  // Nobody sees whether sessions are kept for later ones.
  if (/_session_cache_(?:database|timeout)$/.test(name)) return true;
  // A default that this server does not follow is no excuse for it.
  const here = Object.hasOwn(sameAsHere, name) ? sameAsHere[name] : undefined;
  return here === undefined ? plain === plainItems(options.fallback) : here.includes(plain);
}

/** Whether a service is for people who log in, by the restrictions that master.cf gives it. */
export function isLoginOnly(overrides: ReadonlyMap<string, string>): boolean {
  return ["smtpd_relay_restrictions", "smtpd_client_restrictions", "smtpd_recipient_restrictions"]
    .some((name) => plainItems(overrides.get(name) ?? "") === loginOnly);
}

function plainItems(text: string): string {
  return text.split(/[\s,]+/).filter((item) => item !== "").join(" ");
}

/** What to know beside that a parameter is not supported. */
export const hints: readonly (readonly [names: RegExp, hint: string])[] = [
  [/^smtpd_sasl_/, "who may log in stands in passwd_file"],
  [/milter/, "nothing is filtered by it"],
  [/^postscreen_/, "clients go to the SMTP server at once"],
];
