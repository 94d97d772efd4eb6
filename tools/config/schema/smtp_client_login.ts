/** Settings: logging in to other hosts (smtp_sasl_...). */

import { tables, words, yesNo } from "../postfix_rows.ts";

const properties = [
  "noplaintext",
  "noactive",
  "nodictionary",
  "noanonymous",
  "mutual_auth",
  "forward_secrecy",
];

export const smtpClientLoginParameters = {
  smtp_sasl_auth_enable: yesNo(false, "Log in to hosts that smtp_sasl_password_maps knows."),
  smtp_sasl_password_maps: tables("", "user:password by next hop, host, or sender."),
  smtp_sender_dependent_authentication: yesNo(
    false,
    "Look smtp_sasl_password_maps up by sender first; connections are not shared then.",
  ),
  smtp_sasl_security_options: words(
    "noplaintext, noanonymous",
    "What mechanisms must be like where there is no TLS.",
    properties,
  ),
  smtp_sasl_tls_security_options: words(
    "noanonymous",
    "What mechanisms must be like inside TLS.",
    properties,
  ),
  smtp_sasl_mechanism_filter: words(
    "",
    "Mechanisms that are used: plain, login, !name, type:table. Empty: all.",
  ),
  smtp_sasl_auth_soft_bounce: yesNo(true, "Let mail wait when a host refuses the login for good."),
  smtp_send_dummy_mail_auth: yesNo(false, "Say AUTH=<> in MAIL after a login (RFC 4954 §5)."),
};
