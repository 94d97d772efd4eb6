/**
 * The sessions of one worker as the keeper knows them, and policy's word on each of their commands.
 *
 * DIAGNOSTICS: a session or transaction that the keeper does not know, or a message for recipients that it has not
 * accepted, is a worker that misbehaves: 451 4.3.0, and a line in the log.
 */

import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";
import { randomHex } from "../../tools/kit/base/random.ts";

import type { PolicyFacts, Stage } from "../policy/facts.ts";
import type { PolicySettings } from "../policy/settings.ts";
import type { MessageActions } from "../policy/verdict.ts";
import type {
  ClientAttributes,
  EnvelopeRecipient,
  SessionFacts,
  SmtpAnswer,
  Transaction,
} from "../smtp/question.ts";
import { reply } from "../smtp/reply.ts";
import type { CommitRequest, ConnectAnswer, Interests, Speaker, TransactionStart } from "./api.ts";
import { type Asked, judge, type Judgement, policyFacts } from "./judge.ts";
import {
  type Client,
  type KeptSession,
  type KeptTransaction,
  mergeActions,
  trustedFacts,
} from "./kept_session.ts";
import type { ReceptionOptions } from "./reception_options.ts";

/** A message that may be queued. */
export interface JudgedMessage {
  readonly facts: SessionFacts;
  readonly transaction: Transaction;
  readonly actions: MessageActions;
}

/** One that begins to come. */
export interface OpeningMessage {
  readonly facts: SessionFacts;
  readonly sender: string;
  readonly recipients: readonly EnvelopeRecipient[];
  readonly smtpUtf8: boolean;
  /** What was asked for by now. */
  readonly actions: MessageActions;
}

const misbehaving: SmtpAnswer = {
  kind: "reply",
  reply: reply(451, "4.3.0", "Error: internal protocol error"),
};

