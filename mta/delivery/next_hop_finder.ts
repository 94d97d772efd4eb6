/** Finds next hops in the real world: asks tables, the DNS, hosts(5) and MTA-STS what `findNextHop` wants to know. */

import type { Random } from "../../tools/kit/base/random.ts";

import type { Hosts } from "../dns/hosts.ts";
import type { Dns } from "../dns/record.ts";
import type { AddressWorld, Watch } from "../reception/run_evaluation.ts";
import { answerAddressQuestion, runSteps } from "../reception/run_evaluation.ts";
import type { NextHop, NextHopQuestion, NextHopRequest, NextHopSettings } from "./next_hop.ts";
import { findNextHop } from "./next_hop.ts";
import type { StsPolicies } from "./sts_policies.ts";

export interface NextHopWorld extends AddressWorld {
  readonly dns: Dns;
  readonly hosts: {
    addressesOf(name: string): ReturnType<Hosts["addressesOf"]> | Promise<ReturnType<Hosts["addressesOf"]>>;
  };
  readonly sts: Pick<StsPolicies, "find">;
  readonly random: Random;
}

export class NextHopFinder {
  readonly #world: NextHopWorld;
  readonly #settings: () => NextHopSettings;

  /** `settings` is asked each time: they may be loaded anew. */
  constructor(world: NextHopWorld, settings: () => NextHopSettings) {
    this.#world = world;
    this.#settings = settings;
  }

  /** Never throws for what the world does. `watch` sees all that was asked. */
  find(request: NextHopRequest, watch?: Watch<NextHopQuestion>): Promise<NextHop> {
    const steps = findNextHop(request, this.#settings(), this.#world.random);
    return runSteps(steps, (question) => this.#answer(question), watch);
  }

  async #answer(question: NextHopQuestion): Promise<unknown> {
    switch (question.kind) {
      case "table":
      case "user":
        return await answerAddressQuestion(question, this.#world);
      case "dns":
        return await this.#world.dns.query(question.name, question.type);
      case "hosts":
        return await this.#world.hosts.addressesOf(question.name);
      case "sts":
        return await this.#world.sts.find(question.domain);
    }
  }
}
