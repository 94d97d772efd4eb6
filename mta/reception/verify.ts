/**
 * Address verification (Postfix ADDRESS_VERIFICATION_README, verify(8)): is there somebody at that address? Answered from
 * what earlier probes have found; a probe is sent when nothing is known or when it is time to look again. Who asks waits a
 * little for the outcome of a first probe.
 *
 * | known | answer | probe |
 * |---|---|---|
 * | nothing, or expired | waits; then the outcome, or `pending` | yes, unless one is under way |
 * | something that is to be refreshed | what is known | yes, unless one is under way |
 * | something fresh | what is known | no |
 *
 * What was deliverable stays so when a probe finds otherwise, until it expires: the far side may have a bad day.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { splitAddress } from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { VerifyAnswer } from "../policy/question.ts";
import type { VerifiedStatus, VerifyCache, VerifyEntry } from "./verify_cache.ts";

/** `address_verify_...` */
export interface VerifySettings {
  readonly positiveExpireMs: number;
  readonly positiveRefreshMs: number;
  readonly negativeExpireMs: number;
  readonly negativeRefreshMs: number;
  readonly negativeCache: boolean;
  readonly pollCount: number;
  readonly pollDelayMs: number;
  readonly pendingRequestLimit: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const defaultVerifySettings: VerifySettings = {
  positiveExpireMs: 31 * dayMs,
  positiveRefreshMs: 7 * dayMs,
  negativeExpireMs: 3 * dayMs,
  negativeRefreshMs: 3 * hourMs,
  negativeCache: true,
  pollCount: 3,
  pollDelayMs: 3000,
  pendingRequestLimit: 5000,
};

/** No two probes of an address in so much time, unless the first has ended and told nothing that is kept. */
const probeTtlMs = 1_000_000;

export interface VerifierOptions {
  readonly settings: VerifySettings;
  readonly cache: VerifyCache;
  /** Sends an empty message as far as the answer to RCPT, or lets the transport say what it would do. */
  readonly probe: (address: string) => Promise<DeliveryOutcome>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Probing {
  readonly startMs: number;
  /** Resolves with what became of it; never rejects. */
  readonly outcome: Promise<VerifyEntry>;
}

export class Verifier {
  readonly #options: VerifierOptions;
  readonly #probing = new Map<string, Probing>();
  #settings: VerifySettings;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  reconfigure(settings: VerifySettings): void {
    this.#settings = settings;
  }

  /** Never throws. */
  async verify(address: string): Promise<VerifyAnswer> {
    const key = keyOf(address);
    const known = this.#known(key);
    if (known !== undefined) {
      if (this.#isStale(known)) this.#probe(key);
      return { status: known.status, text: known.text };
    }
    const probing = this.#probe(key);
    if (probing === undefined) {
      return { status: "unavailable", text: "Too many address verification requests are pending" };
    }
    const { pollCount, pollDelayMs } = this.#settings;
    // Postfix asks at once, and then after each delay.
    const waitMs = Math.max(0, pollCount - 1) * pollDelayMs;
    const entry = await within(this.#options.clock, waitMs, probing.outcome);
    if (entry === undefined) return { status: "pending", text: "Address verification in progress" };
    return { status: entry.status, text: entry.text };
  }

  /** What the cache has, if it has not expired. */
  #known(key: string): VerifyEntry | undefined {
    const { cache, clock } = this.#options;
    const entry = cache.get(key);
    if (entry === undefined) return undefined;
    const { positiveExpireMs, negativeExpireMs } = this.#settings;
    const expireMs = entry.status === "deliverable" ? positiveExpireMs : negativeExpireMs;
    if (entry.updatedMs + expireMs >= clock.now()) return entry;
    cache.delete(key);
    return undefined;
  }

  /** Time to look again, and the last look was not just now. */
  #isStale({ status, updatedMs, probedMs }: VerifyEntry): boolean {
    const { positiveRefreshMs, negativeRefreshMs } = this.#settings;
    const refreshMs = status === "deliverable" ? positiveRefreshMs : negativeRefreshMs;
    const nowMs = this.#options.clock.now();
    return updatedMs + refreshMs < nowMs && probedMs + probeTtlMs < nowMs;
  }

  /** The probe under way, or a new one; `undefined` when there are too many. */
  #probe(key: string): Probing | undefined {
    const { clock } = this.#options;
    const current = this.#probing.get(key);
    if (current !== undefined && clock.monotonic() - current.startMs <= probeTtlMs) return current;
    if (current === undefined && this.#probing.size >= this.#settings.pendingRequestLimit) return undefined;
    const probing: Probing = { startMs: clock.monotonic(), outcome: this.#send(key) };
    this.#probing.set(key, probing);
    probing.outcome.then(() => {
      if (this.#probing.get(key) === probing) this.#probing.delete(key);
    });
    return probing;
  }

  async #send(key: string): Promise<VerifyEntry> {
    const { clock, probe, log, cache } = this.#options;
    const probedMs = clock.now();
    let outcome: DeliveryOutcome;
    try {
      outcome = await probe(key);
    } catch (thrown) {
      log.write("warning", `address verification of <${key}> failed: ${failureText(thrown)}`);
      outcome = { kind: "deferred", status: "4.3.0", text: "address verification failed" };
    }
    const entry: VerifyEntry = {
      status: statusOf[outcome.kind],
      probedMs,
      updatedMs: clock.now(),
      text: outcome.text,
    };
    const known = this.#known(key);
    if (entry.status !== "deliverable" && known?.status === "deliverable") {
      cache.put(key, { ...known, probedMs });
    } else if (entry.status === "deliverable" || this.#settings.negativeCache) cache.put(key, entry);
    return entry;
  }
}

const statusOf: Readonly<Record<DeliveryOutcome["kind"], VerifiedStatus>> = {
  delivered: "deliverable",
  deferred: "deferred",
  failed: "undeliverable",
};

/** The domain without regard to case. */
function keyOf(address: string): string {
  const { localPart, domain } = splitAddress(address);
  return domain === "" ? localPart : `${localPart}@${normalizeDomain(domain)}`;
}

/** What comes of `work` in so much time. */
async function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T | undefined> {
  if (limitMs <= 0) return undefined;
  let cancel = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(limitMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
