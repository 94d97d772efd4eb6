/**
 * Slows down who guesses passwords: after some failed logins of one network, or for one user name, in a time unit, further
 * ones are refused for now without a look at the password. Bounded; what fell out of it begins anew.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { isLoopback } from "../../tools/kit/mail/ip.ts";

import { type Reply, reply } from "../smtp/reply.ts";

import { clientNetwork } from "./rate.ts";

export interface LoginGuardOptions {
  readonly clock: Clock;
  /** 0: no limit. May change. */
  readonly maxFailuresOfClient: number;
  readonly maxFailuresOfUser: number;
  readonly timeUnitMs: number;
  readonly maxEntries?: number;
}

interface Failures {
  readonly startMs: number;
  readonly count: number;
}

export interface LoginAttempt {
  readonly address: string;
  /** In any spelling; `undefined` as long as it is not known. */
  readonly user?: string | undefined;
}

const defaultMaxEntries = 20_000;

/** An IPv6 client owns a /64 at the least (RFC 6177 §2). */
const networks = { ipv4PrefixLength: 32, ipv6PrefixLength: 64 };

export class LoginGuard {
  readonly #options: LoginGuardOptions;
  readonly #failures = new Map<string, Failures>();

  constructor(options: LoginGuardOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#failures.size;
  }

  /** Asked before a password is looked at; `undefined`: go on. */
  refuse(attempt: LoginAttempt): Reply | undefined {
    const isOver = this.#keys(attempt).some(([key, limit]) => limit > 0 && this.#count(key) >= limit);
    return isOver
      ? reply(454, "4.7.0", "Temporary authentication failure: too many failed logins")
      : undefined;
  }

  failed(attempt: LoginAttempt): void {
    for (const [key, limit] of this.#keys(attempt)) {
      if (limit <= 0) continue;
      const old = this.#current(key);
      this.#failures.delete(key);
      this.#failures.set(key, {
        startMs: old?.startMs ?? this.#options.clock.monotonic(),
        count: (old?.count ?? 0) + 1,
      });
    }
    const maxEntries = this.#options.maxEntries ?? defaultMaxEntries;
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= maxEntries) break;
      this.#failures.delete(key);
    }
  }

  /** The user is known to be who he says; failures of the client stay, since one account does not excuse guesses at others. */
  succeeded({ user }: LoginAttempt): void {
    if (user !== undefined) this.#failures.delete(userKey(user));
  }

  #keys({ address, user }: LoginAttempt): readonly (readonly [key: string, limit: number])[] {
    const { maxFailuresOfClient, maxFailuresOfUser } = this.#options;
    // A webmail or a proxy on this machine speaks for many.
    const limit = isLoopback(address) ? 0 : maxFailuresOfClient;
    const client = [`client ${clientNetwork(address, networks)}`, limit] as const;
    return user === undefined ? [client] : [client, [userKey(user), maxFailuresOfUser]];
  }

  #count(key: string): number {
    return this.#current(key)?.count ?? 0;
  }

  #current(key: string): Failures | undefined {
    const failures = this.#failures.get(key);
    const { clock, timeUnitMs } = this.#options;
    return failures === undefined || clock.monotonic() - failures.startMs >= timeUnitMs
      ? undefined
      : failures;
  }
}

/** A name can be made as long as a peer likes. */
function userKey(user: string): string {
  return `user ${user.toLowerCase().slice(0, 256)}`;
}
