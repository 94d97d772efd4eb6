/**
 * The system's log: datagrams to /dev/log, as syslog(3) sends them. Whoever listens there (rsyslog, journald) is not waited
 * for; when nobody takes what is sent, lines are dropped and counted, or given back as undeliverable.
 */

import { utf8Bytes } from "./bytes.ts";

export interface SyslogSocket {
  send(packet: string): void;
  close(): void;
}

/** Lines on their way; more are dropped: a log must not fill the memory. */
const maxPending = 10_000;

/** `onLost` is told of what could not be sent, and why. @throws when there can be no socket */
export function openSyslogSocket(
  path: string,
  onLost: (packet: string, thrown: unknown) => void,
): SyslogSocket {
  const socket = Deno.listenDatagram({ transport: "unixpacket", path: "" });
  const to = { transport: "unixpacket", path } as const;
  let pending = 0;
  let dropped = 0;
  return {
    send: (packet) => {
      if (pending >= maxPending) return void dropped++;
      pending++;
      socket.send(utf8Bytes(packet), to)
        .catch((thrown) => onLost(packet, thrown))
        .finally(() => {
          pending--;
          if (dropped === 0 || pending > 0) return;
          onLost(`${dropped} lines were dropped`, new Error("nobody reads the log"));
          dropped = 0;
        });
    },
    close: () => socket.close(),
  };
}

/** Of syslog(3), by the names that postconf(5) syslog_facility takes. */
export const syslogFacilities: Readonly<Record<string, number>> = {
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  news: 7,
  uucp: 8,
  cron: 9,
  authpriv: 10,
  ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`local${index}`, 16 + index])),
};
