/** MTA-STS policies of domains (RFC 8461): asks the DNS whether there is one, fetches it, keeps it. */

import type { Clock } from "../../tools/kit/base/clock.ts";

import type { Dns } from "../dns/record.ts";
import { StsCache } from "../tls_policy/sts_cache.ts";
import { parseStsPolicy, parseStsRecord } from "../tls_policy/sts_policy.ts";
import type { StsAnswer } from "../tls_policy/sts_question.ts";

/**
 * GET of https://HOST/PATH: the certificate must be good for the host, redirects are not followed (§3.3), the text is
 * `maxStsPolicyOctets` at most.
 *
 * @throws Error with the words why it cannot be had
 */
export type FetchText = (url: string) => Promise<string>;

export interface StsPoliciesOptions {
  readonly dns: Dns;
  readonly fetchText: FetchText;
  readonly clock: Clock;
}

export class StsPolicies {
  readonly #options: StsPoliciesOptions;
  readonly #cache = new StsCache();
  /** Under way: one fetch for all who ask meanwhile. */
  readonly #fetches = new Map<string, Promise<StsAnswer>>();

  constructor(options: StsPoliciesOptions) {
    this.#options = options;
  }

  /** Never throws. What was kept holds whatever the DNS says meanwhile (§5.1). */
  async find(domain: string): Promise<StsAnswer> {
    const { dns, clock } = this.#options;
    const record = await dns.query(`_mta-sts.${domain}`, "TXT");
    const texts = record.kind === "found"
      ? record.records.flatMap((one) => one.type === "TXT" ? [one.text] : [])
      : [];
    const id = parseStsRecord(texts);
    const kept = this.#cache.find(domain, clock.now());
    if (id === undefined || id === kept?.id) return { policy: kept?.policy };
    const failure = this.#cache.findFailure(domain, id, clock.now());
    if (failure !== undefined) return { policy: kept?.policy, note: failure };
    const fetched = await this.#fetchOnce(domain, id);
    return fetched.policy === undefined ? { ...fetched, policy: kept?.policy } : fetched;
  }

  #fetchOnce(domain: string, id: string): Promise<StsAnswer> {
    const open = this.#fetches.get(domain);
    if (open !== undefined) return open;
    const fetching = this.#fetch(domain, id).finally(() => this.#fetches.delete(domain));
    this.#fetches.set(domain, fetching);
    return fetching;
  }

  async #fetch(domain: string, id: string): Promise<StsAnswer> {
    const { fetchText, clock } = this.#options;
    let found;
    try {
      found = parseStsPolicy(await fetchText(`https://mta-sts.${domain}/.well-known/mta-sts.txt`));
    } catch (thrown) {
      found = thrown instanceof Error ? thrown.message : String(thrown);
    }
    const nowMs = clock.now();
    if (typeof found !== "string") {
      this.#cache.keep(domain, id, { policy: found, nowMs });
      return { policy: found };
    }
    const text = `cannot have the MTA-STS policy of ${domain}: ${found}`;
    this.#cache.keepFailure(domain, id, { text, nowMs });
    return { note: text };
  }
}
