/**
 * The client of recursive name servers (RFC 1035 §7): asks one after the other until one gives an answer, follows
 * aliases, keeps answers while they hold, and asks only once what is being asked already.
 *
 * An answer is believed when it comes from the server and port that were asked, with the random id and the same question
 * (RFC 5452 §9); each datagram leaves from a port of its own.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import {
  type DnsQuestion,
  type Interpretation,
  interpretMessage,
  invalidName,
  malformed,
  tryAgain,
} from "./answer.ts";
import { DnsCache } from "./cache.ts";
import { decodeMessage, type DnsMessage, encodeQuery, rcode } from "./message.ts";
import { decodeName, encodeName } from "./name.ts";
import type { Dns, DnsAnswer, RecordType } from "./record.ts";
import type { DnsServer, DnsSettings } from "./resolv_conf.ts";

export interface ExchangeOptions {
  readonly protocol: "udp" | "tcp";
  readonly limitMs: number;
  /** Is it the answer? Datagrams that are not are passed over; over TCP that ends it. */
  readonly isAnswer: (bytes: Uint8Array) => boolean;
}

/** Sends a query to a server and brings the answer; `undefined` when none comes in time. @throws when it cannot be sent */
export type DnsExchange = (
  server: DnsServer,
  query: Uint8Array,
  options: ExchangeOptions,
) => Promise<Uint8Array | undefined>;

export interface DnsClientOptions {
  readonly settings: DnsSettings;
  readonly exchange: DnsExchange;
  readonly clock: Clock;
  readonly random: Random;
}

/** RFC 1034 §3.6.2 wants chains to be short. */
const maxOnward = 8;

type Told = Interpretation & { readonly octets: number };

/** Why a server gave no answer. */
type NoAnswer = "silent" | "malformed" | "unwilling";

export class DnsClient implements Dns {
  readonly #options: DnsClientOptions;
  readonly #cache: DnsCache;
  readonly #asking = new Map<string, Promise<DnsAnswer>>();
  #turn = 0;

  constructor(options: DnsClientOptions) {
    this.#options = options;
    this.#cache = new DnsCache(options.clock);
  }

  query(name: string, type: RecordType): Promise<DnsAnswer> {
    const encoded = encodeName(name);
    if (encoded === undefined) return Promise.resolve(invalidName({ name, type }));
    const question = { name: decodeName(encoded, 0)!.name, type };
    const key = `${type} ${question.name}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return Promise.resolve(known);
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#resolve(question).then(({ answer, ...how }) => {
        this.#cache.put(key, answer, how);
        return answer;
      }).catch(() => tryAgain(question)).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return asking;
  }

  async #resolve(question: DnsQuestion): Promise<Told> {
    let { name } = question;
    let keepSeconds = Number.MAX_SAFE_INTEGER;
    let authenticated = true;
    for (let hop = 0; hop <= maxOnward; hop++) {
      const told = await this.#askServers({ name, type: question.type });
      if (typeof told === "string") {
        const answer = told === "malformed" ? malformed(question) : tryAgain(question);
        return { answer, keepSeconds: 0, octets: 0 };
      }
      const meaning = interpretMessage({ name, type: question.type }, told.message);
      authenticated &&= told.message.authenticated;
      if ("target" in meaning) {
        name = meaning.target;
        keepSeconds = Math.min(keepSeconds, meaning.ttlSeconds);
        continue;
      }
      keepSeconds = Math.min(keepSeconds, meaning.keepSeconds);
      const { answer } = meaning;
      return {
        answer: answer.kind === "found" ? { ...answer, ttlSeconds: keepSeconds, authenticated } : answer,
        keepSeconds,
        octets: told.octets,
      };
    }
    return { answer: malformed(question), keepSeconds: 0, octets: 0 };
  }

  async #askServers(question: DnsQuestion): Promise<Reply | NoAnswer> {
    const { servers, attempts, rotate } = this.#options.settings;
    const first = rotate ? this.#turn++ % servers.length : 0;
    const order = [...servers.slice(first), ...servers.slice(0, first)];
    let why: NoAnswer = "silent";
    for (let attempt = 0; attempt < attempts; attempt++) {
      for (const server of order) {
        const reply = await this.#askServer(server, question);
        if (typeof reply !== "string") return reply;
        if (reply !== "silent") why = reply;
      }
    }
    return why;
  }

  async #askServer(server: DnsServer, question: DnsQuestion): Promise<Reply | NoAnswer> {
    let reply = await this.#exchange(server, question, { protocol: "udp", edns: true });
    // A server from before RFC 6891 (§7).
    const knowsNoEdns = typeof reply !== "string" &&
      (reply.message.rcode === rcode.formErr || reply.message.rcode === rcode.notImp);
    if (knowsNoEdns) reply = await this.#exchange(server, question, { protocol: "udp", edns: false });
    if (typeof reply !== "string" && reply.message.isTruncated) {
      reply = await this.#exchange(server, question, { protocol: "tcp", edns: !knowsNoEdns });
    }
    if (typeof reply === "string") return reply;
    const { message } = reply;
    if (message.isTruncated) return "malformed";
    return message.rcode === rcode.noError || message.rcode === rcode.nxDomain ? reply : "unwilling";
  }

  async #exchange(
    server: DnsServer,
    question: DnsQuestion,
    { protocol, edns }: { readonly protocol: "udp" | "tcp"; readonly edns: boolean },
  ): Promise<Reply | NoAnswer> {
    const { random, exchange, settings } = this.#options;
    const id = random.below(0x10000);
    const query = encodeQuery(question.name, question.type, { id, edns })!;
    let bytes: Uint8Array | undefined;
    try {
      bytes = await exchange(server, query, {
        protocol,
        limitMs: settings.timeoutMs,
        isAnswer: (candidate) => answers(candidate, id, question),
      });
    } catch {
      // Nobody listens there, or no way leads there.
      return "silent";
    }
    if (bytes === undefined) return "silent";
    const message = decodeMessage(bytes);
    return message === undefined ? "malformed" : { message, octets: bytes.length };
  }
}

interface Reply {
  readonly message: DnsMessage;
  readonly octets: number;
}

/**
 * Id and question are ours; what follows may still be malformed. A server that could not read the question may leave it
 * out (RFC 1035 §4.1.1: format error).
 */
function answers(bytes: Uint8Array, id: number, question: DnsQuestion): boolean {
  if (bytes.length < 12 || (bytes[0]! << 8 | bytes[1]!) !== id || (bytes[2]! & 0x80) === 0) return false;
  const questions = bytes[4]! << 8 | bytes[5]!;
  if (questions === 0) return (bytes[3]! & 0x0f) === rcode.formErr;
  const sent = encodeQuery(question.name, question.type, { id, edns: false })!.subarray(12);
  const got = decodeName(bytes, 12);
  if (questions !== 1 || got === undefined || got.name !== question.name) return false;
  const tail = bytes.subarray(got.end, got.end + 4);
  return tail.length === 4 && tail.every((octet, index) => octet === sent[sent.length - 4 + index]);
}
