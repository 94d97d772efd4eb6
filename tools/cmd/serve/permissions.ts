/**
 * The rights of each worker (least privilege is enforced by the runtime). What a part is not given here, and all that
 * `WorkerHost` never gives (environment, programs, libraries), it cannot do, whatever a peer sends it: such a call throws
 * NotCapable. `tests/worker_rights_test.ts` asks each worker to do what it may not.
 */

import type { WorkerRights } from "../../kit/rpc/worker_host.ts";

export type WorkerName = "smtp-in" | "pop3" | "imap" | "store" | "dns" | "smtp-out";

/** What a worker's rights depend on. */
export interface RightsFacts {
  /** `host:port` of the listeners that it serves. */
  readonly listen: readonly string[];
  /** Directories of the mailboxes. */
  readonly mailDirectories: readonly string[];
  /** `address:port` of the name servers. */
  readonly dnsServers?: readonly string[];
}

/** A network worker listens, and reaches its own inner TLS listener on loopback; nothing else. */
function networkRights({ listen }: RightsFacts): WorkerRights {
  return { net: [...listen, "127.0.0.1"] };
}

/** The mail store reads and writes mail directories; it has no network. */
function storeRights({ mailDirectories }: RightsFacts): WorkerRights {
  return { read: [...mailDirectories], write: [...mailDirectories] };
}

/** The resolver reaches its name servers, and has ports of its own that their answers come to. */
function dnsRights({ dnsServers = [] }: RightsFacts): WorkerRights {
  return { net: [...dnsServers, "0.0.0.0:0", "[::]:0"] };
}

/** Mail goes to any host. */
function outgoingRights(): WorkerRights {
  return { net: true };
}

export const workerRights: Readonly<Record<WorkerName, (facts: RightsFacts) => WorkerRights>> = {
  "smtp-in": networkRights,
  pop3: networkRights,
  imap: networkRights,
  store: storeRights,
  dns: dnsRights,
  "smtp-out": outgoingRights,
};
