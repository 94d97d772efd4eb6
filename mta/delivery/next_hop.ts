/** Where a job goes: the hosts to try in order, each with its TLS policy and the login that it wants. */

import type { HopSettings } from "../dns/hop_settings.ts";
import type { RelayLogin, RelayLoginSettings } from "../relay_login/settings.ts";
import type { TlsPolicy, TlsSettings } from "../tls_policy/policy.ts";

export interface NextHopSettings {
  readonly hop: HopSettings;
  readonly tls: TlsSettings;
  readonly login: RelayLoginSettings;
}

/** A host to try. Can be cloned. */
export interface HopHost {
  /** In lower case; of a literal the address itself. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Of its MX record; 0 where there is none. */
  readonly preference: number;
  /** The part of the next hop that led here, verbatim. */
  readonly destination: string;
  /** From smtp_fallback_relay. */
  readonly isFallback: boolean;
  readonly tls: TlsPolicy;
  readonly login?: RelayLogin | undefined;
}

export type NextHop =
  | { readonly kind: "hosts"; readonly hosts: readonly HopHost[]; readonly notes: readonly string[] }
  /** For all recipients of the job: `5.4.4 Host or domain name not found. ...`. */
  | {
    readonly kind: "failed";
    readonly status: string;
    readonly text: string;
    readonly notes: readonly string[];
  };

export interface NextHopRequest {
  /** As the route has it: a domain, `[host]:port`, a list of them. */
  readonly nexthop: string;
  readonly sender: string;
  /** REQUIRETLS was given with the message (RFC 8689 §2); `no`: it has `TLS-Required: No` (§5). */
  readonly requireTls?: "yes" | "no" | undefined;
}
