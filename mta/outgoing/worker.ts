/**
 * The entry of the smtp-out worker: it connects to other hosts and can do nothing else, so that what they say is read where
 * there is nothing to be had.
 */

import { realClock } from "../../tools/kit/base/clock.ts";
import { createLog } from "../../tools/kit/base/log.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { dial } from "../../tools/kit/net/dial.ts";
import { fetchHttpsText } from "../../tools/kit/net/https_text.ts";
import { type Connected, connectRpc } from "../../tools/kit/rpc/rpc.ts";
import { workerPort } from "../../tools/kit/rpc/worker_port.ts";

import type { ContentApi, OutgoingApi } from "./api.ts";
import { OutgoingDesk } from "./outgoing_desk.ts";

const desk = new OutgoingDesk({
  clock: realClock,
  random: realRandom,
  log: createLog((record) => keeper.tell("log", [record]), { now: () => realClock.now(), part: "smtp" }),
  dial,
  read: {
    read: (request) => keeper.call("read", request),
    endReading: (request) => keeper.tell("endReading", request),
  },
});

const keeper: Connected<ContentApi> = connectRpc<ContentApi, OutgoingApi>(workerPort(), {
  deliver: (job) => desk.deliver(job),
  status: () => desk.status(),
  fetchText: async ({ url, limitMs, maxOctets }) => {
    try {
      return { kind: "text", text: await fetchHttpsText(url, { clock: realClock, limitMs, maxOctets }) };
    } catch (thrown) {
      return { kind: "failed", why: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  },
});