export class SessionDesk {
  readonly #options: ReceptionOptions;
  readonly #sessions = new Map<number, KeptSession>();
  #lastSession = 0;
  /** Sessions that are not yet answered. */
  #opening = 0;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  async connect(facts: SessionFacts): Promise<ConnectAnswer> {
    const { access, peerName, limits } = this.#options;
    if (this.#opening + this.#sessions.size >= (limits?.sessions ?? Infinity)) {
      const answer = this.#misbehaves("opens more sessions than it may");
      return { session: 0, interests: this.#interests(this.#options.policyFor(facts.service)), answer };
    }
    const { peer } = facts;
    this.#opening++;
    const client: Client = await peerName(peer.address)
      .then((name) => ({ ...name, address: peer.address, port: peer.port }))
      .finally(() => this.#opening--);
    const { mayXclient, mayUseBareNewline, isLimited } = await access.admit(client);
    const session: KeptSession = {
      number: ++this.#lastSession,
      service: facts.service,
      policy: this.#options.policyFor(facts.service),
      counted: undefined,
      mayXclient,
      isLimited,
      client,
      server: { address: peer.localAddress, port: peer.localPort },
      login: undefined,
      transaction: undefined,
      pending: undefined,
    };
    this.#sessions.set(session.number, session);
    const answer = named(
      access.connected(session, session.service) ??
        (facts.tls === undefined ? undefined : access.tlsBegins(session, session.service, "tlsConnect")) ??
        await this.judge("CONNECT", { session: session.number, facts }, {}),
      session,
    );
    return {
      session: session.number,
      interests: this.#interests(session.policy),
      answer: answer.kind === "proceed" ? { ...answer, mayXclient, mayUseBareNewline } : answer,
    };
  }

  /** The session begins anew with the client that its peer speaks for. */
  async xclient(speaker: Speaker, attributes: ClientAttributes): Promise<SmtpAnswer> {
    const session = this.#sessions.get(speaker.session);
    if (session === undefined || !session.mayXclient) return this.#misbehaves("asks for XCLIENT");
    session.client = clientOf(session.client, attributes);
    session.server = {
      address: attributes.localAddress ?? session.server.address,
      port: attributes.localPort ?? session.server.port,
    };
    if (attributes.login !== undefined) {
      session.login = attributes.login === "" ? undefined : { user: attributes.login, mechanism: "xclient" };
    }
    session.transaction = undefined;
    session.pending = undefined;
    return named(await this.judge("CONNECT", speaker, {}), session);
  }

  async login(
    speaker: Speaker,
    said: { readonly mechanism: string; readonly user: string; readonly password: string },
  ): Promise<SmtpAnswer> {
    const session = this.#sessions.get(speaker.session);
    if (session === undefined) return this.#misbehaves("logs in to no session");
    const { access, users, log } = this.#options;
    const { mechanism, user, password } = said;
    const refusal = access.mayLogin(session, session.service, user);
    if (refusal !== undefined) return refusal;
    try {
      const verdict = await users.verify(user, password);
      access.loginEnded(session, user, verdict.kind === "accepted");
      if (verdict.kind === "refused") return { kind: "loginRefused" };
      session.login = { user: verdict.user.name, mechanism };
      return { kind: "loggedIn", user: verdict.user.name };
    } catch (thrown) {
      if (!(thrown instanceof TempFailure)) throw thrown;
      log.write("error", `cannot check the password of "${user}": ${failureText(thrown)}`);
      return { kind: "loginUnavailable" };
    }
  }

  /** What was said in the clear is forgotten (RFC 3207 §4.2). */
  starttls({ session: number }: Speaker): SmtpAnswer {
    const session = this.#sessions.get(number);
    if (session === undefined) return this.#misbehaves("begins TLS in no session");
    session.login = undefined;
    session.transaction = undefined;
    return this.#options.access.tlsBegins(session, session.service, "starttls") ?? { kind: "proceed" };
  }

  async mail(speaker: Speaker, start: TransactionStart): Promise<SmtpAnswer> {
    const session = this.#sessions.get(speaker.session);
    if (session === undefined) return this.#misbehaves("sends mail in no session");
    const transaction = this.#begin(session, start);
    const refusal = this.#options.access.mailBegins(session, session.service);
    if (refusal !== undefined) return refusal;
    const { decision, answer } = await this.#judge("MAIL", session, speaker.facts, {});
    transaction.pending = decision.pending;
    transaction.actions = mergeActions(transaction.actions, decision.actions);
    return answer;
  }

  async rcpt(speaker: Speaker, start: TransactionStart, recipient: EnvelopeRecipient): Promise<SmtpAnswer> {
    const session = this.#sessions.get(speaker.session);
    if (session === undefined) return this.#misbehaves("sends mail in no session");
    // MAIL is not told of where there is nothing to say to it.
    const transaction = session.transaction?.start.number === start.number
      ? session.transaction
      : this.#begin(session, start);
    const refusal = this.#options.access.recipientComes(session, session.service);
    if (refusal !== undefined) return refusal;
    const most = this.#options.limits?.recipients ?? 0;
    if (most > 0 && transaction.accepted.length >= most) {
      return this.#misbehaves("names more recipients than it may");
    }
    const { decision, answer } = await this.#judge("RCPT", session, speaker.facts, {
      recipient: recipient.address,
    });
    // What is asked for the message counts, whatever becomes of this recipient (Postfix 3.7).
    transaction.actions = mergeActions(transaction.actions, decision.actions);
    if (decision.verdict.kind === "permit") transaction.accepted.push(recipient);
    return answer;
  }

  async data({ session: number, facts }: Speaker, transactionNumber: number): Promise<SmtpAnswer> {
    const session = this.#sessions.get(number);
    const transaction = session?.transaction;
    if (session === undefined || transaction?.start.number !== transactionNumber) {
      return this.#misbehaves("has no transaction to send data for");
    }
    const { decision, answer } = await this.#judge("DATA", session, facts, {
      recipient: onlyRecipient(transaction),
    });
    transaction.actions = mergeActions(transaction.actions, decision.actions);
    return answer;
  }

  /** The message is whole: `commit` queues it, unless the rules of end_of_data refuse. */
  async commit(
    { session: number, facts, number: transactionNumber, transaction: told }: CommitRequest,
    commit: (message: JudgedMessage) => Promise<SmtpAnswer>,
    giveUp: () => void = () => {},
  ): Promise<SmtpAnswer> {
    const session = this.#sessions.get(number);
    const transaction = session?.transaction;
    if (
      session === undefined || transaction?.start.number !== transactionNumber ||
      !isAccepted(transaction, told.recipients)
    ) {
      giveUp();
      return this.#misbehaves("commits a message for recipients that were not accepted");
    }
    session.transaction = undefined;
    const { start } = transaction;
    let actions = transaction.actions;
    let lines: readonly string[] | undefined;
    if (session.policy.lists.end_of_data.length > 0) {
      session.transaction = transaction;
      const { decision, answer } = await this.#judge("END-OF-MESSAGE", session, facts, {
        recipient: onlyRecipient(transaction),
        size: told.octets,
      });
      session.transaction = undefined;
      if (decision.verdict.kind !== "permit") {
        giveUp();
        return answer;
      }
      actions = mergeActions(actions, decision.actions);
      lines = answer.kind === "proceed" ? answer.lines : undefined;
    }
    const answer = await commit({
      facts: trustedFacts(session, facts),
      transaction: {
        ...told,
        sender: start.sender,
        parameters: start.parameters,
        recipients: transaction.accepted,
      },
      actions,
    });
    if (answer.kind !== "queued") return answer;
    this.#options.onMessage?.(answer.id, transaction.instance);
    return lines === undefined ? answer : { ...answer, lines };
  }

  /** Of a command that changes nothing but what is to be answered later. */
  async judge(stage: Stage, { session: number, facts }: Speaker, asked: Asked): Promise<SmtpAnswer> {
    const session = this.#sessions.get(number);
    if (session === undefined) return this.#misbehaves("speaks for no session");
    const { decision, answer } = await this.#judge(stage, session, facts, asked);
    if (stage === "CONNECT" || stage === "HELO") session.pending = decision.pending ?? session.pending;
    return answer;
  }

  /** @throws TempFailure when there is no such transaction. */
  opening(
    { session: number, facts, number: transactionNumber }: Speaker & { readonly number: number },
  ): OpeningMessage {
    const session = this.#sessions.get(number);
    const transaction = session?.transaction;
    if (session === undefined || transaction?.start.number !== transactionNumber) {
      throw new TempFailure("4.3.0", "there is no such transaction");
    }
    const { sender, parameters: { smtpUtf8 } } = transaction.start;
    return {
      facts: trustedFacts(session, facts),
      sender,
      recipients: transaction.accepted,
      smtpUtf8,
      actions: transaction.actions,
    };
  }

  disconnect(number: number): void {
    const session = this.#sessions.get(number);
    if (session === undefined) return;
    this.#sessions.delete(number);
    this.#options.access.disconnected(session);
  }

  reset(): void {
    for (const number of [...this.#sessions.keys()]) this.disconnect(number);
  }

  #begin(session: KeptSession, start: TransactionStart): KeptTransaction {
    const instance = randomHex(this.#options.random, 8);
    return session.transaction = {
      start,
      instance,
      accepted: [],
      actions: {},
      pending: undefined,
    };
  }

  async #judge(
    stage: Stage,
    session: KeptSession,
    facts: SessionFacts,
    asked: Asked,
  ): Promise<Judgement> {
    const { world, log, onDecision } = this.#options;
    const policy: PolicyFacts = policyFacts(session, facts, asked);
    const settings = session.policy;
    const judgement = await judge(stage, policy, { settings, world, log });
    onDecision?.(stage, policy, judgement.decision);
    return judgement;
  }

  /** What there can be something to say to. */
  #interests({ lists, delayReject }: PolicySettings): Interests {
    return {
      helo: !delayReject,
      mail: !delayReject || this.#options.access.countsMail(),
      data: lists.data.length > 0,
      etrn: [lists.client, lists.helo, lists.etrn].some(({ length }) => length > 0),
    };
  }

  #misbehaves(what: string): SmtpAnswer {
    this.#options.log.write("error", `a worker ${what}`);
    return misbehaving;
  }
}

