/**
 * Which delivery is begun next, so that neither a slow or dead site nor a bulk sender delays anybody else.
 *
 * Choice is made in two steps. Each destination offers as many of its waiting deliveries as its window has room for
 * (`destination.ts`); each transport begins offered ones while it has room for more at the same time. Both choose by turns
 * (`fair_queue.ts`). So a slow site holds no more of a transport's places than its window, what waits for it stands in
 * nobody's way, and among those that could begin at once a sender of one message comes after one delivery of each other
 * sender at most. A site that is found dead gives back all that waits for it, untried.
 *
 * What can begin at once begins at once, in the same turn of the event loop: an idle server adds no wait.
 */

import type { CancelTimer, Clock } from "../../tools/kit/base/clock.ts";

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import { Destination } from "./destination.ts";
import type { Claim } from "./fair_queue.ts";
import { FairQueue } from "./fair_queue.ts";
import type { TransportLimits } from "./schedule.ts";

/** A delivery that wants to be begun. */
export interface Errand {
  /** Name of the transport. */
  readonly transport: string;
  /** Next hop, or a recipient where each is a destination of its own. */
  readonly destination: string;
  readonly claim: Claim;
  /** Does it. Gives why the destination as a whole could not be used, if so. Never throws. */
  run(): Promise<DeliveryOutcome | undefined>;
}

/** What became of an errand: it was run; not, since the destination is dead; not, since the server stops. */
export type Dispatched =
  | { readonly kind: "run" }
  | { readonly kind: "suspended"; readonly reason: DeliveryOutcome }
  | { readonly kind: "stopped" };

interface Order {
  readonly errand: Errand;
  readonly settle: (dispatched: Dispatched) => void;
  /** Given back before it was begun. */
  isVoid: boolean;
}

/** A destination and what waits for it. */
interface Site {
  readonly destination: Destination;
  readonly waiting: FairQueue<Order>;
  /** Chosen, and waiting for a place of the transport. */
  readonly offered: Set<Order>;
  cancelTimer?: CancelTimer | undefined;
}

interface Line {
  readonly transport: string;
  readonly sites: Map<string, Site>;
  readonly offered: FairQueue<{ readonly order: Order; readonly site: Site }>;
  busy: number;
  /** Not before this time the next delivery (transport rate delay). */
  nextMs: number;
  cancelTimer?: CancelTimer | undefined;
}

/** Destinations of a transport that are remembered without mail for them: dead ones, and those whose window has moved. */
const maxIdleSites = 2000;

export class Dispatcher {
  readonly #clock: Clock;
  readonly #limitsOf: (transport: string) => TransportLimits;
  readonly #lines = new Map<string, Line>();
  #stopped = false;

  constructor(clock: Clock, limitsOf: (transport: string) => TransportLimits) {
    this.#clock = clock;
    this.#limitsOf = limitsOf;
  }

  /** Runs an errand when its turn has come. */
  dispatch(errand: Errand): Promise<Dispatched> {
    const line = this.#line(errand.transport);
    const limits = this.#limitsOf(errand.transport);
    const site = this.#site(line, errand.destination, limits);
    const reason = site.destination.deadReason(this.#clock.monotonic());
    if (reason !== undefined) return Promise.resolve({ kind: "suspended", reason });
    return new Promise((settle) => {
      const order = { errand, settle, isVoid: false };
      if (this.#isIdle(line, site, limits)) {
        site.destination.begin();
        this.#run(line, { order, site });
        return;
      }
      site.waiting.push(order, errand.claim);
      this.#offer(line, site, limits);
      this.#begin(line, limits);
      // Of what comes when the server stops, only what needs not wait is done.
      if (this.#stopped) this.#giveBack(site, { kind: "stopped" });
    });
  }

  /** Dead destinations may be tried again at once (postqueue -f): all, or those of a name. */
  revive(destination?: string): void {
    for (const { sites } of this.#lines.values()) {
      if (destination !== undefined) sites.get(destination)?.destination.revive();
      else for (const site of sites.values()) site.destination.revive();
    }
  }

  /** What waits is given back, now and from now on. */
  stop(): void {
    this.#stopped = true;
    for (const line of this.#lines.values()) {
      line.cancelTimer?.();
      for (const site of line.sites.values()) {
        site.cancelTimer?.();
        this.#giveBack(site, { kind: "stopped" });
      }
    }
  }

  /** Nobody waits, and there is room: no turns need be taken. */
  #isIdle(line: Line, site: Site, limits: TransportLimits): boolean {
    return line.offered.size === 0 && site.waiting.size === 0 && line.busy < limits.deliveriesAtOnce &&
      limits.transportRateDelayMs === 0 && site.destination.hasRoom(limits, this.#clock.monotonic());
  }

  #line(transport: string): Line {
    let line = this.#lines.get(transport);
    if (line === undefined) {
      line = { transport, sites: new Map(), offered: new FairQueue(), busy: 0, nextMs: 0 };
      this.#lines.set(transport, line);
    }
    return line;
  }

  #site(line: Line, name: string, limits: TransportLimits): Site {
    let site = line.sites.get(name);
    if (site === undefined) {
      site = { destination: new Destination(name, limits), waiting: new FairQueue(), offered: new Set() };
      line.sites.set(name, site);
    }
    return site;
  }

