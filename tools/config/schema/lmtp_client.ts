/** Settings: mail handed on by LMTP: each smtp_... of the client under the name lmtp_..., with a default of its own. */

import type { Parameter, RawValue } from "../parameter.ts";
import { line, seconds, words, yesNo } from "../postfix_rows.ts";
import { smtpClientParameters } from "./smtp_client.ts";
import { smtpClientLoginParameters } from "./smtp_client_login.ts";
import { smtpClientTlsParameters } from "./smtp_client_tls.ts";

/** The same rows under the names of LMTP. */
type Twins<Rows> = {
  readonly [
    N in keyof Rows as N extends OfSmtpAlone ? never : N extends `smtp_${infer Rest}` ? `lmtp_${Rest}` : never
  ]: Rows[N];
};

/** LMTP has other names for them, or no need. */
const ofSmtpAlone = [
  "smtp_helo_name",
  "smtp_helo_timeout",
  "smtp_discard_ehlo_keywords",
  "smtp_always_send_ehlo",
  "smtp_never_send_ehlo",
] as const;

type OfSmtpAlone = (typeof ofSmtpAlone)[number];

function twins<Rows extends Readonly<Record<string, Parameter<unknown>>>>(rows: Rows): Twins<Rows> {
  const names = (name: string) => name.startsWith("smtp_") && !ofSmtpAlone.some((other) => other === name);
  const entries = Object.entries(rows).filter(([name]) => names(name)).map(([name, row]) => {
    const renamed = renameIn(row.default);
    return [
      name.replace("smtp_", "lmtp_"),
      {
        ...row,
        default: renamed,
        defaultText: row.defaultText.replace("$smtp_", "$lmtp_"),
        doc: docOf(name),
      },
    ];
  });
  // Each row stands under its own name with the other prefix: what the type says.
  return Object.fromEntries(entries) as Twins<Rows>;
}

function renameIn(fallback: Parameter<unknown>["default"]): RawValue | Exclude<typeof fallback, RawValue> {
  return typeof fallback === "string" ? fallback.replace("$smtp_", "$lmtp_") : fallback;
}

function docOf(name: string): string {
  return `What ${name} is for SMTP.`;
}

export const lmtpClientParameters = {
  ...twins({ ...smtpClientParameters, ...smtpClientTlsParameters, ...smtpClientLoginParameters }),
  lmtp_lhlo_name: line("$myhostname", "The name that the server gives itself in LHLO."),
  lmtp_lhlo_timeout: seconds("300s", "How long to wait for the greeting and for the reply to LHLO.", "1s"),
  lmtp_tcp_port: line("24", "The port of hosts for which none is told."),
  lmtp_connect_timeout: seconds("0s", "How long a connection may take to come about. 0: as the system does."),
  lmtp_skip_quit_response: yesNo(false, "Do not wait for the reply to QUIT."),
  lmtp_discard_lhlo_keywords: words("", "Extensions of other hosts that are not used."),
  lmtp_fallback_relay: words(
    "",
    "Hosts that take mail when a destination is not found or cannot be reached.",
  ),
  lmtp_tls_secure_cert_match: words("nexthop", "What names a certificate may have at the level secure."),
  lmtp_tls_security_level: smtpClientTlsParameters.smtp_tls_security_level,
};
