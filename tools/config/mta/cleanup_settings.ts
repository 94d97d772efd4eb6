/** From settings to how messages are made ready for the queue (mta/cleanup). Pure. */

import type { AddressSettings } from "../../../mta/address/settings.ts";
import type { CleanupSettings } from "../../../mta/cleanup/settings.ts";

import type { Settings } from "../schema.ts";

/** A service's cleanup: what it leaves out stands in its receive_override_options. */
export function cleanupSettings(settings: Settings, addresses: AddressSettings): CleanupSettings {
  const leavesOut = (option: string) => settings.receive_override_options.includes(option);
  return {
    addresses,
    headerChecks: settings.header_checks,
    mimeHeaderChecks: settings.mime_header_checks,
    nestedHeaderChecks: settings.nested_header_checks,
    bodyChecks: settings.body_checks,
    headerSizeLimit: settings.header_size_limit,
    bodyChecksSizeLimit: settings.body_checks_size_limit,
    lineLengthLimit: settings.line_length_limit,
    mimeNestingLimit: settings.mime_nesting_limit,
    contentFilter: settings.content_filter,
    duplicateFilterLimit: settings.duplicate_filter_limit,
    enableOriginalRecipient: settings.enable_original_recipient,
    localHeaderRewriteClients: settings.local_header_rewrite_clients,
    remoteHeaderRewriteDomain: settings.remote_header_rewrite_domain,
    alwaysAddMissingHeaders: settings.always_add_missing_headers,
    undisclosedRecipientsHeader: settings.undisclosed_recipients_header,
    mapAddresses: !leavesOut("no_address_mappings"),
    checkContent: !leavesOut("no_header_body_checks"),
  };
}
