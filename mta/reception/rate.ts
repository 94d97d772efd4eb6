/**
 * How much a client may do, as anvil(8) counts it: connections at one time, and connections, messages, recipients, TLS
 * handshakes and logins in a time unit. A limit of 0 is none.
 *
 * A client is a network (`smtpd_client_ipv4_prefix_length`, `smtpd_client_ipv6_prefix_length`) at one service. All its
 * counts begin anew when the time unit since its first event is over. What is kept is bounded: beyond `maxClients`
 * those that were heard of longest ago and hold no connection are forgotten.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { formatIp, parseIp } from "../../tools/kit/mail/ip.ts";

import { plainIp } from "../policy/client_name.ts";
import { type Reply, reply } from "../smtp/reply.ts";

/** `smtpd_client_..._limit`, in Postfix's order; `anvil_rate_time_unit`. */
export interface RateLimits {
  readonly connectionCount: number;
  readonly connectionRate: number;
  readonly messageRate: number;
  readonly recipientRate: number;
  readonly newTlsSessionRate: number;
  readonly authRate: number;
  readonly timeUnitMs: number;
  readonly ipv4PrefixLength: number;
  readonly ipv6PrefixLength: number;
}

export const defaultRateLimits: RateLimits = {
  connectionCount: 50,
  connectionRate: 0,
  messageRate: 0,
  recipientRate: 0,
  newTlsSessionRate: 0,
  authRate: 0,
  timeUnitMs: 60_000,
  ipv4PrefixLength: 32,
  ipv6PrefixLength: 84,
};

export type RateEvent = "connect" | "message" | "recipient" | "starttls" | "tlsConnect" | "auth";

export interface RateClient {
  /** Name of the listener: each service counts for itself. */
  readonly service: string;
  readonly address: string;
  /** Verified, else `unknown`; for texts. */
  readonly name: string;
}

export interface RateRefusal {
  readonly reply: Reply;
  /** The connection ends with the reply. */
  readonly closes: boolean;
  /** For the log of smtpd, a warning. */
  readonly warning: string;
}

interface Counts {
  startMs: number;
  connections: number;
  readonly rates: Record<RateKind, number>;
}

type RateKind = "connectionRate" | "messageRate" | "recipientRate" | "newTlsSessionRate" | "authRate";

const kindOf: Readonly<Record<RateEvent, RateKind>> = {
  connect: "connectionRate",
  message: "messageRate",
  recipient: "recipientRate",
  starttls: "newTlsSessionRate",
  tlsConnect: "newTlsSessionRate",
  auth: "authRate",
};

/** In smtpd's words. */
const whatExceeded: Readonly<Record<RateKind, string>> = {
  connectionRate: "Connection rate",
  messageRate: "Message delivery request rate",
  recipientRate: "Recipient address rate",
  newTlsSessionRate: "New TLS session rate",
  authRate: "AUTH command rate",
};

const defaultMaxClients = 100_000;

export interface ClientRatesOptions {
  readonly clock: Clock;
  readonly limits: RateLimits;
  readonly hostname: string;
  readonly maxClients?: number;
}

export class ClientRates {
  readonly #clients = new Map<string, Counts>();
  readonly #clock: Clock;
  readonly #maxClients: number;
  #limits: RateLimits;
  #hostname: string;

