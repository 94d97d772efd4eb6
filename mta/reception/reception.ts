/**
 * The keeper's side of receiving: gathers facts, runs policy, checks logins, and puts messages into the queue. 250 is said
 * after `commit` of the spool has returned, and only then (RFC 5321 §6.1).
 *
 * One `ReceptionDesk` a worker: what a worker has open (logins, large messages) ends with it.
 */

import { concatBytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Log, LogRecord } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import type { Handlers } from "../../tools/kit/rpc/rpc.ts";

import type { QueueId, Spool, SpoolEntry } from "../../store/spool/spool.ts";
import type { Users } from "../../store/users/users.ts";

import { decideRcpt, type RestrictionLists } from "../policy/decide.ts";
import type { PolicyFacts, PolicySettings } from "../policy/restriction.ts";
import type { Decision } from "../policy/verdict.ts";
import type { EnvelopeRecipient, SessionFacts, SmtpAnswer, SmtpRole } from "../smtp/question.ts";
import { reply } from "../smtp/reply.ts";
import { formatReceived, type Zone } from "../smtp/trace.ts";
import type { CommitRequest, LoginAnswer, ReceptionApi, Speaker } from "./api.ts";
import { queueEnvelope } from "./envelope.ts";
import { Grants } from "./grants.ts";
import { failureAnswer } from "./service.ts";

export interface ReceptionOptions {
  /** `myhostname` */
  readonly hostname: string;
  /** `mail_name` */
  readonly mailName?: string | undefined;
  readonly policy: PolicySettings;
  readonly restrictions: Readonly<Record<SmtpRole, RestrictionLists>>;
  readonly spool: Spool;
  readonly users: Users;
  /** Is there a user, an alias or another local target of that name? @throws TempFailure */
  readonly recipientKnown: (address: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  /** Speaks as `smtpd`. */
  readonly log: Log;
  /** Where records of workers go, stamped already. */
  readonly logRecord: (record: LogRecord) => void;
  /** A message is durable in the queue. */
  readonly onQueued: (id: QueueId) => void;
  /** The zone in force at that time. */
  readonly zone: (timeMs: number) => Zone;
  /** The verified name of a client, or `unknown`. */
  readonly clientName?: ((address: string) => Promise<string>) | undefined;
  /** `smtpd_sasl_authenticated_header` */
  readonly showLogin?: boolean | undefined;
}

export interface Reception {
  /** The desk of one worker. */
  openDesk(): ReceptionDesk;
  /** Why a recipient would be taken or not, as `mailsrv explain` asks. */
  decide(role: SmtpRole, facts: PolicyFacts): Promise<Decision>;
}

export interface ReceptionDesk {
  readonly handlers: Handlers<ReceptionApi>;
  /** The worker is gone or begins anew: gives up what it had open. */
  reset(): void;
}

interface OpenMessage {
  readonly entry: SpoolEntry;
  /** Writes and commit come one after another. */
  last: Promise<void>;
}

export function createReception(options: ReceptionOptions): Reception {
  return {
    openDesk: () => new Desk(options),
    decide: (role, facts) => decide(role, facts, options),
  };
}

async function decide(role: SmtpRole, facts: PolicyFacts, options: ReceptionOptions): Promise<Decision> {
  const steps = decideRcpt(facts, options.restrictions[role], options.policy);
  let step = steps.next();
  while (step.done !== true) step = steps.next(await options.recipientKnown(step.value.address));
  return step.value;
}

class Desk implements ReceptionDesk {
  readonly handlers: Handlers<ReceptionApi>;
  readonly #options: ReceptionOptions;
  readonly #grants: Grants;
  readonly #open = new Map<number, OpenMessage>();
  #lastMessage = 0;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#grants = new Grants(options.random);
    this.handlers = {
      connect: async ({ facts }) => {
        const clientName = await this.#clientName(facts.peer.address);
        return { answer: { kind: "proceed", clientName }, asksMail: false };
      },
      login: (request) => this.#login(request),
      mail: () => ({ kind: "proceed" }),
      rcpt: ({ sender, recipient, accepted, ...speaker }) =>
        this.#judge(speaker, { sender, recipient: recipient.address, accepted }),
      verify: ({ address, ...speaker }) =>
        this.#judge(speaker, { sender: undefined, recipient: address, accepted: 0 }),
      commit: ({ content, ...request }) => this.#commitWhole(request, content),
      openMessage: (request) => this.#openMessage(request),
      writeMessage: async ({ message, bytes }) => {
        await this.#inTurn(message, (entry) => entry.write(bytes));
        return null;
      },
      commitMessage: ({ message, ...request }) => this.#commitOpen(request, message),
      abandon: ({ message }) => {
        this.#abandon(message);
        return null;
      },
      logout: ({ token }) => {
        this.#grants.end(token);
        return null;
      },
      log: (records) => {
        for (const record of records) this.#options.logRecord(record);
        return null;
      },
    };
  }

