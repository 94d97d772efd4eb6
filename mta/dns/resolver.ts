/** The sockets below `DnsClient`: a datagram from a port of its own, or a stream (RFC 7766) when that is too small. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { concatBytes } from "../../tools/kit/base/bytes.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import { DnsClient, type DnsExchange, type ExchangeOptions } from "./client.ts";
import type { DnsServer, DnsSettings } from "./resolv_conf.ts";

/** Asks name servers from here: needs the right to the network of `dnsRights`. */
export class DnsResolver extends DnsClient {
  constructor(settings: DnsSettings, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    const exchange: DnsExchange = (server, query, options) =>
      options.protocol === "udp"
        ? exchangeDatagrams(server, query, { ...options, clock })
        : exchangeOverStream(server, query, { ...options, clock });
    super({ settings, exchange, clock, random });
  }
}

/** More than was offered in the query (RFC 6891 §6.2.3). */
const maxDatagramOctets = 4096;

type TimedOptions = ExchangeOptions & { readonly clock: Clock };

async function exchangeDatagrams(
  server: DnsServer,
  query: Uint8Array,
  { clock, limitMs, isAnswer }: TimedOptions,
): Promise<Uint8Array | undefined> {
  const hostname = server.address.includes(":") ? "::" : "0.0.0.0";
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  let isLate = false;
  const cancel = clock.after(limitMs, () => {
    isLate = true;
    socket.close();
  });
  try {
    await socket.send(query, { transport: "udp", hostname: server.address, port: server.port });
    const buffer = new Uint8Array(maxDatagramOctets);
    for (;;) {
      const [bytes, from] = await socket.receive(buffer);
      if (isFrom(from, server) && isAnswer(bytes)) return bytes.slice();
    }
  } catch (thrown) {
    if (isLate) return undefined;
    throw thrown;
  } finally {
    cancel();
    if (!isLate) socket.close();
  }
}

function isFrom(from: Deno.Addr, { address, port }: DnsServer): boolean {
  if (from.transport !== "udp" || from.port !== port) return false;
  return from.hostname.replace(/%.*$/, "") === address.replace(/%.*$/, "");
}

async function exchangeOverStream(
  { address, port }: DnsServer,
  query: Uint8Array,
  { clock, limitMs, isAnswer }: TimedOptions,
): Promise<Uint8Array | undefined> {
  let stream: Deno.Conn | undefined;
  let isLate = false;
  let giveUp = () => {};
  const late = new Promise<undefined>((resolve) => giveUp = () => resolve(undefined));
  const cancel = clock.after(limitMs, () => {
    isLate = true;
    if (stream !== undefined) closeQuietly(stream);
    giveUp();
  });
  const work = async (): Promise<Uint8Array | undefined> => {
    stream = await Deno.connect({ hostname: address, port });
    if (isLate) {
      closeQuietly(stream);
      return undefined;
    }
    const framed = concatBytes([Uint8Array.of(query.length >> 8, query.length & 0xff), query]);
    for (let written = 0; written < framed.length;) written += await stream.write(framed.subarray(written));
    const head = await readExactly(stream, 2);
    const bytes = await readExactly(stream, head[0]! << 8 | head[1]!);
    if (!isAnswer(bytes)) throw new Error("the name server sent an answer to another question");
    return bytes;
  };
  try {
    return await Promise.race([work(), late]);
  } catch (thrown) {
    if (isLate) return undefined;
    throw thrown;
  } finally {
    cancel();
    if (stream !== undefined) closeQuietly(stream);
  }
}

async function readExactly(stream: Deno.Conn, octets: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(octets);
  for (let filled = 0; filled < octets;) {
    const read = await stream.read(bytes.subarray(filled));
    if (read === null) throw new Error("the name server closed the connection");
    filled += read;
  }
  return bytes;
}

/** Closing twice is no error. */
function closeQuietly(closable: { close(): void }): void {
  try {
    closable.close();
  } catch {
    // Closed already.
  }
}
