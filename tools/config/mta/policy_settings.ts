/** From settings to what policy goes by (mta/policy). Pure. */

import { parseNetworkList, parseStringList } from "../../../mta/address/match_list.ts";
import type { AddressSettings } from "../../../mta/address/settings.ts";
import { listNames } from "../../../mta/policy/restriction_call.ts";
import type { ListName } from "../../../mta/policy/restriction_call.ts";
import type { ParsedRestrictions } from "../../../mta/policy/restriction_list.ts";
import { parseRestrictions } from "../../../mta/policy/restriction_list.ts";
import type { PolicySettings, ReplyCodes, RestrictionLists } from "../../../mta/policy/settings.ts";

import type { Settings } from "../schema.ts";
import { matchesParents } from "./address_settings.ts";
import type { SettingsView } from "./view.ts";

/** `smtpd_LIST_restrictions`. */
export type RestrictionSetting = `smtpd_${ListName}_restrictions`;

export function restrictionSetting(list: ListName): RestrictionSetting {
  return `smtpd_${list}_restrictions`;
}

/** A service's policy. `addresses` is the same for all of them. */
export function policySettings(view: SettingsView, addresses: AddressSettings): PolicySettings {
  const { settings } = view;
  const checksRecipients = !settings.receive_override_options.includes("no_unknown_recipient_checks");
  return {
    addresses,
    lists: restrictionLists(view),
    classes: new Map(
      Array.from(parsedClasses(view), ([name, { calls }]) => [name, calls] as const),
    ),
    delayReject: settings.smtpd_delay_reject,
    relayBeforeRecipient: settings.smtpd_relay_before_recipient_restrictions,
    rejectUnlistedRecipient: settings.smtpd_reject_unlisted_recipient && checksRecipients,
    rejectUnlistedSender: settings.smtpd_reject_unlisted_sender,
    softBounce: settings.soft_bounce,
    codes: replyCodes(settings),
    tempfailActions: {
      unknownAddress: settings.unknown_address_tempfail_action,
      unknownHeloHostname: settings.unknown_helo_hostname_tempfail_action,
      unverifiedSender: settings.unverified_sender_tempfail_action,
      unverifiedRecipient: settings.unverified_recipient_tempfail_action,
    },
    unverifiedSenderReason: settings.unverified_sender_reject_reason,
    unverifiedRecipientReason: settings.unverified_recipient_reject_reason,
    nullAccessLookupKey: settings.smtpd_null_access_lookup_key,
    senderLoginMaps: settings.smtpd_sender_login_maps,
    mynetworks: networkList(view, "mynetworks"),
    permitMxBackupNetworks: networkList(view, "permit_mx_backup_networks"),
    relayClientcerts: settings.relay_clientcerts,
    logAccessPermitActions: parseStringList(view.itemsOf("smtpd_log_access_permit_actions"), {
      name: "smtpd_log_access_permit_actions",
    }),
    defaultRblReply: settings.default_rbl_reply,
    rblReplyMaps: settings.rbl_reply_maps,
    policyServiceDefaultAction: settings.smtpd_policy_service_default_action,
    policyServiceContext: settings.smtpd_policy_service_policy_context,
    saslEnabled: settings.smtpd_sasl_auth_enable,
    dottedAccessKeys: settings.access_table_dotted_keys,
    compatibilityLevel: settings.compatibility_level,
    mailVersion: settings.mail_version,
  };
}

/** Every list of restrictions with what is wrong with it. */
export function parsedLists(view: SettingsView): ReadonlyMap<ListName, ParsedRestrictions> {
  const classes = [...view.restrictionClasses.keys()];
  return new Map(listNames.map((list) => [
    list,
    parseRestrictions(view.settings[restrictionSetting(list)], { list, classes }),
  ]));
}

/** Every restriction class with what is wrong with it. */
export function parsedClasses(view: SettingsView): ReadonlyMap<string, ParsedRestrictions> {
  const classes = [...view.restrictionClasses.keys()];
  return new Map(
    Array.from(view.restrictionClasses, ([name, items]) => [
      name,
      parseRestrictions(items, { list: undefined, classes }),
    ]),
  );
}

function restrictionLists(view: SettingsView): RestrictionLists {
  const parsed = parsedLists(view);
  const calls = (list: ListName) => parsed.get(list)!.calls;
  return {
    client: calls("client"),
    helo: calls("helo"),
    sender: calls("sender"),
    relay: calls("relay"),
    recipient: calls("recipient"),
    data: calls("data"),
    end_of_data: calls("end_of_data"),
    etrn: calls("etrn"),
  };
}

/** A list of clients. */
export function networkList(
  view: SettingsView,
  name:
    | "mynetworks"
    | "permit_mx_backup_networks"
    | "smtpd_authorized_xclient_hosts"
    | "smtpd_client_event_limit_exceptions"
    | "smtpd_forbid_bare_newline_exclusions",
) {
  const { settings } = view;
  return parseNetworkList(view.itemsOf(name), {
    name,
    // smtpd_client_event_limit_exceptions matches as Postfix's anvil exceptions do: names and those below.
    subdomains: name === "smtpd_client_event_limit_exceptions" || matchesParents(settings, name),
    dottedKeys: settings.access_table_dotted_keys,
    tableActions: settings.mynetworks_table_actions,
  });
}

function replyCodes(settings: Settings): ReplyCodes {
  return {
    accessMapReject: settings.access_map_reject_code,
    accessMapDefer: settings.access_map_defer_code,
    reject: settings.reject_code,
    defer: settings.defer_code,
    invalidHostname: settings.invalid_hostname_reject_code,
    nonFqdn: settings.non_fqdn_reject_code,
    unknownAddress: settings.unknown_address_reject_code,
    unknownClient: settings.unknown_client_reject_code,
    unknownHostname: settings.unknown_hostname_reject_code,
    mapsRbl: settings.maps_rbl_reject_code,
    multiRecipientBounce: settings.multi_recipient_bounce_reject_code,
    plaintext: settings.plaintext_reject_code,
    relayDomains: settings.relay_domains_reject_code,
    unverifiedSender: settings.unverified_sender_reject_code,
    unverifiedSenderDefer: settings.unverified_sender_defer_code,
    unverifiedRecipient: settings.unverified_recipient_reject_code,
    unverifiedRecipientDefer: settings.unverified_recipient_defer_code,
  };
}
