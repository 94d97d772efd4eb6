/**
 * The keeper's side of receiving: gathers facts, runs policy, checks logins, and puts messages into the queue. 250 is said
 * after `commit` of the spool has returned, and only then (RFC 5321 §6.1).
 *
 * One `ReceptionDesk` a worker: what a worker has open (logins, large messages) ends with it.
 */

import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Handlers } from "../../tools/kit/rpc/rpc.ts";

import { decideRcpt } from "../policy/decide_rcpt.ts";
import type { PolicyFacts } from "../policy/restriction.ts";
import type { Decision } from "../policy/verdict.ts";
import type { SessionFacts, SmtpAnswer, SmtpRole } from "../smtp/question.ts";
import { reply } from "../smtp/reply.ts";
import type { LoginAnswer, ReceptionApi, Speaker } from "./api.ts";
import { Grants } from "./grants.ts";
import { MessageDesk } from "./message_desk.ts";
import { isLoopback, type ReceptionOptions } from "./reception_options.ts";

export interface Reception {
  /** The desk of one worker. */
  openDesk(): ReceptionDesk;
}

export interface ReceptionDesk {
  readonly handlers: Handlers<ReceptionApi>;
  /** The worker is gone or begins anew: gives up what it had open. */
  reset(): void;
}

export function createReception(options: ReceptionOptions): Reception {
  return { openDesk: () => new Desk(options) };
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
  readonly #messages: MessageDesk;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#grants = new Grants(options.random);
    this.#messages = new MessageDesk(options);
    this.handlers = {
      connect: ({ facts }) => {
        const clientName = isLoopback(facts.peer.address) ? "localhost" : "unknown";
        return { kind: "proceed", clientName };
      },
      login: (request) => this.#login(request),
      rcpt: ({ sender, recipient, accepted, ...speaker }) =>
        this.#judge(speaker, { sender, recipient: recipient.address, accepted }),
      verify: ({ address, ...speaker }) =>
        this.#judge(speaker, { sender: undefined, recipient: address, accepted: 0 }),
      commit: ({ content, transaction, ...speaker }) =>
        this.#messages.commitWhole(this.#trusted(speaker), transaction, content),
      openMessage: async ({ sender, recipients, smtpUtf8, bytes, ...speaker }) => ({
        message: await this.#messages.open(this.#trusted(speaker), {
          sender,
          recipients,
          smtpUtf8,
          start: bytes,
        }),
      }),
      writeMessage: async ({ message, bytes }) => {
        await this.#messages.write(message, bytes);
        return null;
      },
      commitMessage: ({ message, transaction, ...speaker }) =>
        this.#messages.commitOpen(this.#trusted(speaker), transaction, message),
      abandon: ({ message }) => {
        this.#messages.abandon(message);
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
    this.#messages.reset();
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
      if (!("refusal" in verdict)) return { kind: "proceed" };
      const { code, status, text } = verdict.refusal;
      return { kind: "reply", reply: reply(code, status, text) };
    } catch (thrown) {
      if (!(thrown instanceof TempFailure)) throw thrown;
      this.#options.log.write("warning", `cannot look up "${asked.recipient}": ${failureText(thrown)}`);
      return { kind: "reply", reply: reply(451, "4.3.0", `<${asked.recipient}>: Temporary lookup failure`) };
    }
  }
}
