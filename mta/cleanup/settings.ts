/** How a message is made ready for the queue: the parameters of cleanup(8). What addresses mean stands beside it. */

import type { AddressSettings, Maps } from "../address/settings.ts";

export interface CleanupSettings {
  readonly addresses: AddressSettings;
  /** Tables asked for each field of the message's own header (header_checks(5)). */
  readonly headerChecks: Maps;
  /** For the fields of MIME, in the header of the message and of its parts; Postfix's default is `headerChecks`. */
  readonly mimeHeaderChecks: Maps;
  /** For the headers of messages inside the message; Postfix's default is `headerChecks`. */
  readonly nestedHeaderChecks: Maps;
  /** For each line of what is no header. */
  readonly bodyChecks: Maps;
  /** Octets of a field that are looked at. */
  readonly headerSizeLimit: number;
  /** Octets of the body, or of each part of it, that are looked at; 0: all. */
  readonly bodyChecksSizeLimit: number;
  /** Octets of a line of the body that are looked at at a time. */
  readonly lineLengthLimit: number;
  /** Parts in parts; a message with more is refused. */
  readonly mimeNestingLimit: number;
  /** `content_filter`, `transport:nexthop`; empty: none. */
  readonly contentFilter: string;
  /** Recipients that are remembered so that none gets a message twice; 0: all. */
  readonly duplicateFilterLimit: number;
  /** `enable_original_recipient`: the same address for two original ones is two recipients. */
  readonly enableOriginalRecipient: boolean;
  /** Whose headers are local ones: `permit_inet_interfaces`, `permit_mynetworks`, `type:table`, ... */
  readonly localHeaderRewriteClients: readonly string[];
  /** Where headers of mail from elsewhere get their missing domains; empty: they stay as they are. */
  readonly remoteHeaderRewriteDomain: string;
  /** `always_add_missing_headers`: From, Date and Message-Id also for mail from elsewhere. */
  readonly alwaysAddMissingHeaders: boolean;
  /** `undisclosed_recipients_header`, a whole line without its end: for mail without To, Cc and Bcc; empty: none. */
  readonly undisclosedRecipientsHeader: string;
  /** `receive_override_options` no_address_mappings: neither canonical, virtual, masquerading nor BCC. */
  readonly mapAddresses: boolean;
  /** `receive_override_options` no_header_body_checks is its reverse. */
  readonly checkContent: boolean;
}

/** Postfix's defaults. */
export function defaultCleanupSettings(
  addresses: AddressSettings,
  changes: Partial<CleanupSettings> = {},
): CleanupSettings {
  const headerChecks = changes.headerChecks ?? [];
  return {
    addresses,
    headerChecks,
    mimeHeaderChecks: headerChecks,
    nestedHeaderChecks: headerChecks,
    bodyChecks: [],
    headerSizeLimit: 102_400,
    bodyChecksSizeLimit: 51_200,
    lineLengthLimit: 2048,
    mimeNestingLimit: 100,
    contentFilter: "",
    duplicateFilterLimit: 1000,
    enableOriginalRecipient: true,
    localHeaderRewriteClients: ["permit_inet_interfaces"],
    remoteHeaderRewriteDomain: "",
    alwaysAddMissingHeaders: false,
    undisclosedRecipientsHeader: "",
    mapAddresses: true,
    checkContent: true,
    ...changes,
  };
}

/** Where a message comes from: what Postfix does with it depends on that. */
export type Origin =
  /** From the network. */
  | "smtp"
  /** From a program of this machine. */
  | "program"
  /** Made here (reports, what is sent on): no BCC, no checks of the content. */
  | "internal";
