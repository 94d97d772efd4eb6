/** Settings: mail handed to other hosts by SMTP (smtp_...): names, addresses, how long to wait, connections. */

import { boolean, octets } from "../kinds.ts";
import { count, line, oneOf, seconds, words, yesNo } from "../postfix_rows.ts";

export const smtpClientParameters = {
  smtp_helo_name: line("$myhostname", "The name that the server gives itself in HELO and EHLO."),
  smtp_tcp_port: line("smtp", "The port of hosts for which none is told: a number, or smtp, submission, ..."),
  smtp_address_preference: oneOf(
    ["any", "ipv4", "ipv6"],
    "any",
    "Which of a host's addresses are tried first.",
  ),
  smtp_balance_inet_protocols: yesNo(
    true,
    "Try addresses of both families among the first, where a destination has both.",
  ),
  smtp_mx_address_limit: count(5, "How many addresses of a destination are tried. 0: all."),
  smtp_mx_session_limit: count(
    2,
    "How many sessions with a destination are tried that end in nothing, before the mail waits. 0: all.",
  ),
  smtp_randomize_addresses: yesNo(true, "Choose among hosts of the same preference by chance."),
  smtp_host_lookup: words("dns", "Where addresses of hosts are looked up.", ["dns", "native"]),
  smtp_dns_support_level: oneOf(
    ["", "disabled", "enabled", "dnssec"],
    "",
    "disabled: no DNS; enabled: MX and address lookups; dnssec: with validated answers asked for. Empty: enabled.",
  ),
  ignore_mx_lookup_error: yesNo(
    false,
    "When the MX lookup fails, use the domain's own address instead of waiting.",
  ),
  smtp_defer_if_no_mx_address_found: yesNo(false, "Wait with mail when no MX host has an address."),
  fallback_relay: line("", "The name of smtp_fallback_relay before Postfix 2.3."),
  smtp_fallback_relay: words(
    "$fallback_relay",
    "Hosts that take mail when a destination is not found or cannot be reached.",
  ),
  smtp_skip_5xx_greeting: yesNo(
    true,
    "Try the next host when one greets with 5xx, instead of returning the mail.",
  ),
  smtp_skip_quit_response: yesNo(true, "Do not wait for the reply to QUIT."),
  smtp_always_send_ehlo: yesNo(true, "Say EHLO to all hosts."),
  smtp_never_send_ehlo: yesNo(false, "Say HELO to all hosts."),
  smtp_discard_ehlo_keywords: words(
    "",
    "Extensions of other hosts that are not used: pipelining, size, starttls, auth, 8bitmime, dsn, smtputf8, chunking, ...",
  ),
  smtp_line_length_limit: octets({
    default: 998,
    doc: "Longer lines are broken, with a blank at the beginning of what follows. 0: never.",
    origin: "postconf(5)",
  }),
  disable_mime_output_conversion: yesNo(
    false,
    "Send 8-bit content as it is to hosts that do not offer 8BITMIME.",
  ),
  smtp_chunking: boolean({
    default: false,
    doc: "Send content with BDAT to hosts that offer CHUNKING (RFC 3030).",
    origin: "mailsrv",
  }),
  smtp_connect_timeout: seconds(
    "30s",
    "How long a connection may take to come about. 0: as the system does.",
  ),
  smtp_helo_timeout: seconds("300s", "How long to wait for the greeting and for the reply to EHLO.", "1s"),
  smtp_starttls_timeout: seconds("300s", "How long STARTTLS and the handshake may take.", "1s"),
  smtp_mail_timeout: seconds("300s", "How long to wait for the reply to MAIL.", "1s"),
  smtp_rcpt_timeout: seconds("300s", "How long to wait for the reply to RCPT.", "1s"),
  smtp_data_init_timeout: seconds("120s", "How long to wait for the reply to DATA.", "1s"),
  smtp_data_xfer_timeout: seconds("180s", "How long a host may take nothing of the content.", "1s"),
  smtp_data_done_timeout: seconds("600s", "How long to wait for the reply to the end of the content.", "1s"),
  smtp_rset_timeout: seconds("20s", "How long to wait for the reply to RSET.", "1s"),
  smtp_quit_timeout: seconds("300s", "How long to wait for the reply to QUIT.", "1s"),
  smtp_connection_cache_on_demand: yesNo(
    true,
    "Use a connection again while there is more mail for its destination.",
  ),
  smtp_connection_cache_time_limit: seconds("2s", "How long an idle connection is kept."),
  smtp_connection_reuse_time_limit: seconds("300s", "How long a connection is used, from its beginning."),
  smtp_connection_reuse_count_limit: count(0, "How many messages go over one connection. 0: any number."),
};
