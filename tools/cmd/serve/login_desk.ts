/** Logins of readers: passwords are checked here, and a session's right to an account is granted to the store worker. */

import type { Clock } from "../../kit/base/clock.ts";
import { sleep } from "../../kit/base/clock.ts";
import { failureText } from "../../kit/base/failure.ts";
import type { Log } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";
import { randomHex } from "../../kit/base/random.ts";

import type { Users } from "../../../store/users/users.ts";

import type { LoginGuard } from "../../../mta/reception/login_guard.ts";

import type { LoginAnswer, LoginRequest } from "../../../mra/login.ts";

import { formatLoginFailure, formatRefusal } from "./auth_log.ts";
import type { Current } from "./snapshot.ts";
import type { StoreLink } from "./store_link.ts";

export interface LoginDeskOptions {
  readonly users: Users;
  readonly current: Current;
  readonly store: () => StoreLink;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly guard: LoginGuard;
}

/** Octets of randomness in a session's name: nobody guesses another's. */
const sessionOctets = 16;
/** How long a login waits for an earlier session to be seen ended, and how often it looks. */
const roomWaitMs = 1000;
const roomPollMs = 20;

export class LoginDesk {
  readonly #options: LoginDeskOptions;
  /** By session: whose it is and from where (mail_max_userip_connections). */
  readonly #sessions = new Map<string, string>();
  readonly #perUserAndAddress = new Map<string, number>();

  constructor(options: LoginDeskOptions) {
    this.#options = options;
  }

  /** `reader` is the worker that asks: the session is its alone. */
  async login(request: LoginRequest, reader: string): Promise<LoginAnswer> {
    const { users, store, random, log, current, guard } = this.#options;
    const attempt = { address: request.peer.address, user: request.user };
    if (guard.refuse(attempt) !== undefined) {
      const why = "too many failed logins (login_failure_limit)";
      log.part("auth").write("warning", formatLoginFailure(request, why));
      return { kind: "unavailable" };
    }
    try {
      const verdict = await users.verify(request.user, request.password);
      if (verdict.kind === "refused") {
        guard.failed(attempt);
        const { peer: { address: rip } } = request;
        log.part("auth").write("info", formatRefusal(request, verdict.reason), { rip });
        return { kind: "refused" };
      }
      guard.succeeded(attempt);
      const { user } = verdict;
      const place = `${user.name} ${request.peer.address}`;
      const limit = current.snapshot.settings.mail_max_userip_connections;
      if (!await this.#hasRoom(place, limit)) {
        log.part("auth").write(
          "warning",
          `${user.name}: Maximum number of connections from user+IP exceeded (mail_max_userip_connections=${limit})`,
        );
        return { kind: "unavailable" };
      }
      const session = randomHex(random, sessionOctets);
      this.#begin(session, place);
      try {
        await store().grant(session, user, reader);
      } catch (thrown) {
        this.ended(session);
        throw thrown;
      }
      return { kind: "accepted", user: user.name, session };
    } catch (thrown) {
      log.part("auth").write("error", formatLoginFailure(request, failureText(thrown)));
      return { kind: "unavailable" };
    }
  }

  ended(session: string): void {
    const place = this.#sessions.get(session);
    if (place === undefined) return;
    this.#sessions.delete(session);
    const left = (this.#perUserAndAddress.get(place) ?? 1) - 1;
    if (left === 0) this.#perUserAndAddress.delete(place);
    else this.#perUserAndAddress.set(place, left);
  }

  /**
   * Is there room for one more, at once or soon? The word that a session has ended comes by way of its worker and the store,
   * and may be overtaken by the same client's next login.
   */
  async #hasRoom(place: string, limit: number): Promise<boolean> {
    if (limit === 0) return true;
    for (let waitedMs = 0; (this.#perUserAndAddress.get(place) ?? 0) >= limit; waitedMs += roomPollMs) {
      if (waitedMs >= roomWaitMs) return false;
      await sleep(this.#options.clock, roomPollMs);
    }
    return true;
  }

  /** The store worker is new: no session of the old one lives. */
  clear(): void {
    this.#sessions.clear();
    this.#perUserAndAddress.clear();
  }

  #begin(session: string, place: string): void {
    this.#sessions.set(session, place);
    this.#perUserAndAddress.set(place, (this.#perUserAndAddress.get(place) ?? 0) + 1);
  }
}