  reset(): void {
    this.#grants.clear();
    for (const message of [...this.#open.keys()]) this.#abandon(message);
  }

  async #clientName(address: string): Promise<string> {
    if (this.#options.clientName !== undefined) return await this.#options.clientName(address);
    return address === "::1" || address.startsWith("127.") ? "localhost" : "unknown";
  }

  async #login(request: Parameters<ReceptionApi["login"]>[0]): Promise<LoginAnswer> {
    const { user, password, mechanism } = request;
    try {
      const verdict = await this.#options.users.verify(user, password);
      if (verdict.kind === "refused") return { kind: "loginRefused" };
      const { name } = verdict.user;
      return { kind: "loggedIn", user: name, token: this.#grants.give({ user: name, mechanism }) };
    } catch (thrown) {
      if (!(thrown instanceof TempFailure)) throw thrown;
      this.#options.log.write("error", `cannot check the password of "${user}": ${failureText(thrown)}`);
      return { kind: "loginUnavailable" };
    }
  }

  /** The facts with the login that the keeper knows of. */
  #trusted({ facts, token }: Speaker): SessionFacts {
    return { ...facts, login: this.#grants.find(token) };
  }

  async #judge(
    speaker: Speaker,
    asked: Pick<PolicyFacts, "sender" | "recipient" | "accepted">,
  ): Promise<SmtpAnswer> {
    const { role, clientName, peer, helo, tls, login } = this.#trusted(speaker);
    try {
      const { verdict } = await decide(role, {
        ...asked,
        clientName,
        clientAddress: peer.address,
        helo,
        tls: tls !== undefined,
        login: login?.user,
      }, this.#options);
      if (verdict.kind === "permit") return { kind: "proceed" };
      const { code, status, text } = verdict.refusal;
      return { kind: "reply", reply: reply(code, status, text) };
    } catch (thrown) {
      if (!(thrown instanceof TempFailure)) throw thrown;
      this.#options.log.write("warning", `cannot look up "${asked.recipient}": ${failureText(thrown)}`);
      return { kind: "reply", reply: reply(451, "4.3.0", `<${asked.recipient}>: Temporary lookup failure`) };
    }
  }

  async #commitWhole(request: CommitRequest, content: Uint8Array): Promise<SmtpAnswer> {
    const { recipients, parameters } = request.transaction;
    let entry: SpoolEntry | undefined;
    try {
      entry = await this.#options.spool.begin();
      const facts = this.#trusted(request);
      const { received, arrivedMs } = this.#received(facts, recipients, { id: entry.id, ...parameters });
      await entry.write(concatBytes([received, content]));
      return await this.#commit(entry, facts, { request, arrivedMs });
    } catch (thrown) {
      return await this.#giveUp(entry, thrown);
    }
  }

  async #openMessage(
    request: Parameters<ReceptionApi["openMessage"]>[0],
  ): Promise<{ readonly message: number }> {
    const entry = await this.#options.spool.begin();
    const { received } = this.#received(this.#trusted(request), request.recipients, {
      ...request,
      id: entry.id,
    });
    try {
      await entry.write(received);
    } catch (thrown) {
      await this.#giveUp(entry, thrown);
      throw thrown;
    }
    const message = ++this.#lastMessage;
    this.#open.set(message, { entry, last: Promise.resolve() });
    return { message };
  }

  async #commitOpen(request: CommitRequest, message: number): Promise<SmtpAnswer> {
    const open = this.#open.get(message);
    try {
      if (open === undefined) throw new TempFailure("4.3.0", "the message is not open");
      await open.last;
      this.#open.delete(message);
      const arrivedMs = this.#options.clock.now();
      return await this.#commit(open.entry, this.#trusted(request), { request, arrivedMs });
    } catch (thrown) {
      this.#open.delete(message);
      return await this.#giveUp(open?.entry, thrown);
    }
  }

  #received(
    facts: SessionFacts,
    recipients: readonly EnvelopeRecipient[],
    message: { readonly id: QueueId; readonly smtpUtf8: boolean },
  ): { readonly received: Uint8Array; readonly arrivedMs: number } {
    const { hostname, mailName, showLogin, zone, clock } = this.#options;
    const arrivedMs = clock.now();
    const received = utf8Bytes(formatReceived(facts, {
      ...message,
      hostname,
      mailName,
      showLogin,
      recipients: recipients.map(({ address }) => address),
      timeMs: arrivedMs,
      zone: zone(arrivedMs),
    }));
    return { received, arrivedMs };
  }

  async #commit(
    entry: SpoolEntry,
    facts: SessionFacts,
    message: { readonly request: CommitRequest; readonly arrivedMs: number },
  ): Promise<SmtpAnswer> {
    const { log, policy, onQueued } = this.#options;
    const { transaction } = message.request;
    const { id } = entry;
    const client = `${facts.clientName}[${facts.peer.address}]`;
    const { login } = facts;
    const sasl = login === undefined ? "" : `, sasl_method=${login.mechanism}, sasl_username=${login.user}`;
    log.write("info", `${id}: client=${client}${sasl}`);
    const { myorigin } = policy;
    await entry.commit(queueEnvelope(facts, transaction, { myorigin, arrivedMs: message.arrivedMs }));
    log.part("cleanup").write("info", `${id}: message-id=${transaction.messageId ?? "<>"}`);
    onQueued(id);
    return { kind: "queued", id };
  }

  /** One place turns failures into what the peer hears; nothing is left of the message. */
  async #giveUp(entry: SpoolEntry | undefined, thrown: unknown): Promise<SmtpAnswer> {
    const name = entry?.id ?? "NOQUEUE";
    this.#options.log.write("error", `${name}: cannot queue the message: ${failureText(thrown)}`);
    try {
      await entry?.abort();
    } catch (again) {
      this.#options.log.write("error", `${name}: cannot remove what was written: ${failureText(again)}`);
    }
    return failureAnswer(thrown);
  }

  #inTurn(message: number, action: (entry: SpoolEntry) => Promise<void>): Promise<void> {
    const open = this.#open.get(message);
    if (open === undefined) return Promise.reject(new TempFailure("4.3.0", "the message is not open"));
    open.last = open.last.then(() => action(open.entry));
    // Whoever comes next hears of it too.
    open.last.catch(() => {});
    return open.last;
  }

  #abandon(message: number): void {
    const open = this.#open.get(message);
    if (open === undefined) return;
    this.#open.delete(message);
    const abort = () => open.entry.abort();
    open.last.then(abort, abort).catch((thrown) => {
      this.#options.log.write(
        "error",
        `${open.entry.id}: cannot remove what was written: ${failureText(thrown)}`,
      );
    });
  }
}
