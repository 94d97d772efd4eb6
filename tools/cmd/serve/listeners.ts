/** Which worker serves which listeners, by the settings. */

import type { ListenerOptions } from "../../kit/net/server.ts";

import type { Settings } from "../../config/schema.ts";

import type { RightsFacts, WorkerName } from "./permissions.ts";

export type NetworkWorker = Exclude<WorkerName, "store" | "dns" | "smtp-out">;

interface ListenerRow {
  readonly name: string;
  readonly setting: keyof Settings & `listen_${string}`;
  readonly mode: "plain" | "tls";
}

const rows: Readonly<Record<NetworkWorker, readonly ListenerRow[]>> = {
  "smtp-in": [
    { name: "smtp", setting: "listen_smtp", mode: "plain" },
    { name: "submission", setting: "listen_submission", mode: "plain" },
    { name: "submissions", setting: "listen_submissions", mode: "tls" },
    { name: "lmtp", setting: "listen_lmtp", mode: "plain" },
    { name: "filtered", setting: "listen_filtered", mode: "plain" },
  ],
  pop3: [
    { name: "pop3", setting: "listen_pop3", mode: "plain" },
    { name: "pop3s", setting: "listen_pop3s", mode: "tls" },
  ],
  imap: [
    { name: "imap", setting: "listen_imap", mode: "plain" },
    { name: "imaps", setting: "listen_imaps", mode: "tls" },
  ],
};

/** What of the settings a running server cannot change: its sockets and its workers' rights. */
export const startSettings: readonly (keyof Settings)[] = [
  ...Object.values(rows).flatMap((list) => list.map(({ setting }) => setting)),
  "smtp_workers",
  "pop3_workers",
  "imap_workers",
  "queue_directory",
  "control_socket",
  "mail_location",
  "mail_home",
  "passwd_file",
];

export function workerCount(worker: NetworkWorker, settings: Settings): number {
  return {
    "smtp-in": settings.smtp_workers,
    pop3: settings.pop3_workers,
    imap: settings.imap_workers,
  }[worker];
}

export function listenersOf(worker: NetworkWorker, settings: Settings): Omit<ListenerOptions, "farewell">[] {
  const reusePort = workerCount(worker, settings) > 1;
  return rows[worker].flatMap(({ name, setting, mode }) =>
    settings[setting].map(({ address, port }) => ({ name, hostname: address, port, mode, reusePort }))
  );
}

/** `host:port` as permissions name it. */
export function listenRights(worker: NetworkWorker, settings: Settings): RightsFacts["listen"] {
  return listenersOf(worker, settings).map(({ hostname, port }) =>
    `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`
  );
}
