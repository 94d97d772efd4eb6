/**
 * The dns worker: speaks with name servers, so that what they send is read by a part that can do nothing else. It has the
 * right to those servers and to the ports that its datagrams leave from.
 */

import { realClock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { connectRpc } from "../../tools/kit/rpc/rpc.ts";
import { workerPort } from "../../tools/kit/rpc/worker_port.ts";

import type { DnsWorkerApi } from "./api.ts";
import { DnsResolver } from "./resolver.ts";

let resolver: DnsResolver | undefined;

connectRpc<Record<never, never>, DnsWorkerApi>(workerPort(), {
  configure: (settings) => {
    resolver = new DnsResolver(settings, { clock: realClock, random: realRandom });
    return null;
  },
  query: ({ name, type }) => {
    if (resolver === undefined) throw new TempFailure("4.3.0", "the resolver is starting");
    return resolver.query(name, type);
  },
});
