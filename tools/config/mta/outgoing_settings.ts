/** From settings to how mail leaves: hosts, TLS, logins, sessions with them (smtp_..., lmtp_...), and the queue's limits. Pure. */

import type { AddressSettings } from "../../../mta/address/settings.ts";
import type { NextHopSettings } from "../../../mta/delivery/next_hop.ts";
import type { HopSettings } from "../../../mta/dns/hop_settings.ts";
import { portOf } from "../../../mta/dns/hop.ts";
import type { OutgoingSettings } from "../../../mta/outgoing/api.ts";
import type { RelayLoginSettings } from "../../../mta/relay_login/settings.ts";
import type { ClientSettings } from "../../../mta/smtp/client/settings.ts";
import type { TlsSettings } from "../../../mta/tls_policy/policy.ts";

import type { SettingName, Settings } from "../schema.ts";
import { isSettingName, settingNames } from "../schema.ts";

export type ClientProtocol = "smtp" | "lmtp";

export interface OutgoingFiles {
  /** The contents of smtp_tls_CAfile and of the files in smtp_tls_CApath; `undefined`: the authorities of the runtime. */
  readonly caPem: string | undefined;
}

/** Names of LMTP that are not just `smtp_` with another beginning. */
const lmtpNames: Readonly<Record<string, SettingName>> = {
  smtp_helo_name: "lmtp_lhlo_name",
  smtp_helo_timeout: "lmtp_lhlo_timeout",
  smtp_discard_ehlo_keywords: "lmtp_discard_lhlo_keywords",
};

/** The settings with those of LMTP in the places of those of SMTP. */
function asSmtp(settings: Settings, protocol: ClientProtocol): Settings {
  if (protocol === "smtp") return settings;
  const entries = settingNames.filter((name) => name.startsWith("smtp_")).map((name) => {
    const twin = lmtpNames[name] ?? name.replace("smtp_", "lmtp_");
    return [name, settings[isSettingName(twin) ? twin : name]] as const;
  });
  // The rows of both are the same rows: what the type says.
  return { ...settings, ...Object.fromEntries(entries) } as Settings;
}

export function nextHopSettings(
  settings: Settings,
  protocol: ClientProtocol,
  addresses: AddressSettings,
): NextHopSettings {
  const client = asSmtp(settings, protocol);
  return {
    hop: hopSettings(client, protocol, addresses),
    tls: tlsSettings(client, protocol),
    login: loginSettings(client),
    addresses,
  };
}

function hopSettings(
  settings: Settings,
  protocol: ClientProtocol,
  { ownAddresses }: AddressSettings,
): HopSettings {
  const protocols = settings.inet_protocols;
  return {
    myhostname: settings.myhostname,
    ownAddresses,
    families: (["ipv4", "ipv6"] as const).filter((family) =>
      protocols.includes("all") || protocols.includes(family)
    ),
    dnsSupport: settings.smtp_dns_support_level || "enabled",
    hostLookup: (["dns", "native"] as const).filter((where) => settings.smtp_host_lookup.includes(where)),
    addressPreference: settings.smtp_address_preference,
    balancesFamilies: settings.smtp_balance_inet_protocols,
    randomizes: settings.smtp_randomize_addresses,
    addressLimit: settings.smtp_mx_address_limit,
    relayhost: settings.relayhost,
    fallbackRelay: settings.smtp_fallback_relay,
    defersWithoutMxAddress: settings.smtp_defer_if_no_mx_address_found,
    ignoresMxLookupError: settings.ignore_mx_lookup_error,
    defaultPort: portOf(settings.smtp_tcp_port) ?? (protocol === "smtp" ? 25 : 24),
    usesMx: protocol === "smtp",
  };
}

function tlsSettings(settings: Settings, prefix: ClientProtocol): TlsSettings {
  return {
    prefix,
    securityLevel: settings.smtp_tls_security_level || "none",
    policyMaps: settings.smtp_tls_policy_maps,
    protocols: settings.smtp_tls_protocols,
    mandatoryProtocols: settings.smtp_tls_mandatory_protocols,
    ciphers: settings.smtp_tls_ciphers,
    mandatoryCiphers: settings.smtp_tls_mandatory_ciphers,
    excludeCiphers: settings.smtp_tls_exclude_ciphers.join(" "),
    mandatoryExcludeCiphers: settings.smtp_tls_mandatory_exclude_ciphers.join(" "),
    verifyCertMatch: settings.smtp_tls_verify_cert_match,
    secureCertMatch: settings.smtp_tls_secure_cert_match,
    fingerprintCertMatch: settings.smtp_tls_fingerprint_cert_match,
    fingerprintDigest: settings.smtp_tls_fingerprint_digest,
    serverName: settings.smtp_tls_servername,
    daneInsecureMxPolicy: settings.smtp_tls_dane_insecure_mx_policy,
    mtaSts: settings.smtp_mta_sts,
  };
}

function loginSettings(settings: Settings): RelayLoginSettings {
  return {
    isEnabled: settings.smtp_sasl_auth_enable,
    passwordMaps: settings.smtp_sasl_password_maps,
    bySender: settings.smtp_sender_dependent_authentication,
    mechanismFilter: settings.smtp_sasl_mechanism_filter,
    securityOptions: settings.smtp_sasl_security_options,
    tlsSecurityOptions: settings.smtp_sasl_tls_security_options,
  };
}

export function outgoingSettings(
  settings: Settings,
  protocol: ClientProtocol,
  { caPem }: OutgoingFiles,
): OutgoingSettings {
  const client = asSmtp(settings, protocol);
  return {
    client: clientSettings(client),
    connectMs: client.smtp_connect_timeout,
    dataTransferMs: client.smtp_data_xfer_timeout,
    lineOctets: client.smtp_line_length_limit,
    sessionLimit: client.smtp_mx_session_limit,
    keepsConnections: client.smtp_connection_cache_on_demand,
    idleMs: client.smtp_connection_cache_time_limit,
    reuseMs: client.smtp_connection_reuse_time_limit,
    reuseCount: client.smtp_connection_reuse_count_limit,
    tlsWrapped: client.smtp_tls_wrappermode,
    caPem,
    tlsLogLevel: Number(client.smtp_tls_loglevel),
    login: loginSettings(client),
    socketDirectory: settings.socket_directory,
  };
}

function clientSettings(settings: Settings): ClientSettings {
  return {
    heloName: settings.smtp_helo_name,
    alwaysEhlo: settings.smtp_always_send_ehlo,
    neverEhlo: settings.smtp_never_send_ehlo,
    skip5xxGreeting: settings.smtp_skip_5xx_greeting,
    discardKeywords: settings.smtp_discard_ehlo_keywords.map((word) => word.toLowerCase()),
    skipQuitResponse: settings.smtp_skip_quit_response,
    convertTo7Bit: !settings.disable_mime_output_conversion,
    chunking: settings.smtp_chunking,
    dummyMailAuth: settings.smtp_send_dummy_mail_auth,
    notesTlsOffer: settings.smtp_tls_note_starttls_offer,
    loginSoftBounce: settings.smtp_sasl_auth_soft_bounce,
    heloMs: settings.smtp_helo_timeout,
    starttlsMs: settings.smtp_starttls_timeout,
    mailMs: settings.smtp_mail_timeout,
    rcptMs: settings.smtp_rcpt_timeout,
    dataInitMs: settings.smtp_data_init_timeout,
    dataDoneMs: settings.smtp_data_done_timeout,
    rsetMs: settings.smtp_rset_timeout,
    quitMs: settings.smtp_quit_timeout,
  };
}
