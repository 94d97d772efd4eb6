/** How hosts to send to are looked for (postconf(5) smtp_...). */

export interface HopSettings {
  readonly myhostname: string;
  /** inet_interfaces and proxy_interfaces: mail is not sent to oneself. */
  readonly ownAddresses: readonly string[];
  /** inet_protocols */
  readonly families: readonly AddressFamily[];
  /** smtp_dns_support_level; `disabled`: no MX records, names by `native` lookup only. */
  readonly dnsSupport: "disabled" | "enabled" | "dnssec";
  /** smtp_host_lookup: `native` asks /etc/hosts first, then the DNS. */
  readonly hostLookup: readonly ("dns" | "native")[];
  readonly addressPreference: "any" | AddressFamily;
  /** smtp_balance_inet_protocols */
  readonly balancesFamilies: boolean;
  /** smtp_randomize_addresses */
  readonly randomizes: boolean;
  /** smtp_mx_address_limit; 0: none. */
  readonly addressLimit: number;
  /** Where all mail goes: trouble with it is the administrator's, and mail waits. */
  readonly relayhost: string;
  /** smtp_fallback_relay */
  readonly fallbackRelay: readonly string[];
  /** smtp_defer_if_no_mx_address_found */
  readonly defersWithoutMxAddress: boolean;
  /** ignore_mx_lookup_error */
  readonly ignoresMxLookupError: boolean;
  /** Port where the next hop names none: 25; for lmtp 24. */
  readonly defaultPort: number;
  /** Not for lmtp: names are those of hosts there. */
  readonly usesMx: boolean;
}

export type AddressFamily = "ipv4" | "ipv6";

export const defaultHopSettings: HopSettings = {
  myhostname: "localhost",
  ownAddresses: [],
  families: ["ipv4", "ipv6"],
  dnsSupport: "enabled",
  hostLookup: ["dns"],
  addressPreference: "any",
  balancesFamilies: true,
  randomizes: true,
  addressLimit: 5,
  relayhost: "",
  fallbackRelay: [],
  defersWithoutMxAddress: false,
  ignoresMxLookupError: false,
  defaultPort: 25,
  usesMx: true,
};
