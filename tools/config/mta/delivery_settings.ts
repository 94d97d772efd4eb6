/** From settings to local delivery: what a local recipient comes to, and how mail is put there. Pure. */

import type { ExpansionKind, ExpansionSettings } from "../../../mta/address/local_settings.ts";
import type { LocalDeliverySettings } from "../../../mta/delivery/local_settings.ts";

import { splitList } from "../list.ts";
import type { Settings } from "../schema.ts";

/** `isLocal` comes from whoever resolves addresses. */
export function expansionSettings(
  settings: Settings,
  isLocal: ExpansionSettings["isLocal"],
): ExpansionSettings {
  return {
    myorigin: settings.myorigin,
    recipientDelimiter: settings.recipient_delimiter,
    ownerRequestSpecial: settings.owner_request_special,
    isLocal,
    aliasMaps: settings.alias_maps,
    expandOwnerAlias: settings.expand_owner_alias,
    propagateUnmatchedExtensions: settings.propagate_unmatched_extensions,
    allowMailToCommands: kinds(settings.allow_mail_to_commands),
    allowMailToFiles: kinds(settings.allow_mail_to_files),
    mailboxTransportMaps: settings.mailbox_transport_maps,
    mailboxTransport: settings.mailbox_transport,
    mailboxCommandMaps: settings.mailbox_command_maps,
    mailboxCommand: settings.mailbox_command,
    fallbackTransportMaps: settings.fallback_transport_maps,
    fallbackTransport: settings.fallback_transport,
    luserRelay: settings.luser_relay,
  };
}

export function localDeliverySettings(settings: Settings): LocalDeliverySettings {
  return {
    forwardPath: splitList(settings.forward_path) ?? [],
    forwardExpansionFilter: settings.forward_expansion_filter,
    requireHomeDirectory: settings.require_home_directory,
    defaultPrivs: settings.default_privs,
    homeMailbox: settings.home_mailbox,
    mailSpoolDirectory: settings.mail_spool_directory,
    strictMailboxOwnership: settings.strict_mailbox_ownership,
    commandTimeLimitMs: settings.command_time_limit,
    commandShell: settings.local_command_shell,
    commandExpansionFilter: settings.command_expansion_filter,
    commandDirectory: settings.command_execution_directory,
    myhostname: settings.myhostname,
    mailName: settings.mail_name,
    mydomain: settings.mydomain,
  };
}

function kinds(words: readonly string[]): readonly ExpansionKind[] {
  return words.filter((word) => word === "alias" || word === "forward" || word === "include");
}
