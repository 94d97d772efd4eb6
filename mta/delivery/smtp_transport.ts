/**
 * Mail to other hosts by SMTP and LMTP (smtp(8), lmtp(8)): finds out where a job goes, and has it sent by the part that
 * speaks with the network.
 *
 * DIAGNOSTICS: what hosts say, in their words; `connect to HOST[IP]:PORT: ...` 4.4.1, `lost connection with ...` 4.4.2, what
 * the DNS says of the destination (`next_hop.ts`); 4.3.0 when the part that sends has died on the way.
 */

import { type Bytes, concatBytes } from "../../tools/kit/base/bytes.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { countCrlfOctets } from "../../tools/kit/wire/dot_stuffing.ts";

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import { inlineOctets, type OutgoingResult, type OutgoingSettings } from "../outgoing/api.ts";
import type { Outgoing } from "../outgoing/outgoing_worker.ts";
import type { ClientMessage } from "../smtp/client/message.ts";
import type { DeliveryJob, DeliveryReport, Transport } from "./delivery.ts";
import type { HopHost, NextHop, NextHopRequest } from "./next_hop.ts";
import { needsUtf8 } from "./needs_utf8.ts";
import { socketHost } from "./socket_hop.ts";
import { forgoesTls } from "./tls_required.ts";

export interface SmtpTransportOptions {
  readonly name: string;
  readonly protocol: "smtp" | "lmtp";
  /** Asked each time: a reload may change them. */
  readonly settings: () => OutgoingSettings;
  readonly hops: { find(request: NextHopRequest): Promise<NextHop> };
  readonly outgoing: Outgoing;
  readonly hostname: string;
  readonly log: Log;
}

export class SmtpTransport implements Transport {
  readonly name: string;
  readonly program: string;
  readonly #options: SmtpTransportOptions;

  constructor(options: SmtpTransportOptions) {
    this.name = options.name;
    this.program = options.protocol;
    this.#options = options;
  }

  async deliver(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    const results = await this.#results(job);
    job.recipients.forEach((index, place) => {
      const result = results[place];
      if (result === undefined) return;
      const { outcome, isOfSite, relay, connectionUses, connectMs, transmitMs } = result;
      const { address } = job.message.envelope.recipients[index]!;
      const uses = connectionUses > 1 ? { connectionUses } : {};
      done(index, {
        outcome,
        isOfSite,
        steps: [{ address, relay, outcome, connectMs, transmitMs, ...uses }],
      });
    });
  }

  /** As far as the answer to RCPT. */
  verify(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    return this.deliver(job, done);
  }

  async #results(job: DeliveryJob): Promise<readonly OutgoingResult[]> {
    const content = job.message.octets <= inlineOctets ? await readWhole(job.content()) : undefined;
    const hop = await this.#find(job, () => content === undefined ? job.content() : [content]);
    for (const note of hop.notes) this.#options.log.write("warning", `${job.message.id}: ${note}`);
    if (hop.kind === "failed") return sameForAll(job, outcomeOf(hop.status, hop.text));
    try {
      return await this.#send(job, hop.hosts, content);
    } catch (thrown) {
      return sameForAll(job, outcomeOf("4.3.0", `delivery failed: ${failureText(thrown)}`));
    }
  }

  async #find(
    { message, nexthop }: DeliveryJob,
    content: () => AsyncIterable<Bytes> | Iterable<Bytes>,
  ): Promise<NextHop> {
    const { hostname, hops, protocol } = this.#options;
    const socket = protocol === "lmtp" ? socketHost(nexthop, hostname) : undefined;
    if (socket !== undefined) return { kind: "hosts", hosts: [socket], notes: [] };
    const { sender, requireTls } = message.envelope;
    return await hops.find({
      nexthop: nexthop.replace(/^inet:/, ""),
      sender,
      // Asking for TLS counts more than doing without (RFC 8689 §3).
      requireTls: requireTls === true ? "yes" : await forgoesTls(content()) ? "no" : undefined,
    });
  }

  async #send(
    job: DeliveryJob,
    hosts: readonly HopHost[],
    content: Bytes | undefined,
  ): Promise<readonly OutgoingResult[]> {
    const { name, protocol, settings, outgoing } = this.#options;
    const { message, nexthop } = job;
    return await outgoing.deliver({
      id: message.id,
      transport: name,
      protocol,
      nexthop,
      key: JSON.stringify([name, nexthop, ...connectionKinds(hosts)]),
      message: await this.#message(job, content),
      hosts,
      settings: settings(),
      content,
    }, () => job.content());
  }

  async #message(job: DeliveryJob, content: Bytes | undefined): Promise<Omit<ClientMessage, "content">> {
    const { message: { envelope, octets }, recipients } = job;
    const chosen = recipients.map((index) => envelope.recipients[index]!);
    return {
      sender: envelope.sender,
      recipients: chosen.map(({ address, original, notify, dsnOriginal }) => ({
        address,
        notify,
        originalRecipient: dsnOriginal ?? (original === "" ? undefined : `rfc822;${original}`),
      })),
      // Of a large one the line ends are not counted: too little is better than a refusal without need.
      octets: content === undefined ? octets : countCrlfOctets(content),
      body: envelope.body,
      needsUtf8: await needsUtf8(envelope, chosen, () => content === undefined ? job.content() : [content]),
      requiresTls: envelope.requireTls === true,
      isProbe: envelope.trace === "verify",
      ret: envelope.ret,
      envelopeId: envelope.envelopeId,
    };
  }
}

/** A connection is for mail of the same protection and login only, in whatever order its hosts come. */
function connectionKinds(hosts: readonly HopHost[]): readonly string[] {
  const kinds = hosts.map(({ tls: { level, match, needsRequireTls }, login }) =>
    JSON.stringify([level, match, needsRequireTls, login?.user ?? ""])
  );
  return [...new Set(kinds)].toSorted();
}

async function readWhole(content: AsyncIterable<Bytes>): Promise<Bytes> {
  const pieces: Bytes[] = [];
  for await (const piece of content) pieces.push(piece);
  return pieces.length === 1 ? pieces[0]! : concatBytes(pieces);
}

function outcomeOf(status: string, text: string): DeliveryOutcome {
  return { kind: status.startsWith("5") ? "failed" : "deferred", status, text };
}

function sameForAll(job: DeliveryJob, outcome: DeliveryOutcome): readonly OutgoingResult[] {
  const result = { outcome, relay: "none", connectionUses: 1, connectMs: 0, transmitMs: 0 };
  return job.recipients.map(() => result);
}
