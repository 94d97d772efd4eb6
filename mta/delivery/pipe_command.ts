/**
 * The command line of pipe(8): `${recipient}` and its like are put into each argument. An argument that names something of
 * a recipient stands as many times as there are recipients. Nothing is quoted, as no shell reads it.
 */

import { formatAddress, splitAddress, unquoteLocalPart } from "../../tools/kit/mail/address.ts";

import type { QueuedMessage, QueuedRecipient } from "../../store/spool/spool.ts";

import { findDelimiter } from "../address/extension.ts";
import type { MacroValues } from "../address/local_macros.ts";
import { expandMacros, macroNames } from "../address/local_macros.ts";
import type { PipeSettings } from "./pipe_settings.ts";

export interface PipeErrand {
  readonly message: QueuedMessage;
  readonly recipients: readonly QueuedRecipient[];
  readonly nexthop: string;
  readonly recipientDelimiter: string;
}

/** What pipe(8) knows of each recipient. */
const recipientNames = ["recipient", "original_recipient", "user", "extension", "mailbox", "domain"];

/** Of all recipients alike; the value that the queue file has under this name, or one of its own. */
const messageNames = [
  ...["sender", "nexthop", "size", "queue_id", "envid", "client_address", "client_helo", "client_hostname"],
  ...["client_port", "client_protocol", "sasl_method", "sasl_sender", "sasl_username"],
];

/** The names that arguments use and that pipe(8) does not have. */
export function unknownMacros(command: readonly string[]): readonly string[] {
  const known = [...recipientNames, ...messageNames];
  return [...new Set(command.flatMap(macroNames))].filter((name) => !known.includes(name));
}

/** Program and arguments. */
export function pipeWords(settings: PipeSettings, errand: PipeErrand): readonly string[] {
  const shared = messageValues(settings, errand);
  const each = errand.recipients.map((recipient) => recipientValuesOf(recipient, settings, errand));
  return settings.command.flatMap((argument) => {
    const isOfRecipient = macroNames(argument).some((name) => recipientNames.includes(name));
    const values = isOfRecipient ? each : [{}];
    return values.map((own) => expandMacros(argument, { ...shared, ...own }) ?? "");
  });
}

function messageValues(settings: PipeSettings, { message, nexthop }: PipeErrand): MacroValues {
  const { envelope, id, octets } = message;
  const { attributes } = envelope;
  const sender = envelope.sender === "" ? settings.nullSender : written(envelope.sender, settings);
  return {
    sender,
    nexthop: settings.flags.includes("h") ? nexthop.toLowerCase() : nexthop,
    size: String(octets),
    queue_id: id,
    envid: envelope.envelopeId ?? "",
    client_address: attributes.client_address ?? "",
    client_helo: attributes.helo_name ?? "",
    client_hostname: attributes.client_name ?? "",
    client_port: attributes.client_port ?? "",
    client_protocol: attributes.protocol_name ?? "",
    sasl_method: attributes.sasl_method ?? "",
    sasl_sender: attributes.sasl_sender ?? "",
    sasl_username: attributes.sasl_username ?? "",
  };
}

function recipientValuesOf(
  recipient: QueuedRecipient,
  settings: PipeSettings,
  { recipientDelimiter }: PipeErrand,
): MacroValues {
  const address = folded(recipient.address, settings);
  const { localPart, domain } = splitAddress(address);
  const mailbox = unquoteLocalPart(localPart);
  const cut = findDelimiter(mailbox, { recipientDelimiter });
  return {
    recipient: written(address, settings),
    original_recipient: written(folded(recipient.original, settings), settings),
    user: cut === undefined ? mailbox : mailbox.slice(0, cut),
    extension: cut === undefined ? "" : mailbox.slice(cut + 1),
    mailbox,
    domain,
  };
}

/** Flags h and u. */
function folded(address: string, { flags }: PipeSettings): string {
  const { localPart, domain } = splitAddress(address);
  return formatAddress({
    localPart: flags.includes("u") ? localPart.toLowerCase() : localPart,
    domain: flags.includes("h") ? domain.toLowerCase() : domain,
  });
}

/** Flag q: with the quotes that an address has in the envelope, or without them. */
function written(address: string, { flags }: PipeSettings): string {
  if (flags.includes("q")) return address;
  const { localPart, domain } = splitAddress(address);
  return formatAddress({ localPart: unquoteLocalPart(localPart), domain });
}
