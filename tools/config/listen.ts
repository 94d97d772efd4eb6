/** Listeners: lists of `address:port`, `[v6]:port`, `*:port` or `port`. */

import { parseIp } from "../kit/mail/ip.ts";

import type { Parameter, Place, RawValue, Read, Row } from "./parameter.ts";
import { parameter } from "./parameter.ts";
import { splitList } from "./list.ts";

export interface ListenAddress {
  /** An IP address; `0.0.0.0` or `::` for all. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
}

const form = `list such as ["127.0.0.1:2525", "[::1]:2525"] or "2525"`;

/** Addresses that a service is offered on; a port alone is opened on those of inet_interfaces. */
export function listen(
  row: Row<string | readonly string[]>,
): Parameter<readonly ListenAddress[]> {
  return parameter(row, { kind: "listen", form, read: readListen });
}

function readListen(raw: RawValue, place: Place): Read<readonly ListenAddress[]> {
  const words = (typeof raw === "object" ? raw : [raw]).flatMap((word) =>
    splitList(String(word)) ?? [String(word)]
  );
  const addresses: ListenAddress[] = [];
  for (const word of words) {
    const match = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(word);
    const port = Number(match?.[3]);
    if (match === null || port > 65535) {
      return { problem: `expected address:port such as 127.0.0.1:2525 or [::1]:2525, not "${word}"` };
    }
    const address = match[1] ?? match[2] ?? "";
    if (address === "" || address === "*") {
      addresses.push(...place.addresses.map((own) => Object.freeze({ address: own, port })));
    } else if (address === "localhost") {
      addresses.push(Object.freeze({ address: "127.0.0.1", port }));
    } else if (parseIp(address) === undefined) {
      return { problem: `"${address}" in "${word}" is not an IP address` };
    } else {
      addresses.push(Object.freeze({ address, port }));
    }
  }
  return { value: Object.freeze(addresses) };
}

/** `address:port`, as it may be written in the settings. */
export function formatListen({ address, port }: ListenAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
