/** Settings: how addresses are rewritten, which domains and recipients there are, and where their mail goes. */

import { boolean, integer, list, octets, path, text } from "../kinds.ts";
import { domains, maps, words } from "../list_kinds.ts";

const rewriteClasses = ["envelope_sender", "envelope_recipient", "header_sender", "header_recipient"];

export const addressParameters = {
  append_at_myorigin: boolean({
    default: true,
    doc: "Put @$myorigin behind addresses without a domain.",
    origin: "postconf(5)",
  }),
  append_dot_mydomain: boolean({
    default: false,
    doc: "Put .$mydomain behind domains without a dot.",
    origin: "postconf(5)",
  }),
  swap_bangpath: boolean({
    default: true,
    doc: "Read site!user as user@site.",
    origin: "postconf(5)",
  }),
  allow_percent_hack: boolean({
    default: true,
    doc: "Read user%domain as user@domain.",
    origin: "postconf(5)",
  }),
  allow_untrusted_routing: boolean({
    default: false,
    doc:
      "Forward user%elsewhere@here (also ! and @) for strangers. true makes an open relay of most servers behind.",
    origin: "postconf(5)",
  }),
  allow_min_user: boolean({
    default: false,
    doc: "Take recipients that begin with -, which programs may mistake for an option.",
    origin: "postconf(5)",
  }),
  resolve_dequoted_address: boolean({
    default: true,
    doc: "Look for routing in addresses without the quotes of their local part.",
    origin: "postconf(5)",
  }),
  local_header_rewrite_clients: list({
    default: "permit_inet_interfaces",
    holdsTables: true,
    doc:
      "Clients whose header addresses are completed and rewritten: permit_inet_interfaces, permit_mynetworks, " +
      "permit_sasl_authenticated, permit_tls_clientcerts, permit_tls_all_clientcerts, check_address_map type:table, type:table.",
    origin: "postconf(5)",
  }),
  remote_header_rewrite_domain: text({
    default: "",
    doc:
      "The domain that header addresses of all other clients are completed with. Empty: they stay as they are.",
    origin: "postconf(5)",
  }),
  canonical_maps: maps({
    default: [],
    doc: "Tables of addresses to be rewritten, wherever they stand (canonical(5)).",
    origin: "postconf(5)",
  }),
  canonical_classes: list({
    default: "envelope_sender, envelope_recipient, header_sender, header_recipient",
    words: rewriteClasses,
    doc: "Where canonical_maps rewrites.",
    origin: "postconf(5)",
  }),
  sender_canonical_maps: maps({
    default: [],
    doc: "The same for senders, before canonical_maps.",
    origin: "postconf(5)",
  }),
  sender_canonical_classes: list({
    default: "envelope_sender, header_sender",
    words: ["envelope_sender", "header_sender"],
    doc: "Where sender_canonical_maps rewrites.",
    origin: "postconf(5)",
  }),
  recipient_canonical_maps: maps({
    default: [],
    doc: "The same for recipients, before canonical_maps.",
    origin: "postconf(5)",
  }),
  recipient_canonical_classes: list({
    default: "envelope_recipient, header_recipient",
    words: ["envelope_recipient", "header_recipient"],
    doc: "Where recipient_canonical_maps rewrites.",
    origin: "postconf(5)",
  }),
  masquerade_domains: list({
    default: [],
    doc:
      "Domains whose hosts are hidden: user@host.example.com becomes user@example.com. !name for an exception.",
    origin: "postconf(5)",
  }),
  masquerade_classes: list({
    default: "envelope_sender, header_sender, header_recipient",
    words: rewriteClasses,
    doc: "Where masquerade_domains rewrites.",
    origin: "postconf(5)",
  }),
  masquerade_exceptions: words({
    default: [],
    doc: "Users whose addresses masquerade_domains leaves.",
    origin: "postconf(5)",
  }),
  always_bcc: text({
    default: "",
    doc: "An address that gets a copy of all mail.",
    origin: "postconf(5)",
  }),
  sender_bcc_maps: maps({
    default: [],
    doc: "Addresses that get a copy, by sender.",
    origin: "postconf(5)",
  }),
  recipient_bcc_maps: maps({
    default: [],
    doc: "Addresses that get a copy, by recipient.",
    origin: "postconf(5)",
  }),
  virtual_maps: maps({
    default: [],
    doc: "The name of virtual_alias_maps before Postfix 2.0.",
    origin: "postconf(5)",
  }),
  virtual_alias_maps: maps({
    default: "$virtual_maps",
    doc: "Tables of other addresses for recipients of any domain (virtual(5)).",
    origin: "postconf(5)",
  }),
  virtual_alias_domains: domains({
    default: "$virtual_alias_maps",
    doc: "Domains of which every address is one of virtual_alias_maps.",
    origin: "postconf(5)",
  }),
  virtual_alias_expansion_limit: integer({
    default: 1000,
    min: 1,
    doc: "How many recipients virtual_alias_maps may make of one.",
    origin: "postconf(5)",
  }),
  virtual_alias_recursion_limit: integer({
    default: 1000,
    min: 1,
    doc: "How often a result of virtual_alias_maps is looked up again.",
    origin: "postconf(5)",
  }),
  virtual_alias_address_length_limit: octets({
    default: 1000,
    min: 1,
    doc: "The longest address that virtual_alias_maps may make.",
    origin: "postconf(5)",
  }),
  virtual_mailbox_domains: domains({
    default: "$virtual_mailbox_maps",
    doc: "Domains of which every address is one of virtual_mailbox_maps.",
    origin: "postconf(5)",
  }),
  virtual_mailbox_maps: maps({
    default: [],
    doc:
      "The mailboxes of virtual_mailbox_domains: an address, and the file (or with / at its end maildir) below " +
      "virtual_mailbox_base.",
    origin: "postconf(5)",
  }),
  virtual_mailbox_base: path({
    default: "",
    doc: "The directory of virtual_mailbox_maps.",
    origin: "postconf(5)",
  }),
  virtual_mailbox_limit: octets({
    default: 51_200_000,
    doc: "The largest mbox file (or message of a maildir) of virtual_mailbox_maps. 0: no limit.",
    origin: "postconf(5)",
  }),
  virtual_mailbox_lock: list({
    default: "fcntl, dotlock",
    words: ["fcntl", "flock", "dotlock"],
    doc: "How mbox files of virtual_mailbox_maps are locked.",
    origin: "postconf(5)",
  }),
  virtual_minimum_uid: integer({
    default: 100,
    doc: "The least user id that virtual_uid_maps may give.",
    origin: "postconf(5)",
  }),
  virtual_uid_maps: maps({
    default: [],
    doc: "Whose the mailboxes of virtual_mailbox_maps are: user ids, such as static:5000.",
    origin: "postconf(5)",
  }),
  virtual_gid_maps: maps({
    default: [],
    doc: "Whose the mailboxes of virtual_mailbox_maps are: group ids.",
    origin: "postconf(5)",
  }),
  local_recipient_maps: maps({
    default: "proxy:unix:passwd.byname $alias_maps",
    doc:
      "Who is a local recipient; proxy:unix:passwd.byname stands for the users of this server. Empty: nobody is unknown.",
    origin: "postconf(5)",
  }),
  relay_recipient_maps: maps({
    default: [],
    doc: "Who is a recipient in relay_domains. Empty: nobody is unknown.",
    origin: "postconf(5)",
  }),
  propagate_unmatched_extensions: list({
    default: "canonical, virtual",
    words: ["canonical", "virtual", "alias", "forward", "include", "generic"],
    doc: "Which lookups put the extension of user+extension behind their results.",
    origin: "postconf(5)",
  }),
  relocated_maps: maps({
    default: [],
    doc: "Addresses that have moved, and where to (relocated(5)).",
    origin: "postconf(5)",
  }),
  transport_maps: maps({
    default: [],
    doc: "Where mail for an address or domain goes: transport:nexthop (transport(5)).",
    origin: "postconf(5)",
  }),
  local_transport: text({
    default: "local:$myhostname",
    doc: "Where mail for mydestination goes.",
    origin: "postconf(5)",
  }),
  virtual_transport: text({
    default: "virtual",
    doc: "Where mail for virtual_mailbox_domains goes.",
    origin: "postconf(5)",
  }),
  relay_transport: text({
    default: "relay",
    doc: "Where mail for relay_domains goes.",
    origin: "postconf(5)",
  }),
  default_transport: text({
    default: "smtp",
    doc: "Where mail for other domains goes.",
    origin: "postconf(5)",
  }),
  relayhost: text({
    default: "",
    doc: "The host that mail for other domains is handed to: name, [name] without MX lookup, [name]:port.",
    origin: "postconf(5)",
  }),
  sender_dependent_relayhost_maps: maps({
    default: [],
    doc: "The relayhost, by sender.",
    origin: "postconf(5)",
  }),
  sender_dependent_default_transport_maps: maps({
    default: [],
    doc: "The default_transport, by sender.",
    origin: "postconf(5)",
  }),
  smtp_generic_maps: maps({
    default: [],
    doc: "Addresses to be rewritten in mail that leaves for other servers (generic(5)).",
    origin: "postconf(5)",
  }),
};
