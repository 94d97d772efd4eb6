/** What `mailsrv status` tells of a running server. */

import type { BoundListener } from "../../kit/net/server.ts";

export interface WorkerReport {
  readonly name: string;
  readonly state: "running" | "restarting";
  readonly restarts: number;
  /** Open now; absent for a worker without a network. */
  readonly connections?: number | undefined;
  /** Taken since the worker's start. */
  readonly accepted?: number | undefined;
}

export interface ServerReport {
  readonly version: string;
  readonly pid: number;
  readonly startedMs: number;
  readonly settingsFile: string;
  readonly settingsReadMs: number;
  readonly listeners: readonly BoundListener[];
  readonly workers: readonly WorkerReport[];
  readonly queue: Readonly<Record<string, number>>;
}

export function formatServerReport(report: ServerReport): string {
  const lines = [
    `mailsrv ${report.version} is running, pid ${report.pid}, since ${
      new Date(report.startedMs).toISOString()
    }`,
    `settings: ${report.settingsFile}, read ${new Date(report.settingsReadMs).toISOString()}`,
  ];
  for (const { name, hostname, port } of report.listeners) {
    lines.push(`listener ${name.padEnd(12)} ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`);
  }
  for (const worker of report.workers) {
    const traffic = worker.connections === undefined
      ? ""
      : `, ${worker.connections} connections now, ${worker.accepted} since its start`;
    const restarts = worker.restarts === 0 ? "" : `, restarted ${worker.restarts} times`;
    lines.push(`worker   ${worker.name.padEnd(12)} ${worker.state}${traffic}${restarts}`);
  }
  const queues = Object.entries(report.queue).map(([name, count]) => `${count} ${name}`);
  lines.push(`queue    ${queues.length === 0 ? "empty" : queues.join(", ")}`);
  return `${lines.join("\n")}\n`;
}
