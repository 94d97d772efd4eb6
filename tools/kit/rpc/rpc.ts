/**
 * Typed requests and answers over worker messages or message ports.
 *
 * An API is a record of methods, each from one cloneable parameter to one cloneable result. Both ends may serve and
 * call over one port. A thrown TempFailure or PermFailure arrives as itself; any other error arrives as a
 * TempFailure 4.3.0 whose cause is its text, so that no internal detail reaches a peer by accident.
 */

import { failureText, PermFailure, TempFailure } from "../base/failure.ts";

// deno-lint-ignore no-explicit-any
export type Api = Record<string, (params: any) => unknown>;

/** What an implementation of `A` looks like: each method may answer at once or later. */
export type Handlers<A extends Api> = {
  readonly [Method in keyof A]: (
    params: Parameters<A[Method]>[0],
  ) => ReturnType<A[Method]> | Promise<ReturnType<A[Method]>>;
};

/** The calling side of `A`. Objects in `transfer` are moved, not copied. */
export interface Caller<A extends Api> {
  call<Method extends keyof A & string>(
    method: Method,
    params: Parameters<A[Method]>[0],
    transfer?: Transferable[],
  ): Promise<ReturnType<A[Method]>>;
  /** Sends without waiting for, or getting, an answer. */
  tell<Method extends keyof A & string>(
    method: Method,
    params: Parameters<A[Method]>[0],
    transfer?: Transferable[],
  ): void;
}

/** The common part of Worker, MessagePort and a worker's own global scope. */
export interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

type Message =
  | { readonly rpc: "call"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly rpc: "tell"; readonly method: string; readonly params: unknown }
  | { readonly rpc: "value"; readonly id: number; readonly value: unknown }
  | {
    readonly rpc: "failure";
    readonly id: number;
    readonly temporary: boolean;
    readonly status: string;
    readonly text: string;
    readonly detail?: string | undefined;
  };

/** Octets in an answer that should be moved rather than copied: return `moved(value, [buffer])`. */
export class Moved<T> {
  constructor(readonly value: T, readonly transfer: Transferable[]) {}
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (reason: Error) => void;
}

/** Serves `handlers` on `port` and gives the caller for what the other end serves. */
export function connectRpc<Theirs extends Api, Ours extends Api = Record<never, never>>(
  port: Port,
  handlers: Handlers<Ours>,
  onProblem: (problem: unknown, method: string) => void = (problem) => {
    throw problem;
  },
): Caller<Theirs> & { close(reason: string): void } {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let closedBecause: string | undefined;

  const answer = (message: Message, transfer: Transferable[] = []) => port.postMessage(message, transfer);

  const run = async (method: string, params: unknown): Promise<unknown> => {
    const handler = Object.hasOwn(handlers, method) ? handlers[method as keyof Handlers<Ours>] : undefined;
    if (handler === undefined) throw new TempFailure("4.3.0", `no such request: ${method}`);
    return await handler(params as never);
  };

  const handleCall = async (id: number, method: string, params: unknown) => {
    try {
      const result = await run(method, params);
      if (result instanceof Moved) answer({ rpc: "value", id, value: result.value }, result.transfer);
      else answer({ rpc: "value", id, value: result });
    } catch (thrown) {
      const known = thrown instanceof TempFailure || thrown instanceof PermFailure;
      answer({
        rpc: "failure",
        id,
        temporary: !(thrown instanceof PermFailure),
        status: known ? thrown.status : "4.3.0",
        text: known ? thrown.text : "Internal error",
        detail: failureText(thrown),
      });
    }
  };

  port.onmessage = (event: MessageEvent) => {
    const message = event.data as Message;
    switch (message.rpc) {
      case "call":
        handleCall(message.id, message.method, message.params);
        return;
      case "tell":
        run(message.method, message.params).catch((problem) => onProblem(problem, message.method));
        return;
      case "value":
        waiting.get(message.id)?.resolve(message.value as never);
        waiting.delete(message.id);
        return;
      case "failure": {
        const { status, text, detail } = message;
        const options = detail === undefined ? {} : { cause: new Error(detail) };
        const failure = message.temporary
          ? new TempFailure(status, text, options)
          : new PermFailure(status, text, options);
        waiting.get(message.id)?.reject(failure);
        waiting.delete(message.id);
        return;
      }
    }
  };

  return {
    call: (method, params, transfer = []) =>
      new Promise((resolve, reject) => {
        if (closedBecause !== undefined) return reject(new TempFailure("4.3.0", closedBecause));
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        port.postMessage({ rpc: "call", id, method, params } satisfies Message, transfer);
      }),
    tell: (method, params, transfer = []) => {
      if (closedBecause === undefined) {
        port.postMessage({ rpc: "tell", method, params } satisfies Message, transfer);
      }
    },
    close: (reason) => {
      closedBecause = reason;
      for (const { reject } of waiting.values()) reject(new TempFailure("4.3.0", reason));
      waiting.clear();
    },
  };
}
