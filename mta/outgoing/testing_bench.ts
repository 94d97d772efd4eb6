/** A desk for tests, its log, and a way to hand it messages. */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { createLog } from "../../tools/kit/base/log.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { dial } from "../../tools/kit/net/dial.ts";

import type { HopHost } from "../delivery/next_hop.ts";
import { defaultRelayLoginSettings } from "../relay_login/settings.ts";
import { defaultClientSettings } from "../smtp/client/settings.ts";
import type { TlsLevel, TlsPolicy } from "../tls_policy/policy.ts";
import type { OutgoingJob, OutgoingResult, OutgoingSettings } from "./api.ts";
import { OutgoingDesk } from "./outgoing_desk.ts";

export const settings: OutgoingSettings = {
  client: { ...defaultClientSettings, heloName: "me.test" },
  connectMs: 5000,
  dataTransferMs: 5000,
  lineOctets: 998,
  sessionLimit: 2,
  keepsConnections: true,
  idleMs: 2000,
  reuseMs: 300_000,
  reuseCount: 0,
  tlsWrapped: false,
  caPem: undefined,
  tlsLogLevel: 1,
  login: { ...defaultRelayLoginSettings, isEnabled: true, securityOptions: ["noanonymous"] },
  socketDirectory: "/nowhere",
};

export function host(
  port: number,
  level: Exclude<TlsLevel, "dane-only"> = "none",
  more: Partial<HopHost> = {},
): HopHost {
  const tls: TlsPolicy = {
    level,
    reason: { source: "test", notes: [] },
    match: ["sink.test"],
    fingerprints: [],
    digest: "sha256",
    tlsa: [],
    serverName: "sink.test",
    protocols: ">=TLSv1.2",
    ciphers: "medium",
    excludeCiphers: "",
    needsRequireTls: false,
    isTesting: false,
  };
  return {
    name: "sink.test",
    address: "127.0.0.1",
    port,
    preference: 0,
    destination: "sink.test",
    isFallback: false,
    tls,
    ...more,
  };
}

export class Bench {
  readonly log: string[] = [];
  readonly desk: OutgoingDesk;
  #job = 0;
  #content = new Map<number, readonly Uint8Array[]>();
  #readings = new Map<number, number>();

  constructor() {
    this.desk = new OutgoingDesk({
      clock: realClock,
      random: realRandom,
      log: createLog(({ text }) => this.log.push(text), { now: () => 0, part: "smtp" }),
      dial,
      read: {
        read: ({ job, reading }) => {
          const at = this.#readings.get(reading) ?? 0;
          this.#readings.set(reading, at + 1);
          return Promise.resolve(this.#content.get(job)![at] ?? new Uint8Array(0));
        },
        endReading: () => {},
      },
    });
  }

  async send(
    hosts: readonly HopHost[],
    text: string | readonly Uint8Array[] = "Subject: x\n\n.body\n",
    more: Partial<OutgoingJob["message"]> & { readonly to?: readonly string[] } & {
      readonly settings?: Partial<OutgoingSettings>;
      readonly protocol?: "smtp" | "lmtp";
    } = {},
  ): Promise<readonly string[]> {
    const { to = ["b@b.test"], settings: changed, protocol = "smtp", ...message } = more;
    const job = ++this.#job;
    if (typeof text !== "string") this.#content.set(job, text);
    const results = await this.desk.deliver({
      job,
      id: `ID${job}`,
      transport: "smtp",
      protocol,
      nexthop: "sink.test",
      key: "key",
      message: {
        sender: "a@a.test",
        recipients: to.map((address) => ({ address })),
        octets: 100,
        body: "7BIT",
        needsUtf8: false,
        requiresTls: false,
        ...message,
      },
      hosts,
      settings: { ...settings, ...changed },
      content: typeof text === "string" ? utf8Bytes(text) : undefined,
    });
    return results.map(show);
  }
}

function show({ outcome, relay, connectionUses }: OutgoingResult): string {
  const place = relay.replace(/:\d+$/, "");
  return `${outcome.kind} ${outcome.status} ${place} ${connectionUses} ${outcome.text}`.replace(
    /:\d{4,5}:/,
    ":PORT:",
  );
}
