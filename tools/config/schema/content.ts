/** Settings: what is looked for in messages (header_checks(5)), and what their headers get. */

import { boolean, integer, list, octets, text } from "../kinds.ts";
import { maps } from "../list_kinds.ts";

export const contentParameters = {
  header_checks: maps({
    default: [],
    doc: "Tables asked for each header field of a message, usually regexp: or pcre: (header_checks(5)).",
    origin: "postconf(5)",
  }),
  mime_header_checks: maps({
    default: "$header_checks",
    doc: "The same for MIME headers.",
    origin: "postconf(5)",
  }),
  nested_header_checks: maps({
    default: "$header_checks",
    doc: "The same for the other headers of attached messages.",
    origin: "postconf(5)",
  }),
  body_checks: maps({
    default: [],
    doc: "The same for each line of the body.",
    origin: "postconf(5)",
  }),
  body_checks_size_limit: octets({
    default: 51_200,
    doc: "How much of each part of a message body_checks sees.",
    origin: "postconf(5)",
  }),
  header_size_limit: octets({
    default: 102_400,
    min: 1,
    doc: "The longest header field; what is longer is cut.",
    origin: "postconf(5)",
  }),
  header_address_token_limit: integer({
    default: 10_240,
    min: 1,
    doc: "How many words of an address field are looked at.",
    origin: "postconf(5)",
  }),
  mime_nesting_limit: integer({
    default: 100,
    min: 1,
    doc: "How deep parts of a message may stand in each other.",
    origin: "postconf(5)",
  }),
  mime_boundary_length_limit: octets({
    default: 2048,
    min: 1,
    doc: "How much of a boundary between parts is looked at.",
    origin: "postconf(5)",
  }),
  receive_override_options: list({
    default: [],
    words: ["no_unknown_recipient_checks", "no_address_mappings", "no_header_body_checks", "no_milters"],
    doc:
      "What a service leaves out: the check of recipients, canonical, virtual and BCC tables, checks of content.",
    origin: "postconf(5)",
  }),
  disable_mime_input_processing: boolean({
    default: false,
    doc: "Look at messages as if there was no MIME.",
    origin: "postconf(5)",
  }),
  duplicate_filter_limit: integer({
    default: 1000,
    min: 0,
    doc: "How many recipients are remembered to send nobody the same message twice.",
    origin: "postconf(5)",
  }),
  enable_original_recipient: boolean({
    default: true,
    doc: "Keep the address that mail was sent to beside the one it became (X-Original-To:).",
    origin: "postconf(5)",
  }),
  always_add_missing_headers: boolean({
    default: false,
    doc: "Add Date:, From: and Message-ID: also to mail of strangers.",
    origin: "postconf(5)",
  }),
  undisclosed_recipients_header: text({
    default: "",
    doc: "The header field of messages that name no recipient. Empty: none.",
    origin: "postconf(5)",
  }),
};
