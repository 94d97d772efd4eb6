/**
 * The keeper's side of receiving: keeps what it knows of each session, gathers facts, runs policy, checks logins, and puts
 * messages into the queue. 250 is said after `commit` of the spool has returned, and only then (RFC 5321 §6.1).
 *
 * One `ReceptionDesk` a worker: what a worker has open (sessions, large messages) ends with it.
 */

import type { Handlers } from "../../tools/kit/rpc/rpc.ts";

import type { ReceptionApi } from "./api.ts";
import { MessageDesk } from "./message_desk.ts";
import type { ReceptionOptions } from "./reception_options.ts";
import { SessionDesk } from "./session_desk.ts";

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

class Desk implements ReceptionDesk {
  readonly handlers: Handlers<ReceptionApi>;
  readonly #sessions: SessionDesk;
  readonly #messages: MessageDesk;

  constructor(options: ReceptionOptions) {
    const sessions = this.#sessions = new SessionDesk(options);
    const messages = this.#messages = new MessageDesk(options);
    this.handlers = {
      connect: (request) => sessions.connect(request.facts),
      xclient: (request) => sessions.xclient(request, request.attributes),
      login: (request) => sessions.login(request, request),
      helo: (request) => sessions.judge("HELO", request, {}),
      starttls: (request) => sessions.starttls(request),
      mail: (request) => sessions.mail(request, request.start),
      rcpt: (request) => sessions.rcpt(request, request.start, request.recipient),
      data: (request) => sessions.data(request, request.number),
      etrn: (request) => sessions.judge("ETRN", request, { etrnDomain: request.domain }),
      verify: (request) =>
        sessions.judge("VRFY", request, {
          sender: request.sender,
          recipient: request.address,
          recipientCount: 0,
        }),
      commit: (request) =>
        sessions.commit(request, (whole) => messages.commitWhole({ ...whole, content: request.content })),
      openMessage: async (request) => ({
        message: await messages.open({ ...sessions.opening(request), start: request.bytes }),
      }),
      writeMessage: async ({ message, bytes }) => {
        await messages.write(message, bytes);
        return null;
      },
      commitMessage: (request) =>
        sessions.commit(
          request,
          (whole) => messages.commitOpen({ ...whole, message: request.message }),
          () => messages.abandon(request.message),
        ),
      abandon: ({ message }) => {
        messages.abandon(message);
        return null;
      },
      disconnect: ({ session }) => {
        sessions.disconnect(session);
        return null;
      },
      log: (records) => {
        for (const record of records) options.logRecord(record);
        return null;
      },
    };
  }

  reset(): void {
    this.#sessions.reset();
    this.#messages.reset();
  }
}
