/** Settings: the codes of refusals, what a trouble on the way comes to, and the probing of addresses. */

import { boolean, choice, duration, integer, text } from "../kinds.ts";
import { code, maps } from "../list_kinds.ts";

const tempfail = ["defer_if_permit", "defer"] as const;

const refusal = (of: string) => `The reply code of ${of}.`;

export const replyParameters = {
  reject_code: code({ default: 554, doc: refusal("the restriction reject"), origin: "postconf(5)" }),
  defer_code: code({ default: 450, doc: refusal("the restriction defer"), origin: "postconf(5)" }),
  access_map_reject_code: code({
    default: 554,
    doc: refusal("REJECT in an access table"),
    origin: "postconf(5)",
  }),
  access_map_defer_code: code({
    default: 450,
    doc: refusal("DEFER in an access table"),
    origin: "postconf(5)",
  }),
  relay_domains_reject_code: code({
    default: 554,
    doc: "The reply code of reject_unauth_destination; defer_unauth_destination answers 100 less.",
    origin: "postconf(5)",
  }),
  maps_rbl_reject_code: code({
    default: 554,
    doc: refusal("reject_rbl_... and reject_rhsbl_... restrictions"),
    origin: "postconf(5)",
  }),
  invalid_hostname_reject_code: code({
    default: 501,
    doc: refusal("reject_invalid_helo_hostname"),
    origin: "postconf(5)",
  }),
  non_fqdn_reject_code: code({
    default: 504,
    doc: refusal("reject_non_fqdn_helo_hostname, reject_non_fqdn_sender and reject_non_fqdn_recipient"),
    origin: "postconf(5)",
  }),
  unknown_address_reject_code: code({
    default: 450,
    doc: refusal("reject_unknown_sender_domain and reject_unknown_recipient_domain"),
    origin: "postconf(5)",
  }),
  unknown_client_reject_code: code({
    default: 450,
    doc: refusal("reject_unknown_client_hostname and reject_unknown_reverse_client_hostname"),
    origin: "postconf(5)",
  }),
  unknown_hostname_reject_code: code({
    default: 450,
    doc: refusal("reject_unknown_helo_hostname"),
    origin: "postconf(5)",
  }),
  plaintext_reject_code: code({
    default: 450,
    doc: refusal("reject_plaintext_session"),
    origin: "postconf(5)",
  }),
  multi_recipient_bounce_reject_code: code({
    default: 550,
    doc: refusal("reject_multi_recipient_bounce"),
    origin: "postconf(5)",
  }),
  unknown_local_recipient_reject_code: code({
    default: 550,
    doc: refusal("recipients that local_recipient_maps does not have"),
    origin: "postconf(5)",
  }),
  unknown_relay_recipient_reject_code: code({
    default: 550,
    doc: refusal("recipients that relay_recipient_maps does not have"),
    origin: "postconf(5)",
  }),
  unknown_virtual_alias_reject_code: code({
    default: 550,
    doc: refusal("recipients that virtual_alias_maps does not have"),
    origin: "postconf(5)",
  }),
  unknown_virtual_mailbox_reject_code: code({
    default: 550,
    doc: refusal("recipients that virtual_mailbox_maps does not have"),
    origin: "postconf(5)",
  }),
  unverified_recipient_reject_code: code({
    default: 450,
    doc: refusal("reject_unverified_recipient for an address that bounces"),
    origin: "postconf(5)",
  }),
  unverified_recipient_defer_code: code({
    default: 450,
    doc: refusal("reject_unverified_recipient while nothing is known of the address"),
    origin: "postconf(5)",
  }),
  unverified_sender_reject_code: code({
    default: 450,
    doc: refusal("reject_unverified_sender for an address that bounces"),
    origin: "postconf(5)",
  }),
  unverified_sender_defer_code: code({
    default: 450,
    doc: refusal("reject_unverified_sender while nothing is known of the address"),
    origin: "postconf(5)",
  }),
  unverified_recipient_reject_reason: text({
    default: "",
    doc: "What reject_unverified_recipient tells instead of what the probe was told.",
    origin: "postconf(5)",
  }),
  unverified_sender_reject_reason: text({
    default: "",
    doc: "What reject_unverified_sender tells instead of what the probe was told.",
    origin: "postconf(5)",
  }),
  reject_tempfail_action: choice(tempfail, {
    default: "defer_if_permit",
    doc: "What a restriction does when what it must know cannot be found out now: defer unless another " +
      "restriction refuses for good, or defer at once.",
    origin: "postconf(5)",
  }),
  unknown_address_tempfail_action: choice(tempfail, {
    default: "$reject_tempfail_action",
    doc: "The same for reject_unknown_sender_domain and reject_unknown_recipient_domain.",
    origin: "postconf(5)",
  }),
  unknown_helo_hostname_tempfail_action: choice(tempfail, {
    default: "$reject_tempfail_action",
    doc: "The same for reject_unknown_helo_hostname.",
    origin: "postconf(5)",
  }),
  unverified_recipient_tempfail_action: choice(tempfail, {
    default: "$reject_tempfail_action",
    doc: "The same for reject_unverified_recipient.",
    origin: "postconf(5)",
  }),
  unverified_sender_tempfail_action: choice(tempfail, {
    default: "$reject_tempfail_action",
    doc: "The same for reject_unverified_sender.",
    origin: "postconf(5)",
  }),
  show_user_unknown_table_name: boolean({
    default: true,
    doc: "Tell in refusals of unknown recipients in which table they are unknown.",
    origin: "postconf(5)",
  }),
  double_bounce_sender: text({
    default: "double-bounce",
    doc: "The local part of the sender of reports whose failure is told to nobody.",
    origin: "postconf(5)",
  }),
  address_verify_sender: text({
    default: "$double_bounce_sender",
    doc: "The sender of probes. Empty or <>: the empty sender.",
    origin: "postconf(5)",
  }),
  address_verify_sender_ttl: duration({
    default: "0s",
    unit: "s",
    doc: "How often the sender of probes gets another suffix. 0: never.",
    origin: "postconf(5)",
  }),
  address_verify_map: text({
    default: "btree:$data_directory/verify_cache",
    doc: "Where the results of probes are kept. Empty: nowhere, only until the server stops.",
    origin: "postconf(5)",
  }),
  address_verify_negative_cache: boolean({
    default: true,
    doc: "Keep the results of failed probes too.",
    origin: "postconf(5)",
  }),
  address_verify_positive_expire_time: duration({
    default: "31d",
    unit: "d",
    min: "1s",
    doc: "How long an address that exists is known.",
    origin: "postconf(5)",
  }),
  address_verify_positive_refresh_time: duration({
    default: "7d",
    unit: "d",
    min: "1s",
    doc: "After how long it is probed again.",
    origin: "postconf(5)",
  }),
  address_verify_negative_expire_time: duration({
    default: "3d",
    unit: "d",
    min: "1s",
    doc: "How long an address that bounces is known.",
    origin: "postconf(5)",
  }),
  address_verify_negative_refresh_time: duration({
    default: "3h",
    unit: "h",
    min: "1s",
    doc: "After how long it is probed again.",
    origin: "postconf(5)",
  }),
  address_verify_pending_request_limit: integer({
    default: 5000,
    min: 1,
    doc: "How many addresses may be probed at a time.",
    origin: "postconf(5)",
  }),
  address_verify_poll_count: integer({
    default: 3,
    min: 1,
    doc: "How often a result is looked for before the client hears that there is none yet.",
    origin: "postconf(5)",
  }),
  address_verify_poll_delay: duration({
    default: "3s",
    unit: "s",
    min: "1s",
    doc: "The wait between two looks.",
    origin: "postconf(5)",
  }),
  address_verify_transport_maps: maps({
    default: "$transport_maps",
    doc: "The transport_maps of probes.",
    origin: "postconf(5)",
  }),
  address_verify_local_transport: text({
    default: "$local_transport",
    doc: "The local_transport of probes.",
    origin: "postconf(5)",
  }),
  address_verify_virtual_transport: text({
    default: "$virtual_transport",
    doc: "The virtual_transport of probes.",
    origin: "postconf(5)",
  }),
  address_verify_relay_transport: text({
    default: "$relay_transport",
    doc: "The relay_transport of probes.",
    origin: "postconf(5)",
  }),
  address_verify_default_transport: text({
    default: "$default_transport",
    doc: "The default_transport of probes.",
    origin: "postconf(5)",
  }),
  address_verify_relayhost: text({
    default: "$relayhost",
    doc: "The relayhost of probes.",
    origin: "postconf(5)",
  }),
  address_verify_sender_dependent_relayhost_maps: maps({
    default: "$sender_dependent_relayhost_maps",
    doc: "The sender_dependent_relayhost_maps of probes.",
    origin: "postconf(5)",
  }),
  address_verify_sender_dependent_default_transport_maps: maps({
    default: "$sender_dependent_default_transport_maps",
    doc: "The sender_dependent_default_transport_maps of probes.",
    origin: "postconf(5)",
  }),
};
