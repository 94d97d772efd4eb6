/** The entry of an smtp-in worker: connects to the keeper and waits to be started. */

import { realClock } from "../../tools/kit/base/clock.ts";
import { type Connected, connectRpc } from "../../tools/kit/rpc/rpc.ts";
import { workerPort } from "../../tools/kit/rpc/worker_port.ts";

import type { ReceptionApi, SmtpWorkerApi } from "./api.ts";
import { SmtpWorker } from "./smtp_worker.ts";

const worker = new SmtpWorker(() => keeper, realClock);
const keeper: Connected<ReceptionApi> = connectRpc<ReceptionApi, SmtpWorkerApi>(
  workerPort(),
  worker.handlers,
  (problem, method) => worker.complain(problem, method),
);
