/** Who answers what policy asks, by the settings in force: tables, users, the DNS, policy servers, address probes. */

import type { Clock } from "../../kit/base/clock.ts";
import { sleep } from "../../kit/base/clock.ts";
import type { Log } from "../../kit/base/log.ts";

import type { Disk } from "../../../store/file/disk.ts";
import type { Users } from "../../../store/users/users.ts";

import type { TransportsByName } from "../../../mta/delivery/routing.ts";
import type { Dns } from "../../../mta/dns/record.ts";
import { PolicyClient } from "../../../mta/reception/policy_client.ts";
import type { PolicyWorld } from "../../../mta/reception/run_evaluation.ts";
import { Verifier } from "../../../mta/reception/verify.ts";
import { VerifyCache } from "../../../mta/reception/verify_cache.ts";

import { policyClientSettings, verifySettings } from "../../config/mta/client_settings.ts";

import { processTables } from "../process_tables.ts";

import { probe } from "./probe.ts";
import type { Current, Snapshot } from "./snapshot.ts";

export interface WorldPartOptions {
  readonly current: Current;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Speaks as `smtpd`. */
  readonly log: Log;
  readonly users: Users;
  readonly dns: Dns;
  /** What probes of addresses ask. */
  readonly transports: TransportsByName;
}

export class WorldPart {
  readonly world: PolicyWorld;
  readonly #service: PolicyClient;
  readonly #verifier: Verifier;

  private constructor(options: WorldPartOptions, cache: VerifyCache) {
    const { current, clock, log, users, dns } = options;
    const { settings } = current.snapshot;
    const service = this.#service = new PolicyClient({
      settings: policyClientSettings(settings),
      connect: processTables.connect,
      clock,
      log,
    });
    const verifier = this.#verifier = new Verifier({
      settings: verifySettings(settings),
      cache,
      probe: (address) => probe(address, options),
      clock,
      log,
    });
    this.world = {
      get tables() {
        return current.snapshot.tables;
      },
      users,
      dns,
      service: (server, attributes) => service.ask(server, attributes),
      verify: (address) => verifier.verify(address),
      sleep: (ms) => sleep(clock, ms),
    };
  }

  static async open(options: WorldPartOptions): Promise<WorldPart> {
    const { disk, log, current: { snapshot: { settings } } } = options;
    const path = settings.address_verify_map.replace(/^[a-z]+:/, "");
    return new WorldPart(options, await VerifyCache.open({ disk, path, log }));
  }

  reconfigure({ settings }: Snapshot): void {
    this.#service.reconfigure(policyClientSettings(settings));
    this.#verifier.reconfigure(verifySettings(settings));
  }

  close(): void {
    this.#service.close();
  }
}
