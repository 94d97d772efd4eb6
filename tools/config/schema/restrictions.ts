/** Settings: the lists of restrictions of the SMTP server, and what they are decided with. */

import { boolean, duration, integer, list, text } from "../kinds.ts";
import { maps, networks, restrictions, words } from "../list_kinds.ts";

const when = (stage: string) =>
  `Restrictions on ${stage}, in order; the first that permits or refuses decides.`;

export const restrictionParameters = {
  smtpd_client_restrictions: restrictions({
    default: [],
    doc: when("the client: its address, its name, what it proved"),
    origin: "postconf(5)",
  }),
  smtpd_helo_restrictions: restrictions({
    default: [],
    doc: when("the name in HELO or EHLO"),
    origin: "postconf(5)",
  }),
  smtpd_sender_restrictions: restrictions({
    default: [],
    doc: when("the sender in MAIL FROM"),
    origin: "postconf(5)",
  }),
  smtpd_relay_restrictions: restrictions({
    default: "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
    doc:
      "Who may send mail to other servers. Evaluated at each RCPT TO beside smtpd_recipient_restrictions: " +
      "both must permit. On submission and submissions: permit_sasl_authenticated, reject, unless set there.",
    origin: "postconf(5)",
  }),
  smtpd_recipient_restrictions: restrictions({
    default: [],
    doc: when("the recipient in RCPT TO"),
    origin: "postconf(5)",
  }),
  smtpd_data_restrictions: restrictions({
    default: [],
    doc: when("DATA"),
    origin: "postconf(5)",
  }),
  smtpd_end_of_data_restrictions: restrictions({
    default: [],
    doc: when("the end of the message"),
    origin: "postconf(5)",
  }),
  smtpd_etrn_restrictions: restrictions({
    default: [],
    doc: when("ETRN"),
    origin: "postconf(5)",
  }),
  smtpd_restriction_classes: list({
    default: [],
    doc: "Names for lists of restrictions, to be used like restrictions. In mailsrv.toml the section " +
      "[restriction_classes] defines them by name = list, and this names them all; in main.cf each name is a " +
      "parameter of its own.",
    origin: "postconf(5)",
  }),
  smtpd_delay_reject: boolean({
    default: true,
    doc:
      "Decide about client, HELO and sender only at RCPT TO, so that the log tells whose mail was refused.",
    origin: "postconf(5)",
  }),
  smtpd_relay_before_recipient_restrictions: boolean({
    default: true,
    doc: "Evaluate smtpd_relay_restrictions before smtpd_recipient_restrictions.",
    origin: "postconf(5)",
  }),
  smtpd_reject_unlisted_recipient: boolean({
    default: true,
    doc: "Refuse recipients of own domains that nobody has.",
    origin: "postconf(5)",
  }),
  smtpd_reject_unlisted_sender: boolean({
    default: false,
    doc: "Refuse senders in own domains that nobody has.",
    origin: "postconf(5)",
  }),
  smtpd_sender_login_maps: maps({
    default: [],
    doc: "Which logins own a sender address, for reject_sender_login_mismatch.",
    origin: "postconf(5)",
  }),
  smtpd_null_access_lookup_key: text({
    default: "<>",
    doc: "The key by which access tables are asked for the empty sender.",
    origin: "postconf(5)",
  }),
  smtpd_log_access_permit_actions: words({
    default: [],
    doc: "Access table actions that permit and are logged: OK, RELAY, or static:all.",
    origin: "postconf(5)",
  }),
  access_table_dotted_keys: boolean({
    default: true,
    doc:
      "Also ask access tables, and tables in mynetworks and relay_domains, for .domain and a.b.c. after Postfix's own " +
      "keys, so that a line written that way does what it says.",
    origin: "mailsrv",
  }),
  mynetworks_table_actions: boolean({
    default: true,
    doc:
      "A line REJECT, 4NN or 5NN of a table in mynetworks gives no trust. false: any value is trust, as in Postfix.",
    origin: "mailsrv",
  }),
  allow_open_relay: list({
    default: [],
    doc:
      "Networks of strangers that may relay here after all, such as 0.0.0.0/0; without it a server does not start " +
      "when its restrictions let any stranger relay.",
    origin: "mailsrv",
  }),
  parent_domain_matches_subdomains: list({
    default: "debug_peer_list, fast_flush_domains, mynetworks, permit_mx_backup_networks, " +
      "qmqpd_authorized_clients, relay_domains, smtpd_access_maps",
    doc:
      "Settings whose names of domains match the names below them too; in others those are written .domain.",
    origin: "postconf(5)",
  }),
  permit_mx_backup_networks: networks({
    default: [],
    doc: "For permit_mx_backup: networks in which the primary mail hosts must be.",
    origin: "postconf(5)",
  }),
  relay_clientcerts: maps({
    default: [],
    doc: "Fingerprints of clients' certificates that permit_tls_clientcerts lets relay.",
    origin: "postconf(5)",
  }),
  soft_bounce: boolean({
    default: false,
    doc: "For trials: answer 4xx where 5xx is meant, and keep mail that would bounce.",
    origin: "postconf(5)",
  }),
  smtpd_peername_lookup: boolean({
    default: true,
    doc: "Ask the DNS for the client's name. false: every name is unknown.",
    origin: "postconf(5)",
  }),
  default_rbl_reply: text({
    isRaw: true,
    default:
      "$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}",
    doc: "The reply of reject_rbl_... restrictions where rbl_reply_maps has none.",
    origin: "postconf(5)",
  }),
  rbl_reply_maps: maps({
    default: [],
    doc: "Replies by list: example.net=127.0.0.4, or example.net.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_timeout: duration({
    default: "100s",
    unit: "s",
    min: "1s",
    doc: "How long a policy service may take.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_default_action: text({
    default: "451 4.3.5 Server configuration problem",
    doc: "What holds when a policy service does not answer.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_max_idle: duration({
    default: "300s",
    unit: "s",
    min: "1s",
    doc: "After how long without a request a connection to a policy service is closed.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_max_ttl: duration({
    default: "1000s",
    unit: "s",
    min: "1s",
    doc: "After how long any connection to a policy service is closed.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_request_limit: integer({
    default: 0,
    doc: "How many requests one connection to a policy service carries. 0: no limit.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_try_limit: integer({
    default: 2,
    min: 1,
    doc: "How often a request to a policy service is tried.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_retry_delay: duration({
    default: "1s",
    unit: "s",
    doc: "The wait between two tries of a policy service.",
    origin: "postconf(5)",
  }),
  smtpd_policy_service_policy_context: text({
    default: "",
    doc: "The policy_context attribute of requests to policy services.",
    origin: "postconf(5)",
  }),
  smtpd_client_connection_count_limit: integer({
    default: 50,
    doc: "How many connections one client may have open. 0: no limit.",
    origin: "postconf(5)",
  }),
  smtpd_client_connection_rate_limit: integer({
    default: 0,
    doc: "How many connections one client may make in anvil_rate_time_unit. 0, as in those below: no limit.",
    origin: "postconf(5)",
  }),
  smtpd_client_message_rate_limit: integer({
    default: 0,
    doc: "How many messages one client may send in anvil_rate_time_unit.",
    origin: "postconf(5)",
  }),
  smtpd_client_recipient_rate_limit: integer({
    default: 0,
    doc: "How many recipients one client may name in anvil_rate_time_unit.",
    origin: "postconf(5)",
  }),
  smtpd_client_new_tls_session_rate_limit: integer({
    default: 0,
    doc: "How many TLS sessions one client may begin anew in anvil_rate_time_unit.",
    origin: "postconf(5)",
  }),
  smtpd_client_auth_rate_limit: integer({
    default: 0,
    doc: "How many logins one client may try in anvil_rate_time_unit.",
    origin: "postconf(5)",
  }),
  smtpd_client_ipv4_prefix_length: integer({
    default: 32,
    max: 32,
    doc: "How many bits of IPv4 addresses make one client in these limits.",
    origin: "postconf(5)",
  }),
  smtpd_client_ipv6_prefix_length: integer({
    default: 84,
    max: 128,
    doc: "How many bits of IPv6 addresses make one client in these limits.",
    origin: "postconf(5)",
  }),
  smtpd_client_event_limit_exceptions: networks({
    default: "$mynetworks",
    doc: "Clients that the limits of connections and rates do not apply to.",
    origin: "postconf(5)",
  }),
  smtpd_authorized_xclient_hosts: networks({
    default: [],
    doc:
      "Who may say by XCLIENT which client it speaks for: a proxy in front of this server, or who tries the rules.",
    origin: "postconf(5)",
  }),
  anvil_rate_time_unit: duration({
    default: "60s",
    unit: "s",
    min: "1s",
    doc: "The time over which rates are counted.",
    origin: "postconf(5)",
  }),
  dns_servers: list({
    default: [],
    doc: "DNS servers to ask, ADDRESS or ADDRESS:PORT. Empty: those of /etc/resolv.conf.",
    origin: "mailsrv",
  }),
  dns_timeout: duration({
    default: "5s",
    unit: "s",
    min: "100ms",
    max: "60s",
    doc: "How long one DNS server may take before the next is asked.",
    origin: "mailsrv",
  }),
};
