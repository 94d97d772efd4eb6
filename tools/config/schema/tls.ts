/** Settings: TLS, of SMTP (smtpd_tls_...) and of POP3 and IMAP (ssl_...). */

import { boolean, choice, path } from "../kinds.ts";

export const tlsParameters = {
  smtpd_tls_security_level: choice(["", "none", "may", "encrypt"], {
    default: "may",
    doc:
      "none: no STARTTLS; may: offered when there is a certificate; encrypt: nothing else is taken before it " +
      "(RFC 3207 §4). Empty is none.",
    origin: "postconf(5)",
  }),
  smtpd_tls_auth_only: boolean({
    default: false,
    doc:
      "Offer AUTH inside TLS only, also to clients on this machine. Clients elsewhere are offered it inside TLS " +
      "only in any case.",
    origin: "postconf(5)",
  }),
  smtpd_tls_cert_file: path({
    default: "",
    mustBe: "file",
    doc: "The server's certificate and those above it, PEM. Used by SMTP, and by POP3 and IMAP unless " +
      "ssl_server_cert_file says otherwise.",
    origin: "postconf(5)",
  }),
  smtpd_tls_key_file: path({
    default: "$smtpd_tls_cert_file",
    mustBe: "file",
    doc: "The private key of smtpd_tls_cert_file, PEM.",
    origin: "postconf(5)",
  }),
  ssl_server_cert_file: path({
    default: "$smtpd_tls_cert_file",
    mustBe: "file",
    doc: "The certificate for POP3 and IMAP, PEM.",
    origin: "dovecot",
  }),
  ssl_server_key_file: path({
    default: "$smtpd_tls_key_file",
    mustBe: "file",
    doc: "The private key of ssl_server_cert_file, PEM.",
    origin: "dovecot",
  }),
};