  #offer(line: Line, site: Site, limits: TransportLimits): void {
    const { destination, waiting, offered } = site;
    const nowMs = this.#clock.monotonic();
    while (waiting.size > 0 && destination.hasRoom(limits, nowMs)) {
      const order = waiting.shift()!;
      destination.begin();
      offered.add(order);
      line.offered.push({ order, site }, order.errand.claim);
    }
    const waitMs = destination.waitMs(nowMs);
    if (waiting.size === 0 || waitMs === 0 || this.#stopped || site.cancelTimer !== undefined) return;
    site.cancelTimer = this.#clock.after(waitMs, () => {
      site.cancelTimer = undefined;
      this.#offer(line, site, this.#limitsOf(line.transport));
      this.#begin(line, this.#limitsOf(line.transport));
    });
  }

  #begin(line: Line, limits: TransportLimits): void {
    const isPaced = limits.transportRateDelayMs > 0;
    while (line.busy < (isPaced ? 1 : limits.deliveriesAtOnce)) {
      const waitMs = isPaced ? line.nextMs - this.#clock.monotonic() : 0;
      if (waitMs > 0) return this.#beginLater(line, waitMs);
      const next = line.offered.shift();
      if (next === undefined) return;
      if (!next.order.isVoid) this.#run(line, next);
    }
  }

  #beginLater(line: Line, waitMs: number): void {
    if (line.offered.size === 0 || this.#stopped) return;
    line.cancelTimer ??= this.#clock.after(waitMs, () => {
      line.cancelTimer = undefined;
      this.#begin(line, this.#limitsOf(line.transport));
    });
  }

  async #run(line: Line, { order, site }: { readonly order: Order; readonly site: Site }): Promise<void> {
    line.busy++;
    site.offered.delete(order);
    const trouble = await order.errand.run();
    line.busy--;
    const { destination } = site;
    const limits = this.#limitsOf(line.transport);
    const nowMs = this.#clock.monotonic();
    line.nextMs = nowMs + limits.transportRateDelayMs;
    if (trouble === undefined) destination.succeeded(limits, nowMs);
    else if (destination.failed(trouble, limits, nowMs)) {
      this.#giveBack(site, { kind: "suspended", reason: trouble });
    }
    order.settle({ kind: "run" });
    this.#offer(line, site, limits);
    this.#begin(line, limits);
    this.#tidy(line, site, limits);
  }

  #giveBack({ waiting, offered, destination }: Site, dispatched: Dispatched): void {
    for (const order of offered) {
      order.isVoid = true;
      destination.withdraw();
      order.settle(dispatched);
    }
    offered.clear();
    for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) order.settle(dispatched);
  }

  /** Forgets what is as new; of the others, keeps the latest. */
  #tidy({ sites }: Line, site: Site, limits: TransportLimits): void {
    const { destination, waiting } = site;
    if (waiting.size > 0 || destination.busy > 0) return;
    sites.delete(destination.name);
    if (destination.isAsNew(limits, this.#clock.monotonic())) return;
    sites.set(destination.name, site);
    if (sites.size <= maxIdleSites) return;
    for (const [name, other] of sites) {
      if (other.waiting.size > 0 || other.destination.busy > 0) continue;
      sites.delete(name);
      return;
    }
  }
}
