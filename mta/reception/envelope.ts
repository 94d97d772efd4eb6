/** From a transaction to what the queue keeps with a message. */

import { normalizeAddress } from "../../tools/kit/mail/address.ts";

import type { QueuedRecipient, QueueEnvelope } from "../../store/spool/spool.ts";

import { canonicalAddress } from "../address/recipient.ts";
import type { SessionFacts, Transaction } from "../smtp/question.ts";
import { protocolName } from "../smtp/trace.ts";

export interface EnvelopeOptions {
  readonly myorigin: string;
  readonly arrivedMs: number;
  /** From a client on this machine. */
  readonly isLocal: boolean;
}

export function queueEnvelope(
  facts: SessionFacts,
  transaction: Transaction,
  options: EnvelopeOptions,
): QueueEnvelope {
  const { sender, parameters, recipients, has8Bit } = transaction;
  return {
    sender: canonicalAddress(sender, options),
    recipients: uniqueRecipients(recipients.map(({ address, parameters }): QueuedRecipient => ({
      address: canonicalAddress(address, options),
      original: address,
      notify: parameters.notify,
      // RFC 3461 §5.2.1: the address as it came, when the client gave no other.
      dsnOriginal: parameters.originalRecipient ?? `rfc822;${address}`,
    }))),
    arrivedMs: options.arrivedMs,
    attributes: attributes(facts, transaction, options),
    smtpUtf8: parameters.smtpUtf8,
    body: has8Bit || parameters.body === "8BITMIME" ? "8BITMIME" : "7BIT",
    ret: parameters.ret,
    envelopeId: parameters.envelopeId,
  };
}

/** The first of each address: cleanup(8) drops duplicates likewise. */
function uniqueRecipients(recipients: readonly QueuedRecipient[]): readonly QueuedRecipient[] {
  if (recipients.length < 2) return recipients;
  const seen = new Set<string>();
  return recipients.filter(({ address }) => {
    const key = normalizeAddress(address);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Named as postcat(1) shows them. */
function attributes(
  facts: SessionFacts,
  { parameters }: Transaction,
  { isLocal }: EnvelopeOptions,
): Readonly<Record<string, string>> {
  const { peer, clientName, helo, login, tls } = facts;
  const all: Record<string, string | undefined> = {
    log_client_name: clientName,
    log_client_address: peer.address,
    log_client_port: String(peer.port),
    log_message_origin: `${clientName}[${peer.address}]`,
    log_helo_name: helo,
    log_protocol_name: facts.protocol,
    client_name: clientName,
    reverse_client_name: clientName,
    client_address: peer.address,
    client_port: String(peer.port),
    server_address: peer.localAddress,
    server_port: String(peer.localPort),
    helo_name: helo,
    protocol_name: protocolName(facts, parameters.smtpUtf8),
    sasl_method: login?.mechanism,
    sasl_username: login?.user,
    sasl_sender: parameters.auth === "<>" ? undefined : parameters.auth,
    encryption_protocol: tls?.protocol,
    encryption_cipher: tls?.cipher,
    rewrite_context: isLocal ? "local" : "remote",
  };
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) if (value !== undefined) present[name] = value;
  return present;
}