  constructor({ clock, limits, hostname, maxClients }: ClientRatesOptions) {
    this.#clock = clock;
    this.#limits = limits;
    this.#hostname = hostname;
    this.#maxClients = maxClients ?? defaultMaxClients;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Other limits from now on; what was counted stays. */
  reconfigure({ limits, hostname }: Pick<ClientRatesOptions, "limits" | "hostname">): void {
    this.#limits = limits;
    this.#hostname = hostname;
  }

  /**
   * A connection begins; each must be told to `disconnect` at its end, a refused one too. Clients of
   * `smtpd_client_event_limit_exceptions` are not to be counted at all.
   */
  connect(client: RateClient): RateRefusal | undefined {
    const counts = this.#count(client, "connect");
    counts.connections++;
    const { connectionCount } = this.#limits;
    if (connectionCount > 0 && counts.connections > connectionCount) {
      return this.#refuse("connect", client, `Connection concurrency limit exceeded: ${counts.connections}`);
    }
    return this.#check(client, "connect", counts);
  }

  /** `key`: of the client when it connected. */
  disconnect(key: string): void {
    const counts = this.#clients.get(key);
    if (counts === undefined) return;
    counts.connections = Math.max(0, counts.connections - 1);
    if (counts.connections === 0 && this.#isOver(counts)) this.#clients.delete(key);
  }

  /** Something else begins: MAIL, RCPT, STARTTLS (or TLS from the start, `tlsConnect`), AUTH. */
  note(client: RateClient, event: Exclude<RateEvent, "connect">): RateRefusal | undefined {
    return this.#check(client, event, this.#count(client, event));
  }

  #check(client: RateClient, event: RateEvent, counts: Counts): RateRefusal | undefined {
    const kind = kindOf[event];
    const rate = counts.rates[kind];
    if (this.#limits[kind] <= 0 || rate <= this.#limits[kind]) return undefined;
    return this.#refuse(event, client, `${whatExceeded[kind]} limit exceeded: ${rate}`);
  }

  #refuse(event: RateEvent, client: RateClient, what: string): RateRefusal {
    const { service, address, name } = client;
    const place = `${name}[${address}]`;
    const [code, status, text] = refusal(event, { hostname: this.#hostname, address, place });
    return {
      reply: reply(code, status, text),
      closes: code === 421,
      warning: `${what} from ${place} for service ${service}`,
    };
  }

  #count({ service, address }: RateClient, event: RateEvent): Counts {
    const key = this.keyOf({ service, address });
    let counts = this.#clients.get(key);
    // The order of the map is that of the last event.
    this.#clients.delete(key);
    if (counts === undefined || this.#isOver(counts)) {
      counts = {
        startMs: this.#clock.monotonic(),
        connections: counts?.connections ?? 0,
        rates: { connectionRate: 0, messageRate: 0, recipientRate: 0, newTlsSessionRate: 0, authRate: 0 },
      };
    }
    this.#clients.set(key, counts);
    this.#forget();
    counts.rates[kindOf[event]]++;
    return counts;
  }

  #isOver({ startMs }: Counts): boolean {
    return this.#clock.monotonic() - startMs > this.#limits.timeUnitMs;
  }

  /** Looks at a few of the oldest: those whose time is over go; when there are too many, so do others. */
  #forget(): void {
    let looked = 0;
    for (const [key, counts] of this.#clients) {
      if (++looked > 4) return;
      const isFull = this.#clients.size > this.#maxClients;
      if (counts.connections === 0 && !isFull && !this.#isOver(counts)) continue;
      this.#clients.delete(key);
      // Who is connected goes to the end, so that a few who stay do not keep all others here.
      if (counts.connections > 0) this.#clients.set(key, counts);
    }
  }

  /** By what a client is counted now. */
  keyOf({ service, address }: Pick<RateClient, "service" | "address">): string {
    const { ipv4PrefixLength, ipv6PrefixLength } = this.#limits;
    return `${service} ${clientNetwork(address, { ipv4PrefixLength, ipv6PrefixLength })}`;
  }
}

/** The address with all bits behind the prefix zero; text that is no address stays as it is. */
export function clientNetwork(
  address: string,
  lengths: { readonly ipv4PrefixLength: number; readonly ipv6PrefixLength: number },
): string {
  const plain = plainIp(address);
  const octets = plain === undefined ? undefined : parseIp(plain);
  if (octets === undefined) return address;
  const bits = octets.length === 4 ? lengths.ipv4PrefixLength : lengths.ipv6PrefixLength;
  return formatIp(octets.map((octet, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return octet & (0xff << (8 - kept));
  }));
}

function refusal(
  event: RateEvent,
  { hostname, address, place }: {
    readonly hostname: string;
    readonly address: string;
    readonly place: string;
  },
): readonly [code: number, status: string, text: string] {
  switch (event) {
    case "connect":
      return [421, "4.7.0", `${hostname} Error: too many connections from ${address}`];
    case "message":
      return [450, "4.7.1", `Error: too much mail from ${address}`];
    case "recipient":
      return [450, "4.7.1", `Error: too many recipients from ${address}`];
    case "starttls":
      return [454, "4.7.0", `Error: too many new TLS sessions from ${place}`];
    case "tlsConnect":
      return [421, "4.7.0", `${hostname} Error: too many new TLS sessions from ${place}`];
    case "auth":
      return [450, "4.7.1", `Error: too many AUTH commands from ${address}`];
    default:
      return event satisfies never;
  }
}
