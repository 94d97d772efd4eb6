/**
 * MTA-STS policies that were fetched (RFC 8461 §3.3, §5.1): each holds for its max_age from when it was fetched, whatever
 * the DNS or the web server of its domain say meanwhile.
 */

import type { StsPolicy } from "./sts_policy.ts";

interface Kept {
  /** Of the record that it was fetched for. */
  readonly id: string;
  readonly policy: StsPolicy;
  readonly endsMs: number;
}

interface Failed {
  readonly id: string;
  readonly text: string;
  readonly endsMs: number;
}

const defaultMaxDomains = 10_000;
/** §3.3: after a failure a sender should wait some minutes. */
const retryMs = 5 * 60_000;

export class StsCache {
  readonly #maxDomains: number;
  readonly #kept = new Map<string, Kept>();
  readonly #failed = new Map<string, Failed>();

  constructor({ maxDomains = defaultMaxDomains }: { readonly maxDomains?: number } = {}) {
    this.#maxDomains = maxDomains;
  }

  /** What holds now. */
  find(domain: string, nowMs: number): { readonly id: string; readonly policy: StsPolicy } | undefined {
    const kept = this.#kept.get(domain);
    if (kept === undefined) return undefined;
    if (kept.endsMs > nowMs) return kept;
    this.#kept.delete(domain);
    return undefined;
  }

  /** Why a policy of that id is not to be fetched again yet. */
  findFailure(domain: string, id: string, nowMs: number): string | undefined {
    const failed = this.#failed.get(domain);
    return failed !== undefined && failed.id === id && failed.endsMs > nowMs ? failed.text : undefined;
  }

  keep(
    domain: string,
    id: string,
    { policy, nowMs }: { readonly policy: StsPolicy; readonly nowMs: number },
  ): void {
    this.#failed.delete(domain);
    put(this.#kept, domain, {
      value: { id, policy, endsMs: nowMs + policy.maxAgeSeconds * 1000 },
      most: this.#maxDomains,
    });
  }

  keepFailure(
    domain: string,
    id: string,
    { text, nowMs }: { readonly text: string; readonly nowMs: number },
  ): void {
    put(this.#failed, domain, { value: { id, text, endsMs: nowMs + retryMs }, most: this.#maxDomains });
  }
}

/** The oldest goes when there is no room. */
function put<T>(
  map: Map<string, T>,
  key: string,
  { value, most }: { readonly value: T; readonly most: number },
): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
