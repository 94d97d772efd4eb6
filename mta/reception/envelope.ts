/** From a transaction to what the queue keeps with a message. */

import type { QueuedRecipient, QueueEnvelope } from "../../store/spool/spool.ts";

import type { NewRecipient } from "../cleanup/envelope.ts";
import type { EnvelopeRecipient, SessionFacts, Transaction } from "../smtp/question.ts";
import { protocolName } from "../smtp/trace.ts";

export interface EnvelopeOptions {
  readonly sender: string;
  readonly recipients: readonly QueuedRecipient[];
  readonly arrivedMs: number;
  /** From a client on this machine. */
  readonly isLocal: boolean;
  /** Aliases whose expansion is to be reported. */
  readonly expanded?: readonly QueuedRecipient[] | undefined;
  /** `transport:nexthop` that takes the whole message. */
  readonly filter?: string | undefined;
}

export function queueEnvelope(
  facts: SessionFacts,
  transaction: Transaction,
  options: EnvelopeOptions,
): QueueEnvelope {
  const { parameters, has8Bit } = transaction;
  const { sender, recipients, arrivedMs, expanded, filter } = options;
  return {
    sender,
    recipients,
    arrivedMs,
    attributes: attributes(facts, transaction, options),
    smtpUtf8: parameters.smtpUtf8,
    ...(parameters.requireTls === true ? { requireTls: true as const } : {}),
    body: has8Bit || parameters.body === "8BITMIME" ? "8BITMIME" : "7BIT",
    ret: parameters.ret,
    envelopeId: parameters.envelopeId,
    expanded,
    filter,
  };
}

/** What cleanup makes recipients of the queue of. */
export function newRecipients(recipients: readonly EnvelopeRecipient[]): readonly NewRecipient[] {
  return recipients.map(({ address, parameters }) => ({
    address,
    notify: parameters.notify,
    // RFC 3461 §5.2.1: the address as it came, when the client gave no other.
    dsnOriginal: parameters.originalRecipient ?? `rfc822;${address}`,
  }));
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
