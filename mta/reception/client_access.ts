/** Access as the settings say: anvil's limits, who may speak XCLIENT, and no guessing of passwords. */

import type { Log } from "../../tools/kit/base/log.ts";

import type { NetworkList } from "../address/match_list.ts";
import { matchNetwork } from "../address/network_list.ts";
import type { SmtpAnswer } from "../smtp/question.ts";
import type { Access, Admission } from "./access.ts";
import type { Client, KeptSession } from "./kept_session.ts";
import type { LoginGuard } from "./login_guard.ts";
import type { ClientRates, RateEvent, RateLimits, RateRefusal } from "./rate.ts";
import { type AddressWorld, runAddressEvaluation } from "./run_evaluation.ts";

export interface ClientAccessOptions {
  readonly rates: ClientRates;
  readonly guard: LoginGuard;
  readonly limits: RateLimits;
  /** `smtpd_client_event_limit_exceptions` */
  readonly limitExceptions: NetworkList;
  /** `smtpd_authorized_xclient_hosts` */
  readonly xclientHosts: NetworkList;
  /** `smtpd_forbid_bare_newline_exclusions` */
  readonly bareNewlineExclusions: NetworkList;
  readonly world: AddressWorld;
  /** Speaks as `smtpd`. */
  readonly log: Log;
}

export class ClientAccess implements Access {
  readonly #options: ClientAccessOptions;

  constructor(options: ClientAccessOptions) {
    this.#options = options;
  }

  async admit(client: Client): Promise<Admission> {
    const { xclientHosts, bareNewlineExclusions, limitExceptions } = this.#options;
    return {
      mayXclient: await this.#isIn(xclientHosts, client),
      mayUseBareNewline: await this.#isIn(bareNewlineExclusions, client),
      isLimited: !await this.#isIn(limitExceptions, client),
    };
  }

  connected(session: KeptSession, service: string): SmtpAnswer | undefined {
    if (!session.isLimited) return undefined;
    const { name, address } = session.client;
    session.counted = this.#options.rates.keyOf({ service, address });
    return this.#answer(this.#options.rates.connect({ service, address, name }));
  }

  disconnected(session: KeptSession): void {
    if (session.counted !== undefined) this.#options.rates.disconnect(session.counted);
    session.counted = undefined;
  }

  countsMail(): boolean {
    return this.#options.limits.messageRate > 0;
  }

  tlsBegins(
    session: KeptSession,
    service: string,
    how: "starttls" | "tlsConnect",
  ): SmtpAnswer | undefined {
    return this.#options.limits.newTlsSessionRate > 0 ? this.#note(session, service, how) : undefined;
  }

  mailBegins(session: KeptSession, service: string): SmtpAnswer | undefined {
    return this.countsMail() ? this.#note(session, service, "message") : undefined;
  }

  recipientComes(session: KeptSession, service: string): SmtpAnswer | undefined {
    return this.#options.limits.recipientRate > 0 ? this.#note(session, service, "recipient") : undefined;
  }

  mayLogin(session: KeptSession, service: string, user: string): SmtpAnswer | undefined {
    const tooMany = this.#options.limits.authRate > 0 ? this.#note(session, service, "auth") : undefined;
    if (tooMany !== undefined) return tooMany;
    const refusal = this.#options.guard.refuse({ address: session.client.address, user });
    return refusal === undefined ? undefined : { kind: "reply", reply: refusal };
  }

  loginEnded(session: KeptSession, user: string, accepted: boolean): void {
    const who = { address: session.client.address, user };
    if (accepted) this.#options.guard.succeeded(who);
    else this.#options.guard.failed(who);
  }

  #note(
    session: KeptSession,
    service: string,
    event: Exclude<RateEvent, "connect">,
  ): SmtpAnswer | undefined {
    if (!session.isLimited) return undefined;
    const { name, address } = session.client;
    return this.#answer(this.#options.rates.note({ service, address, name }, event));
  }

  #answer(refusal: RateRefusal | undefined): SmtpAnswer | undefined {
    if (refusal === undefined) return undefined;
    this.#options.log.write("warning", refusal.warning);
    return { kind: "reply", reply: refusal.reply, close: refusal.closes, lines: [] };
  }

  /** A list that cannot be read lets nobody in. */
  async #isIn(list: NetworkList, { name, address }: Client): Promise<boolean> {
    if (list.entries.length === 0) return false;
    const result = await runAddressEvaluation(matchNetwork(list, { name, address }), this.#options.world);
    if (result.kind === "failure") this.#options.log.write("warning", result.failure);
    return result.kind === "match";
  }
}
