/** Who may come, and how often, by the settings in force; what was counted outlives a reload. */

import type { Clock } from "../../kit/base/clock.ts";
import type { Log } from "../../kit/base/log.ts";

import { ClientAccess } from "../../../mta/reception/client_access.ts";
import type { Access } from "../../../mta/reception/access.ts";
import type { LoginGuard } from "../../../mta/reception/login_guard.ts";
import type { RateLimits } from "../../../mta/reception/rate.ts";
import { ClientRates } from "../../../mta/reception/rate.ts";
import type { AddressWorld } from "../../../mta/reception/run_evaluation.ts";

import { networkList } from "../../config/mta/policy_settings.ts";
import { settingsView } from "../../config/mta/view.ts";
import type { Settings } from "../../config/schema.ts";

import type { Current, Snapshot } from "./snapshot.ts";

export interface AccessPartOptions {
  readonly current: Current;
  readonly clock: Clock;
  readonly log: Log;
  readonly world: AddressWorld;
  readonly guard: LoginGuard;
}

export class AccessPart {
  readonly #options: AccessPartOptions;
  readonly #rates: ClientRates;
  #of: Snapshot;
  #access: Access;

  constructor(options: AccessPartOptions) {
    this.#options = options;
    const { clock, current: { snapshot } } = options;
    const { settings } = snapshot;
    this.#rates = new ClientRates({ clock, limits: rateLimits(settings), hostname: settings.myhostname });
    this.#of = snapshot;
    this.#access = this.#make(snapshot);
  }

  /** As the settings in force have it. */
  get access(): Access {
    const { snapshot } = this.#options.current;
    if (snapshot !== this.#of) {
      const { settings } = snapshot;
      this.#rates.reconfigure({ limits: rateLimits(settings), hostname: settings.myhostname });
      this.#access = this.#make(snapshot);
      this.#of = snapshot;
    }
    return this.#access;
  }

  #make({ loaded, settings }: Snapshot): Access {
    const { world, log, guard } = this.#options;
    const view = settingsView(loaded);
    return new ClientAccess({
      rates: this.#rates,
      guard,
      limits: rateLimits(settings),
      limitExceptions: networkList(view, "smtpd_client_event_limit_exceptions"),
      xclientHosts: networkList(view, "smtpd_authorized_xclient_hosts"),
      bareNewlineExclusions: networkList(view, "smtpd_forbid_bare_newline_exclusions"),
      world,
      log,
    });
  }
}

function rateLimits(settings: Settings): RateLimits {
  return {
    connectionCount: settings.smtpd_client_connection_count_limit,
    connectionRate: settings.smtpd_client_connection_rate_limit,
    messageRate: settings.smtpd_client_message_rate_limit,
    recipientRate: settings.smtpd_client_recipient_rate_limit,
    newTlsSessionRate: settings.smtpd_client_new_tls_session_rate_limit,
    authRate: settings.smtpd_client_auth_rate_limit,
    timeUnitMs: settings.anvil_rate_time_unit,
    ipv4PrefixLength: settings.smtpd_client_ipv4_prefix_length,
    ipv6PrefixLength: settings.smtpd_client_ipv6_prefix_length,
  };
}
