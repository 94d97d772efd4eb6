/** Settings: reports to senders and to postmaster; return addresses of mailing lists (VERP) and of forwarded mail (SRS). */

import { boolean, duration, list, path, text } from "../kinds.ts";
import { line, oneOf, seconds, words, yesNo } from "../postfix_rows.ts";

const classes = ["bounce", "2bounce", "data", "delay", "policy", "protocol", "resource", "software"];

export const reportParameters = {
  delay_warning_time: duration({
    default: "0h",
    unit: "h",
    doc: "After how long a sender is told that the mail still waits. 0: not at all.",
    origin: "postconf(5)",
  }),
  confirm_delay_cleared: yesNo(false, "Tell a sender who was told of waiting when the mail has arrived."),
  bounce_template_file: path({
    default: "",
    mustBe: "file",
    doc: "Texts of reports (bounce(5)). Empty: the server's own.",
    origin: "postconf(5)",
  }),
  notify_classes: words("resource, software", "What postmaster is told of.", classes),
  bounce_notice_recipient: line("postmaster", "Who gets copies of returned mail (notify_classes bounce)."),
  "2bounce_notice_recipient": line("postmaster", "Who gets returned mail that cannot be returned."),
  delay_notice_recipient: line("postmaster", "Who gets copies of delay warnings."),
  header_from_format: oneOf(
    ["standard", "obsolete"],
    "standard",
    "How names stand in From: fields that are made here.",
  ),
  enable_threaded_bounces: yesNo(
    false,
    "Let reports name the returned message in References: and In-Reply-To:.",
  ),
  default_verp_delimiters: line("+=", "The two characters that list return addresses are made with."),
  verp_delimiter_filter: line("-=+", "Characters that may be such delimiters."),
  disable_verp_bounces: yesNo(false, "Report all recipients of one VERP message in one report."),
  content_filter: line("", "The transport:nexthop that mail goes through before it is delivered."),
  default_filter_nexthop: line(
    "",
    "The next hop of FILTER transport: without one. Empty: the recipient's domain.",
  ),
  srs_domain: text({
    default: "",
    doc:
      "The domain of return addresses of mail that is forwarded for others (SRS), so that SPF holds for it. Empty: senders stay.",
    origin: "mailsrv",
  }),
  srs_secret_file: path({
    default: "",
    mustBe: "file",
    doc: "The file whose first line signs such addresses; older secrets in further lines are still taken.",
    origin: "mailsrv",
  }),
  srs_exclude_domains: list({
    default: "$mydestination",
    doc: "Domains of senders that stay as they are when their mail is forwarded.",
    origin: "mailsrv",
  }),
  srs_max_age: duration({
    default: "21d",
    unit: "d",
    min: "1d",
    doc: "How long a return address made by SRS can be answered to.",
    origin: "mailsrv",
  }),
  requiretls_enable: boolean({
    default: true,
    doc: "Offer REQUIRETLS inside TLS, and honour it (RFC 8689).",
    origin: "postconf(5)",
  }),
  smtp_mta_sts: boolean({
    default: false,
    doc: "Ask domains for their MTA-STS policy and keep to it (RFC 8461).",
    origin: "mailsrv",
  }),
  smtp_mta_sts_timeout: seconds("60s", "How long fetching an MTA-STS policy may take.", "1s"),
};
