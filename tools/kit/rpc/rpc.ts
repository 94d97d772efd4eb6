/**
 * Typed requests and answers over worker messages or message ports.
 *
 * An API is a record of methods, each from one cloneable parameter to one cloneable result. Both ends may serve and
 * call over one port. A thrown TempFailure or PermFailure arrives as itself; any other error arrives as a
 * TempFailure 4.3.0 whose cause is its text, so that no internal detail reaches a peer by accident.
 *
 * The other end is not trusted: a message that is none of ours, an unknown method or an answer nobody waits for
 * is a problem to be told (`onProblem`), never an error that ends this end.
 */

import { failureText, PermFailure, TempFailure } from "../base/failure.ts";

// deno-lint-ignore no-explicit-any
export type Api = Record<string, (params: any) => unknown>;

type Answer<T> = T | Moved<T>;

/** What an implementation of `A` looks like: each method may answer at once or later. */
export type Handlers<A extends Api> = {
  readonly [Method in keyof A]: (
    params: Parameters<A[Method]>[0],
  ) => Answer<ReturnType<A[Method]>> | Promise<Answer<ReturnType<A[Method]>>>;
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
  /** What came could not be read (nested too deep for the reader's stack, say). Deno hears no more on such a port. */
  onmessageerror?: ((event: MessageEvent) => void) | null;
}

type Message =
  | { readonly rpc: "call"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly rpc: "tell"; readonly method: string; readonly params: unknown }
  | { readonly rpc: "value"; readonly id: number; readonly value: unknown }
  /** Answered by `value` whatever is served: is the other end alive? */
  | { readonly rpc: "ping"; readonly id: number }
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

/** The calling side, with what only the owner of the connection does. */
export interface Connected<A extends Api> extends Caller<A> {
  /** Resolves when the other end's loop has come round. */
  ping(): Promise<void>;
  /** Rejects all calls, those that wait and those to come, with TempFailure 4.3.0 and `reason`. */
  close(reason: string): void;
}

/** Serves `handlers` on `port` and gives the caller for what the other end serves. */
export function connectRpc<Theirs extends Api, Ours extends Api = Record<never, never>>(
  port: Port,
  handlers: Handlers<Ours>,
  onProblem: (problem: unknown, method: string) => void = (problem, method) => {
    console.error(`request "${method}" failed: ${failureText(problem)}`);
  },
): Connected<Theirs> {
  return new RpcConnection<Theirs, Ours>(port, handlers, onProblem);
}

class RpcConnection<Theirs extends Api, Ours extends Api> implements Connected<Theirs> {
  readonly #port: Port;
  readonly #handlers: Handlers<Ours>;
  readonly #onProblem: (problem: unknown, method: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #closedBecause: string | undefined;

  constructor(
    port: Port,
    handlers: Handlers<Ours>,
    onProblem: (problem: unknown, method: string) => void,
  ) {
    this.#port = port;
    this.#handlers = handlers;
    this.#onProblem = onProblem;
    port.onmessage = (event: MessageEvent) => {
      // What an ended connection still says is of no interest.
      if (this.#closedBecause !== undefined) return;
      try {
        this.#handle(event.data as Message);
      } catch (problem) {
        onProblem(problem, "(message)");
      }
    };
    port.onmessageerror = () => {
      onProblem(new Error("a message that cannot be read: this connection is over"), "(message)");
      this.close("the other end cannot be understood");
    };
  }

  call<Method extends keyof Theirs & string>(
    method: Method,
    params: Parameters<Theirs[Method]>[0],
    transfer?: Transferable[],
  ): Promise<ReturnType<Theirs[Method]>> {
    return this.#send((id) => ({ rpc: "call", id, method, params }), transfer);
  }

  ping(): Promise<void> {
    return this.#send((id) => ({ rpc: "ping", id }));
  }

  tell<Method extends keyof Theirs & string>(
    method: Method,
    params: Parameters<Theirs[Method]>[0],
    transfer: Transferable[] = [],
  ): void {
    if (this.#closedBecause === undefined) this.#post({ rpc: "tell", method, params }, transfer);
  }

  close(reason: string): void {
    this.#closedBecause ??= reason;
    for (const { reject } of this.#waiting.values()) reject(new TempFailure("4.3.0", reason));
    this.#waiting.clear();
  }

  #post(message: Message, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  #send(make: (id: number) => Message, transfer?: Transferable[]): Promise<never> {
    return new Promise((resolve, reject) => {
      if (this.#closedBecause !== undefined) return reject(new TempFailure("4.3.0", this.#closedBecause));
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      try {
        this.#post(make(id), transfer);
      } catch (thrown) {
        // Something in it cannot be cloned: the caller's mistake, told to the caller.
        this.#waiting.delete(id);
        reject(thrown);
      }
    });
  }

  #handle(message: Message): void {
    switch (message.rpc) {
      case "call":
        this.#answerCall(message.id, String(message.method), message.params);
        return;
      case "tell":
        this.#run(String(message.method), message.params)
          .catch((problem) => this.#onProblem(problem, String(message.method)));
        return;
      case "ping":
        this.#post({ rpc: "value", id: message.id, value: null });
        return;
      case "value":
        this.#settle(message.id, ({ resolve }) => resolve(message.value as never));
        return;
      case "failure":
        this.#settle(message.id, ({ reject }) => reject(failureOf(message)));
        return;
      default:
        throw new Error("a message that is no request and no answer");
    }
  }

  async #run(method: string, params: unknown): Promise<unknown> {
    const handlers = this.#handlers;
    const handler = Object.hasOwn(handlers, method) ? handlers[method as keyof Handlers<Ours>] : undefined;
    if (handler === undefined) throw new TempFailure("4.3.0", `no such request: ${method}`);
    return await handler(params as never);
  }

  async #answerCall(id: number, method: string, params: unknown): Promise<void> {
    try {
      const result = await this.#run(method, params);
      if (result instanceof Moved) this.#post({ rpc: "value", id, value: result.value }, result.transfer);
      else this.#post({ rpc: "value", id, value: result });
    } catch (thrown) {
      const known = thrown instanceof TempFailure || thrown instanceof PermFailure;
      this.#post({
        rpc: "failure",
        id,
        temporary: !(thrown instanceof PermFailure),
        status: known ? thrown.status : "4.3.0",
        text: known ? thrown.text : "Internal error",
        detail: failureText(thrown),
      });
    }
  }

  #settle(id: number, how: (call: Waiting) => void): void {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (call === undefined) this.#onProblem(new Error("an answer that nobody waits for"), "(answer)");
    else how(call);
  }
}

function failureOf(message: Message & { readonly rpc: "failure" }): Error {
  const { status, text, detail } = message;
  const options = detail === undefined ? {} : { cause: new Error(detail) };
  return message.temporary ? new TempFailure(status, text, options) : new PermFailure(status, text, options);
}
