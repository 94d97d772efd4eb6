/**
 * Tables of other programs: `socketmap:inet:HOST:PORT:NAME`, `socketmap:unix:PATH:NAME` (socketmap_table(5)) and
 * `tcp:HOST:PORT` (tcp_table(5)). Asked once, with the full key.
 */

import { latin1Text, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { ConfigError } from "../../tools/kit/base/failure.ts";

import type { ConnectTable, ReadAnswer, TableAddress } from "./remote_client.ts";
import { BadAnswer, RemoteClient, remoteFailure } from "./remote_client.ts";
import type { Table } from "./table.ts";

export interface RemoteTableOptions {
  readonly connect: ConnectTable;
  readonly clock: Clock;
}

/** Most of an answer, as in Postfix: socketmap_max_reply_size, and a line of tcp_table(5). */
const maxNetstringOctets = 100_000;
const maxLineOctets = 4096;

/** @throws ConfigError */
export function socketmapTable(name: string, text: string, options: RemoteTableOptions): Table {
  const match = /^(?:inet:(.+)|unix:([^:]+)):([^:]+)$/.exec(text);
  if (match === null) {
    throw new ConfigError(
      `bad syntax: "${name}"; need socketmap:inet:host:port:name or socketmap:unix:path:name`,
    );
  }
  const [, endpoint, path, map = ""] = match;
  const address = path !== undefined ? { transport: "unix" as const, path } : tcpAddress(name, endpoint!);
  const client = new RemoteClient({
    ...options,
    name,
    address,
    readAnswer: readNetstring,
    maxOctets: maxNetstringOctets + 20,
  });
  return {
    name,
    fixed: false,
    lookup: async (key) => {
      const body = utf8Bytes(`${map} ${key}`);
      const answer = await client.ask(utf8Bytes(`${body.length}:${map} ${key},`));
      const [, word, data = ""] = /^(\S+) ?([^]*)$/.exec(answer) ?? [];
      if (word === "OK") return { value: data };
      if (word === "NOTFOUND") return undefined;
      throw remoteFailure(`${name}: ${answer.slice(0, 200)}`);
    },
    close: () => client.close(),
  };
}

/** `LENGTH:TEXT,` */
const readNetstring: ReadAnswer<string> = (bytes) => {
  const head = latin1Text(bytes.subarray(0, 10));
  const colon = head.indexOf(":");
  if (colon < 0 ? /\D/.test(head) || head.length >= 10 : !/^\d{1,9}$/.test(head.slice(0, colon))) {
    throw new BadAnswer("the server's answer is no netstring");
  }
  if (colon < 0) return undefined;
  const length = Number(head.slice(0, colon));
  if (length > maxNetstringOctets) throw new BadAnswer("the server's answer is too long");
  const end = colon + 1 + length;
  if (bytes.length <= end) return undefined;
  if (bytes[end] !== 0x2c) throw new BadAnswer("the server's answer is no netstring");
  return { answer: utf8Text(bytes.subarray(colon + 1, end)), octets: end + 1 };
};

/** @throws ConfigError */
export function tcpTable(name: string, text: string, options: RemoteTableOptions): Table {
  const address = tcpAddress(name, text);
  const client = new RemoteClient({
    ...options,
    name,
    address,
    readAnswer: readLine,
    maxOctets: maxLineOctets,
  });
  return {
    name,
    fixed: false,
    lookup: async (key) => {
      const answer = await client.ask(utf8Bytes(`get ${percentEncode(key)}\n`));
      const [, code, data = ""] = /^(\d{3}) (.*)$/s.exec(answer) ?? [];
      const value = code === undefined ? undefined : percentDecode(data);
      if (code === "200" && value !== undefined) return { value };
      if (code === "500") return undefined;
      throw remoteFailure(code === "400" ? `${name}: ${value ?? data}` : `${name}: bad answer "${answer}"`);
    },
    close: () => client.close(),
  };
}

const readLine: ReadAnswer<string> = (bytes) => {
  const end = bytes.indexOf(0x0a);
  return end < 0 ? undefined : { answer: utf8Text(bytes.subarray(0, end)), octets: end + 1 };
};

/** All but printable ASCII without blanks and `%`, octet by octet. */
export function percentEncode(text: string): string {
  return Array.from(
    utf8Bytes(text),
    (octet) =>
      octet > 0x20 && octet < 0x7f && octet !== 0x25
        ? String.fromCharCode(octet)
        : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

/** `undefined` where a `%` is not followed by two hexadecimal digits. */
export function percentDecode(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const octets: number[] = [];
  for (const [part, hex] of text.matchAll(/%(..)|[^%]+/g)) {
    if (hex === undefined) octets.push(...utf8Bytes(part));
    else octets.push(parseInt(hex, 16));
  }
  return utf8Text(Uint8Array.from(octets));
}

/** `HOST:PORT`, `[ADDRESS]:PORT`. */
function tcpAddress(name: string, text: string): TableAddress {
  const [, bracketed, host, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const number = Number(port);
  if (!(number >= 1 && number <= 65535)) {
    throw new ConfigError(`bad syntax: "${name}"; need host:port, not "${text}"`);
  }
  return { transport: "tcp", host: bracketed ?? host!, port: number };
}
