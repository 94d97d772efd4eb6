/**
 * What the keeper remembers of a session, so that a worker cannot tell it otherwise: whose client it is, who logged in, which
 * recipients were accepted and what the rules that accepted them ask for the message.
 */

import type { MessageActions, Refusal } from "../policy/verdict.ts";
import type { ClientName } from "../policy/facts.ts";
import type { PolicySettings } from "../policy/settings.ts";
import type { EnvelopeRecipient, SessionFacts } from "../smtp/question.ts";
import type { TransactionStart } from "./api.ts";

export interface Grant {
  readonly user: string;
  readonly mechanism: string;
}

export type Client = ClientName & { readonly address: string; readonly port: number };

/** One mail transaction, from MAIL on. */
export interface KeptTransaction {
  readonly start: TransactionStart;
  /** Names it to policy services. */
  readonly instance: string;
  readonly accepted: EnvelopeRecipient[];
  /** Of all recipients that were accepted. */
  actions: MessageActions;
  /** Of MAIL, where it is judged (smtpd_delay_reject = no). */
  pending: Refusal | undefined;
}

export interface KeptSession {
  readonly number: number;
  /** Name of its listener, and the rules that were in force there when it began; a reload is for those that begin later. */
  readonly service: string;
  readonly policy: PolicySettings;
  /** May say whom it speaks for (smtpd_authorized_xclient_hosts); the connection's own address counts. */
  readonly mayXclient: boolean;
  /** Its connections, messages and recipients are counted (smtpd_client_event_limit_exceptions). */
  readonly isLimited: boolean;
  /** By what its connection is counted, if it is: a reload may count others otherwise. */
  counted: string | undefined;
  client: Client;
  server: { readonly address: string; readonly port: number };
  login: Grant | undefined;
  transaction: KeptTransaction | undefined;
  /** Of connection and HELO, where they are judged (smtpd_delay_reject = no). */
  pending: Refusal | undefined;
}

/** The facts with what the keeper knows better than the worker. */
export function trustedFacts(session: KeptSession, facts: SessionFacts): SessionFacts {
  const { client, server, login, service } = session;
  return {
    ...facts,
    service,
    peer: {
      ...facts.peer,
      address: client.address,
      port: client.port,
      localAddress: server.address,
      localPort: server.port,
    },
    clientName: client.name,
    login,
  };
}

/** Both together: what a later rule asks for wins, BCC and PREPEND add up. */
export function mergeActions(left: MessageActions, right: MessageActions): MessageActions {
  return {
    hold: left.hold === true || right.hold === true,
    discard: left.discard === true || right.discard === true,
    filter: right.filter ?? left.filter,
    redirect: right.redirect ?? left.redirect,
    bcc: union(left.bcc, right.bcc),
    prepend: union(left.prepend, right.prepend),
  };
}

/** Each rule speaks once for each recipient, and is heard once. */
function union(left: readonly string[] = [], right: readonly string[] = []): readonly string[] {
  return [...left, ...right.filter((item) => !left.includes(item))];
}
