/** Settings: TLS to other hosts (smtp_tls_...). */

import { path } from "../kinds.ts";
import { line, oneOf, tables, words, yesNo } from "../postfix_rows.ts";

const tlsFile = { mustBe: "file", default: "", origin: "postconf(5)" } as const;

const levels = [
  "",
  "none",
  "may",
  "encrypt",
  "fingerprint",
  "verify",
  "secure",
  "dane",
  "dane-only",
] as const;

export const smtpClientTlsParameters = {
  smtp_tls_security_level: oneOf(
    levels,
    "may",
    "none; may: TLS where the host offers it, whoever it is; encrypt: never without; fingerprint, verify, secure: " +
      "with a certificate that matches; dane: as DNS tells (RFC 7672); dane-only. Empty is none.",
  ),
  smtp_tls_policy_maps: tables(
    "",
    "The level and its attributes by next hop: example.com secure match=mail.example.com ciphers=high.",
  ),
  smtp_tls_wrappermode: yesNo(false, "Begin with TLS at once, without STARTTLS (port 465)."),
  smtp_tls_mandatory_protocols: line(">=TLSv1", "Versions of TLS where it must be: >=TLSv1.2, !TLSv1, ..."),
  smtp_tls_protocols: line(">=TLSv1", "Versions of TLS where it may be."),
  smtp_tls_mandatory_ciphers: oneOf(
    ["null", "export", "low", "medium", "high"],
    "medium",
    "The least grade of ciphers where TLS must be.",
  ),
  smtp_tls_ciphers: oneOf(
    ["null", "export", "low", "medium", "high"],
    "medium",
    "The least grade of ciphers where TLS may be.",
  ),
  smtp_tls_exclude_ciphers: words("", "Ciphers that are not used."),
  smtp_tls_mandatory_exclude_ciphers: words("", "Further ciphers that are not used where TLS must be."),
  smtp_tls_CAfile: path({
    ...tlsFile,
    doc: "Certificates of authorities that are trusted, PEM. Empty, without smtp_tls_CApath: the system's.",
  }),
  smtp_tls_CApath: path({
    default: "",
    origin: "postconf(5)",
    doc: "A directory of such certificates, one in each file.",
  }),
  smtp_tls_verify_cert_match: words("hostname", "What names a certificate may have at the level verify."),
  smtp_tls_secure_cert_match: words(
    "nexthop, dot-nexthop",
    "What names a certificate may have at the level secure: nexthop, dot-nexthop, hostname, or a name.",
  ),
  smtp_tls_fingerprint_digest: oneOf(
    ["md5", "sha1", "sha256", "sha384", "sha512"],
    "sha256",
    "How fingerprints of certificates are made.",
  ),
  smtp_tls_fingerprint_cert_match: words(
    "",
    "Fingerprints that certificates may have at the level fingerprint.",
  ),
  smtp_tls_servername: line(
    "",
    "The name that is told to the host in the handshake (SNI): hostname, nexthop, or a name.",
  ),
  smtp_tls_loglevel: oneOf(
    ["0", "1", "2", "3", "4"],
    "0",
    "1: a log line for every handshake; more: details.",
  ),
  smtp_tls_note_starttls_offer: yesNo(false, "Log hosts that offer STARTTLS where it is not used."),
  smtp_tls_dane_insecure_mx_policy: oneOf(
    ["none", "may", "encrypt", "dane"],
    "may",
    "The level for hosts with TLSA records whose MX record is not validated.",
  ),
};
