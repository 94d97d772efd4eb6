/** What policy is set up to do: the parameters of smtpd(8) about access and relaying, parsed. */

import type { NetworkList, StringList } from "../address/match_list.ts";
import { parseNetworkList, parseStringList } from "../address/match_list.ts";
import type { AddressSettings, Maps } from "../address/settings.ts";
import type { SmtpRole } from "../smtp/question.ts";
import type { ListName, RestrictionCall } from "./restriction_call.ts";
import { parseRestrictions } from "./restriction_list.ts";

export type RestrictionLists = Readonly<Record<ListName, readonly RestrictionCall[]>>;

/** postconf(5) `reject_tempfail_action` and its like: at once, or when nothing else refuses. */
export type TempfailAction = "defer" | "defer_if_permit";

/** postconf(5) `..._reject_code` and `..._defer_code`. */
export interface ReplyCodes {
  readonly accessMapReject: number;
  readonly accessMapDefer: number;
  readonly reject: number;
  readonly defer: number;
  readonly invalidHostname: number;
  readonly nonFqdn: number;
  readonly unknownAddress: number;
  readonly unknownClient: number;
  readonly unknownHostname: number;
  readonly mapsRbl: number;
  readonly multiRecipientBounce: number;
  readonly plaintext: number;
  readonly relayDomains: number;
  readonly unverifiedSender: number;
  readonly unverifiedSenderDefer: number;
  readonly unverifiedRecipient: number;
  readonly unverifiedRecipientDefer: number;
}

export interface TempfailActions {
  readonly unknownAddress: TempfailAction;
  readonly unknownHeloHostname: TempfailAction;
  readonly unverifiedSender: TempfailAction;
  readonly unverifiedRecipient: TempfailAction;
}

export interface PolicySettings {
  readonly addresses: AddressSettings;
  readonly lists: RestrictionLists;
  /** `smtpd_restriction_classes`, each name's list. */
  readonly classes: ReadonlyMap<string, readonly RestrictionCall[]>;
  /** `smtpd_delay_reject` */
  readonly delayReject: boolean;
  /** `smtpd_relay_before_recipient_restrictions` */
  readonly relayBeforeRecipient: boolean;
  /** `smtpd_reject_unlisted_recipient`, `smtpd_reject_unlisted_sender` */
  readonly rejectUnlistedRecipient: boolean;
  readonly rejectUnlistedSender: boolean;
  readonly softBounce: boolean;
  readonly codes: ReplyCodes;
  readonly tempfailActions: TempfailActions;
  /** `unverified_sender_reject_reason`, `unverified_recipient_reject_reason`; empty: what the probe was told. */
  readonly unverifiedSenderReason: string;
  readonly unverifiedRecipientReason: string;
  /** `smtpd_null_access_lookup_key`: what stands for the null sender in tables. */
  readonly nullAccessLookupKey: string;
  readonly senderLoginMaps: Maps;
  readonly mynetworks: NetworkList;
  readonly permitMxBackupNetworks: NetworkList;
  readonly relayClientcerts: Maps;
  /** `smtpd_log_access_permit_actions` */
  readonly logAccessPermitActions: StringList;
  readonly defaultRblReply: string;
  readonly rblReplyMaps: Maps;
  /** `smtpd_policy_service_default_action`, `smtpd_policy_service_policy_context` */
  readonly policyServiceDefaultAction: string;
  readonly policyServiceContext: string;
  /** Is there SASL at all (`smtpd_sasl_auth_enable`)? Otherwise restrictions about logins say nothing. */
  readonly saslEnabled: boolean;
  /** mailsrv's own `access_table_dotted_keys`: access tables are also asked for `.domain` and `a.b.c.`. */
  readonly dottedAccessKeys: boolean;
  /** `compatibility_level`, `mail_version`: told to policy services. */
  readonly compatibilityLevel: string;
  readonly mailVersion: string;
}

export const defaultCodes: ReplyCodes = {
  accessMapReject: 554,
  accessMapDefer: 450,
  reject: 554,
  defer: 450,
  invalidHostname: 501,
  nonFqdn: 504,
  unknownAddress: 450,
  unknownClient: 450,
  unknownHostname: 450,
  mapsRbl: 554,
  multiRecipientBounce: 550,
  plaintext: 450,
  relayDomains: 554,
  unverifiedSender: 450,
  unverifiedSenderDefer: 450,
  unverifiedRecipient: 450,
  unverifiedRecipientDefer: 450,
};

const none: RestrictionLists = {
  client: [],
  helo: [],
  sender: [],
  relay: [],
  recipient: [],
  data: [],
  end_of_data: [],
  etrn: [],
};

/** What holds where nothing else is set, by listener. */
export const defaultRestrictions: Readonly<Record<SmtpRole, RestrictionLists>> = {
  smtp: { ...none, relay: relay("permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination") },
  // Nobody submits without a login, wherever he is.
  submission: { ...none, relay: relay("permit_sasl_authenticated, reject") },
  // Whoever may speak LMTP hands over what is for this host, nothing else.
  lmtp: { ...none, relay: relay("reject_unauth_destination") },
};

function relay(text: string): readonly RestrictionCall[] {
  return parseRestrictions(text, { list: "relay" }).calls;
}

/** Postfix's defaults (of compatibility level 3.6 and later), changed where `changes` says. */
export function defaultPolicySettings(
  addresses: AddressSettings,
  changes: Partial<PolicySettings> = {},
): PolicySettings {
  return {
    addresses,
    lists: defaultRestrictions.smtp,
    classes: new Map(),
    delayReject: true,
    relayBeforeRecipient: true,
    rejectUnlistedRecipient: true,
    rejectUnlistedSender: false,
    softBounce: false,
    codes: defaultCodes,
    tempfailActions: {
      unknownAddress: "defer_if_permit",
      unknownHeloHostname: "defer_if_permit",
      unverifiedSender: "defer_if_permit",
      unverifiedRecipient: "defer_if_permit",
    },
    unverifiedSenderReason: "",
    unverifiedRecipientReason: "",
    nullAccessLookupKey: "<>",
    senderLoginMaps: [],
    mynetworks: parseNetworkList(["127.0.0.0/8", "[::1]/128"], { name: "mynetworks" }),
    permitMxBackupNetworks: parseNetworkList([], { name: "permit_mx_backup_networks" }),
    relayClientcerts: [],
    logAccessPermitActions: parseStringList([], { name: "smtpd_log_access_permit_actions" }),
    defaultRblReply:
      "$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}",
    rblReplyMaps: [],
    policyServiceDefaultAction: "451 4.3.5 Server configuration problem",
    policyServiceContext: "",
    saslEnabled: true,
    dottedAccessKeys: true,
    compatibilityLevel: "3.6",
    mailVersion: "3.7.0",
    ...changes,
  };
}
