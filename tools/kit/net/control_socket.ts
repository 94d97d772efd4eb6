/**
 * The control socket: commands of the same machine talk to the running server over a unix socket.
 *
 * One request a connection: a line of JSON `{"method": M, "params": P}`; answers are lines of JSON, any number of
 * `{"item": V}` and then `{"done": V}` or `{"failure": "text"}`. The socket is made with mode 0600: who may open it
 * (the server's own user and root) may do all it offers.
 */

import { concatBytes, utf8Bytes, utf8Text } from "../base/bytes.ts";
import { realClock, sleep } from "../base/clock.ts";
import { failureText } from "../base/failure.ts";

import { writeAll } from "./connection.ts";

/** A method: yields items, returns the final value. */
export type ControlHandler = (
  params: unknown,
) => AsyncGenerator<unknown, unknown> | Promise<unknown> | unknown;

export interface ControlServer {
  close(): void;
}

/** Longest request line, octets; commands send ids and names, never mail. */
const maxRequestOctets = 1 << 20;

const backOffMs = 100;

/** The server that a path belongs to is not running: nobody listens there. */
export class NotRunning extends Error {
  override readonly name = "NotRunning";
}

/**
 * Listens at `path`, replacing a socket that a dead server left.
 *
 * @throws Error when a living server already listens there.
 */
export async function serveControl(
  path: string,
  handlers: Readonly<Record<string, ControlHandler>>,
): Promise<ControlServer> {
  if (await isAlive(path)) throw new Error(`another mailsrv is already running (control socket ${path})`);
  await Deno.remove(path).catch(() => {});
  const listener = listenPrivately(path);
  let closed = false;
  const accept = async () => {
    while (!closed) {
      try {
        answer(await listener.accept(), handlers).catch(() => {});
      } catch {
        // Too many open files: the connection waits in the backlog.
        if (!closed) await sleep(realClock, backOffMs);
      }
    }
  };
  accept();
  return {
    close: () => {
      if (closed) return;
      closed = true;
      listener.close();
      Deno.remove(path).catch(() => {});
    },
  };
}

/** The socket has its mode from the first moment: a chmod afterwards would leave a gap for others to slip in. */
function listenPrivately(path: string): Deno.UnixListener {
  const umask = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(umask);
  }
}

async function isAlive(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

async function answer(
  connection: Deno.Conn,
  handlers: Readonly<Record<string, ControlHandler>>,
): Promise<void> {
  const send = (value: unknown) => writeAll(connection, utf8Bytes(`${JSON.stringify(value)}\n`));
  try {
    const line = await readLines(connection, maxRequestOctets).next();
    if (line.done === true) return;
    try {
      await perform(line.value, handlers, send);
    } catch (thrown) {
      await send({ failure: failureText(thrown) });
    }
  } finally {
    connection.close();
  }
}

async function perform(
  request: string,
  handlers: Readonly<Record<string, ControlHandler>>,
  send: (value: unknown) => Promise<void>,
): Promise<void> {
  const { method, params } = JSON.parse(request) as { method: string; params: unknown };
  const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
  if (handler === undefined) throw new Error(`unknown request "${method}"`);
  const result = handler(params);
  if (!isGenerator(result)) return await send({ done: (await result) ?? null });
  try {
    let step = await result.next();
    for (; step.done !== true; step = await result.next()) await send({ item: step.value });
    await send({ done: step.value ?? null });
  } finally {
    // The command may have gone away in the middle.
    await result.return(undefined);
  }
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown, unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/**
 * Calls `method` of the server at `path`: yields its items, returns its final value.
 *
 * @throws NotRunning when nobody listens there; Error with the server's words when it refuses.
 */
export async function* callControl(
  path: string,
  method: string,
  params: unknown = null,
): AsyncGenerator<unknown, unknown> {
  let connection: Deno.Conn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch (thrown) {
    if (thrown instanceof Deno.errors.PermissionDenied) throw thrown;
    throw new NotRunning(`no mailsrv is running (control socket ${path})`, { cause: thrown });
  }
  try {
    await writeAll(connection, utf8Bytes(`${JSON.stringify({ method, params })}\n`));
    for await (const line of readLines(connection, Number.MAX_SAFE_INTEGER)) {
      const message = JSON.parse(line) as { item?: unknown; done?: unknown; failure?: string };
      if (message.failure !== undefined) throw new Error(message.failure);
      if ("done" in message) return message.done;
      yield message.item;
    }
    throw new Error("the server went away before it had answered");
  } finally {
    connection.close();
  }
}

async function* readLines(connection: Deno.Conn, maxOctets: number): AsyncGenerator<string, undefined> {
  const buffer = new Uint8Array(65536);
  let pending: Uint8Array[] = [];
  let octets = 0;
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    let rest: Uint8Array = buffer.slice(0, count);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield utf8Text(concatBytes([...pending, rest.subarray(0, end)]));
      pending = [];
      octets = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) pending.push(rest);
    octets += rest.length;
    if (octets > maxOctets) throw new Error("request too long");
  }
}
