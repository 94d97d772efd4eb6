/** From settings to what addresses mean (mta/address). Pure. */

import { parseDomainList, parseStringList } from "../../../mta/address/match_list.ts";
import type { AddressSettings, Maps } from "../../../mta/address/settings.ts";

import { ownAddresses } from "../own_networks.ts";
import type { Facts } from "../parameter.ts";
import type { SettingName, Settings } from "../schema.ts";
import type { SettingsView } from "./view.ts";

type DomainListName = "relay_domains";
type StringListName = "mydestination" | "virtual_alias_domains" | "virtual_mailbox_domains";

export function addressSettings(view: SettingsView, facts: Pick<Facts, "interfaces">): AddressSettings {
  const { settings } = view;
  const strings = (name: StringListName) => parseStringList(view.itemsOf(name), { name });
  const domains = (name: DomainListName) =>
    parseDomainList(view.itemsOf(name), {
      name,
      subdomains: matchesParents(settings, name),
      dottedKeys: settings.access_table_dotted_keys,
    });
  return {
    myhostname: settings.myhostname,
    mydomain: settings.mydomain,
    myorigin: settings.myorigin,
    recipientDelimiter: settings.recipient_delimiter,
    ownerRequestSpecial: settings.owner_request_special,
    ownAddresses: ownAddresses(facts.interfaces, {
      interfaces: settings.inet_interfaces,
      proxies: settings.proxy_interfaces,
    }),
    appendAtMyorigin: settings.append_at_myorigin,
    appendDotMydomain: settings.append_dot_mydomain,
    swapBangpath: settings.swap_bangpath,
    allowPercentHack: settings.allow_percent_hack,
    allowUntrustedRouting: settings.allow_untrusted_routing,
    allowMinUser: settings.allow_min_user,
    mydestination: strings("mydestination"),
    virtualAliasDomains: parseStringList([...view.itemsOf("virtual_alias_domains"), ...srsDomain(settings)], {
      name: "virtual_alias_domains",
    }),
    virtualMailboxDomains: strings("virtual_mailbox_domains"),
    relayDomains: domains("relay_domains"),
    parentDomainMatches: {
      transportMaps: matchesParents(settings, "transport_maps"),
      accessMaps: matchesParents(settings, "smtpd_access_maps"),
    },
    ...mapsOf(settings),
    propagateUnmatchedExtensions: settings.propagate_unmatched_extensions,
    virtualAliasExpansionLimit: settings.virtual_alias_expansion_limit,
    virtualAliasRecursionLimit: settings.virtual_alias_recursion_limit,
    virtualAliasAddressLengthLimit: settings.virtual_alias_address_length_limit,
    masqueradeDomains: settings.masquerade_domains,
    masqueradeExceptions: settings.masquerade_exceptions,
    masqueradeClasses: settings.masquerade_classes,
    canonicalClasses: settings.canonical_classes,
    senderCanonicalClasses: settings.sender_canonical_classes,
    recipientCanonicalClasses: settings.recipient_canonical_classes,
    alwaysBcc: settings.always_bcc,
    localTransport: settings.local_transport,
    virtualTransport: settings.virtual_transport,
    relayTransport: settings.relay_transport,
    defaultTransport: settings.default_transport,
    relayhost: settings.relayhost,
    showUserUnknownTableName: settings.show_user_unknown_table_name,
    unknownLocalRecipientRejectCode: settings.unknown_local_recipient_reject_code,
    unknownVirtualAliasRejectCode: settings.unknown_virtual_alias_reject_code,
    unknownVirtualMailboxRejectCode: settings.unknown_virtual_mailbox_reject_code,
    unknownRelayRecipientRejectCode: settings.unknown_relay_recipient_reject_code,
  };
}

/** What `mailsrv` probes with: the same addresses by the address_verify_... parameters (ADDRESS_VERIFICATION_README). */
export function probeAddressSettings(addresses: AddressSettings, settings: Settings): AddressSettings {
  return {
    ...addresses,
    transportMaps: settings.address_verify_transport_maps,
    localTransport: settings.address_verify_local_transport,
    virtualTransport: settings.address_verify_virtual_transport,
    relayTransport: settings.address_verify_relay_transport,
    defaultTransport: settings.address_verify_default_transport,
    relayhost: settings.address_verify_relayhost,
    senderDependentRelayhostMaps: settings.address_verify_sender_dependent_relayhost_maps,
    senderDependentDefaultTransportMaps: settings.address_verify_sender_dependent_default_transport_maps,
  };
}

/** Return addresses of forwarded mail are aliases of the senders that they stand for. */
function srsMaps({ srs_domain, srs_secret_file, srs_max_age }: Settings): Maps {
  if (srs_domain === "" || srs_secret_file === "") return [];
  return [`srs:${Math.floor(srs_max_age / 86_400_000)}:${srs_secret_file}`];
}

/** srs_domain, unless it is a domain of ours anyway. */
function srsDomain(settings: Settings): readonly { readonly text: string }[] {
  const { srs_domain: domain } = settings;
  const lists = [settings.mydestination, settings.virtual_mailbox_domains, settings.relay_domains];
  const isOurs = lists.some((list) => list.some((item) => item.toLowerCase() === domain.toLowerCase()));
  return domain === "" || isOurs ? [] : [{ text: domain }];
}

function mapsOf(settings: Settings) {
  return {
    canonicalMaps: settings.canonical_maps,
    senderCanonicalMaps: settings.sender_canonical_maps,
    recipientCanonicalMaps: settings.recipient_canonical_maps,
    virtualAliasMaps: [...settings.virtual_alias_maps, ...srsMaps(settings)],
    virtualMailboxMaps: settings.virtual_mailbox_maps,
    aliasMaps: settings.alias_maps,
    localRecipientMaps: localRecipientMaps(settings),
    relayRecipientMaps: settings.relay_recipient_maps,
    transportMaps: settings.transport_maps,
    relocatedMaps: settings.relocated_maps,
    senderDependentRelayhostMaps: settings.sender_dependent_relayhost_maps,
    senderDependentDefaultTransportMaps: settings.sender_dependent_default_transport_maps,
    senderBccMaps: settings.sender_bcc_maps,
    recipientBccMaps: settings.recipient_bcc_maps,
    genericMaps: settings.smtp_generic_maps,
  };
}

/** Postfix's default, the users of the system and the aliases, stands for the users of this server and the aliases. */
function localRecipientMaps(settings: Settings): Maps | undefined {
  const maps = settings.local_recipient_maps;
  const others = maps.filter((item) => !/^(?:proxy:)?unix:passwd\.byname$/.test(item));
  const isDefault = others.length < maps.length &&
    JSON.stringify(others) === JSON.stringify(settings.alias_maps);
  return isDefault ? undefined : maps;
}

/** Whether the setting's names of domains match names below them (postconf(5) parent_domain_matches_subdomains). */
export function matchesParents(
  settings: Settings,
  name: SettingName | "smtpd_access_maps",
): boolean {
  return settings.parent_domain_matches_subdomains.some((other) => other.toLowerCase() === name);
}