/** What connect and xclient tell beside. */
function named(answer: SmtpAnswer, { client }: KeptSession): SmtpAnswer {
  switch (answer.kind) {
    case "proceed":
    case "reply":
    case "hangup":
      return { ...answer, clientName: client.name };
    default:
      return answer;
  }
}

function clientOf(client: Client, attributes: ClientAttributes): Client {
  const { name, reverseName, address, port } = attributes;
  // A name alone is verified by whoever says so; without one, an address that is new has none.
  const named: Partial<Client> = name === undefined ? {} : {
    name,
    nameStatus: name !== "unknown" ? "ok" : attributes.nameTemporary === true ? "temporary" : "permanent",
  };
  const reversed: Partial<Client> = reverseName === undefined ? {} : {
    reverseName,
    reverseStatus: reverseName !== "unknown"
      ? "ok"
      : attributes.reverseTemporary === true
      ? "temporary"
      : "permanent",
  };
  return { ...client, ...named, ...reversed, address: address ?? client.address, port: port ?? client.port };
}

/** Rules at DATA and later see a recipient when it is the only one. */
function onlyRecipient({ accepted }: KeptTransaction): string | undefined {
  return accepted.length === 1 ? accepted[0]!.address : undefined;
}

function isAccepted({ accepted }: KeptTransaction, told: readonly EnvelopeRecipient[]): boolean {
  return told.length === accepted.length &&
    told.every(({ address }, index) => address === accepted[index]!.address);
}
