/** Logging in at the next hop (postconf(5) smtp_sasl_...). */

export interface RelayLoginSettings {
  /** smtp_sasl_auth_enable */
  readonly isEnabled: boolean;
  /** smtp_sasl_password_maps */
  readonly passwordMaps: readonly string[];
  /** smtp_sender_dependent_authentication */
  readonly bySender: boolean;
  /** smtp_sasl_mechanism_filter: names, `!name`, `static:all`. Empty: all. */
  readonly mechanismFilter: readonly string[];
  /** smtp_sasl_security_options: `noplaintext`, `noanonymous`, ... */
  readonly securityOptions: readonly string[];
  /** smtp_sasl_tls_security_options: inside TLS. */
  readonly tlsSecurityOptions: readonly string[];
}

export const defaultRelayLoginSettings: RelayLoginSettings = {
  isEnabled: false,
  passwordMaps: [],
  bySender: false,
  mechanismFilter: [],
  securityOptions: ["noplaintext", "noanonymous"],
  tlsSecurityOptions: ["noplaintext", "noanonymous"],
};

export interface RelayLogin {
  readonly user: string;
  readonly password: string;
  /** The line that has it: `hash:/etc/postfix/sasl_passwd:2, key relay.test`. Never the password. */
  readonly source: string;
}
