/**
 * One question at a time to a table server, over a connection that is kept while it is used. A connection that has
 * died meanwhile (a server restarted) is opened again once for the same question.
 */

import { concatBytes, noBytes } from "../../tools/kit/base/bytes.ts";
import type { CancelTimer, Clock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { settledWithin } from "../../tools/kit/net/within.ts";

export type TableAddress =
  | { readonly transport: "tcp"; readonly host: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** A connection to a table server, as the composition root makes it. */
export interface TableStream {
  /** `undefined` at the end. @throws when it is broken */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
  /** Ends a read and a write that are open too. */
  close(): void;
}

export type ConnectTable = (address: TableAddress) => Promise<TableStream>;

/** An answer that breaks the protocol: asking again would bring the same. */
export class BadAnswer extends Error {
  override readonly name = "BadAnswer";
}

/** What of the octets that came is a whole answer; `undefined`: more must come. @throws BadAnswer when it is none */
export type ReadAnswer<T> = (
  bytes: Uint8Array,
) => { readonly answer: T; readonly octets: number } | undefined;

export interface RemoteOptions<T> {
  /** As in the table's name, for messages. */
  readonly name: string;
  readonly address: TableAddress;
  readonly connect: ConnectTable;
  readonly clock: Clock;
  readonly readAnswer: ReadAnswer<T>;
  readonly maxOctets: number;
}

/** Postfix's own for both protocols: an answer, and a connection that nobody uses. */
export const answerLimitMs = 100_000;
export const idleLimitMs = 10_000;

export class RemoteClient<T> {
  readonly #options: RemoteOptions<T>;
  #stream: TableStream | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #cancelIdle: CancelTimer = () => {};
  #isClosed = false;

  constructor(options: RemoteOptions<T>) {
    this.#options = options;
  }

  /** @throws TempFailure when no answer can be had */
  ask(question: Uint8Array): Promise<T> {
    const askedMs = this.#options.clock.monotonic();
    const answer = this.#turn.then(() => this.#inTime(question, askedMs));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  async #inTime(question: Uint8Array, askedMs: number): Promise<T> {
    const { clock, name } = this.#options;
    // A server that is silent would make each one wait for all before it: that may be hours.
    if (clock.monotonic() - askedMs > answerLimitMs) {
      throw remoteFailure(`${name}: others have waited for it for more than ${answerLimitMs / 1000} seconds`);
    }
    this.#cancelIdle();
    const work = this.#tryTwice(question);
    if (!await settledWithin(clock, answerLimitMs, work)) {
      this.#drop();
      // It ends, with an error that nobody reads, now that its connection is gone.
      work.catch(() => {});
      throw remoteFailure(`${name}: no answer within ${answerLimitMs / 1000} seconds`);
    }
    try {
      return await work;
    } catch (thrown) {
      this.#drop();
      throw thrown instanceof TempFailure ? thrown : remoteFailure(name, thrown);
    } finally {
      if (this.#stream !== undefined) this.#cancelIdle = clock.after(idleLimitMs, () => this.#drop());
      if (this.#isClosed) this.#drop();
    }
  }

  async #tryTwice(question: Uint8Array): Promise<T> {
    const old = this.#stream;
    if (old !== undefined) {
      try {
        return await this.#exchange(old, question);
      } catch (thrown) {
        if (this.#stream !== old || thrown instanceof BadAnswer) throw thrown;
        this.#drop();
      }
    }
    const stream = await this.#options.connect(this.#options.address);
    this.#stream = stream;
    return await this.#exchange(stream, question);
  }

  async #exchange(stream: TableStream, question: Uint8Array): Promise<T> {
    await stream.write(question);
    let bytes: Uint8Array = noBytes;
    for (;;) {
      const chunk = await stream.read();
      if (chunk === undefined) throw new Error("the server closed the connection");
      bytes = concatBytes([bytes, chunk]);
      const read = this.#options.readAnswer(bytes);
      if (read !== undefined) {
        if (read.octets < bytes.length) throw new BadAnswer("the server sent more than one answer");
        return read.answer;
      }
      if (bytes.length > this.#options.maxOctets) throw new BadAnswer("the server's answer is too long");
    }
  }

  #drop(): void {
    this.#cancelIdle();
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.close();
  }
}

/** A lookup that failed, with the reason for the log. */
export function remoteFailure(reason: string, cause?: unknown): TempFailure {
  return new TempFailure("4.3.0", "Temporary lookup failure", { cause: new Error(reason, { cause }) });
}
