/** What addresses mean here: the parameters of trivial-rewrite(8) and cleanup(8) that resolve and rewrite addresses. */

import type { DomainList, StringList } from "./match_list.ts";

/** Address classes (postfix-semantics §6, ADDRESS_CLASS_README). */
export type AddressClass = "local" | "alias" | "virtual" | "relay" | "default";

/** Tables are written as in the settings (`hash:/etc/postfix/virtual`) and asked in order. */
export type Maps = readonly string[];

export interface AddressSettings {
  readonly myhostname: string;
  readonly mydomain: string;
  readonly myorigin: string;
  /** Any of these characters begins an extension; empty: none does. */
  readonly recipientDelimiter: string;
  /** `owner_request_special`: with `-` for a delimiter, owner-X and X-request are names of their own. */
  readonly ownerRequestSpecial: boolean;
  /** Own addresses, `inet_interfaces` and `proxy_interfaces`: mail to `user@[address]` is local. */
  readonly ownAddresses: readonly string[];

  readonly appendAtMyorigin: boolean;
  readonly appendDotMydomain: boolean;
  readonly swapBangpath: boolean;
  readonly allowPercentHack: boolean;
  readonly allowUntrustedRouting: boolean;
  /** `allow_min_user`: take recipients that begin with `-`. */
  readonly allowMinUser: boolean;

  readonly mydestination: StringList;
  readonly virtualAliasDomains: StringList;
  readonly virtualMailboxDomains: StringList;
  readonly relayDomains: DomainList;
  /** `transport_maps` and `smtpd_access_maps` in parent_domain_matches_subdomains. */
  readonly parentDomainMatches: { readonly transportMaps: boolean; readonly accessMaps: boolean };

  readonly canonicalMaps: Maps;
  readonly senderCanonicalMaps: Maps;
  readonly recipientCanonicalMaps: Maps;
  readonly virtualAliasMaps: Maps;
  readonly virtualMailboxMaps: Maps;
  readonly aliasMaps: Maps;
  /** `undefined`: users and alias_maps of this server, its default. Empty: nobody is unknown. */
  readonly localRecipientMaps: Maps | undefined;
  readonly relayRecipientMaps: Maps;
  readonly transportMaps: Maps;
  readonly relocatedMaps: Maps;
  readonly senderDependentRelayhostMaps: Maps;
  readonly senderDependentDefaultTransportMaps: Maps;
  readonly senderBccMaps: Maps;
  readonly recipientBccMaps: Maps;
  readonly alwaysBcc: string;
  /** `smtp_generic_maps` */
  readonly genericMaps: Maps;

  /** `canonical`, `virtual`, `alias`, `forward`, `include`, `generic`. */
  readonly propagateUnmatchedExtensions: readonly string[];
  readonly virtualAliasExpansionLimit: number;
  readonly virtualAliasRecursionLimit: number;
  readonly virtualAliasAddressLengthLimit: number;

  readonly masqueradeDomains: readonly string[];
  readonly masqueradeExceptions: readonly string[];
  /** `envelope_sender`, `envelope_recipient`, `header_sender`, `header_recipient`. */
  readonly masqueradeClasses: readonly string[];
  readonly canonicalClasses: readonly string[];
  readonly senderCanonicalClasses: readonly string[];
  readonly recipientCanonicalClasses: readonly string[];

  /** `transport:nexthop` texts. */
  readonly localTransport: string;
  readonly virtualTransport: string;
  readonly relayTransport: string;
  readonly defaultTransport: string;
  readonly relayhost: string;

  /** `show_user_unknown_table_name` */
  readonly showUserUnknownTableName: boolean;
  readonly unknownLocalRecipientRejectCode: number;
  readonly unknownVirtualAliasRejectCode: number;
  readonly unknownVirtualMailboxRejectCode: number;
  readonly unknownRelayRecipientRejectCode: number;
}
