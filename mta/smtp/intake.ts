/**
 * One message on its way in: decodes it, passes it on until something is wrong with it, and knows at the end what.
 * After that it only looks for the end, so that the session stays in step with the peer.
 */

import { type Bytes, concatBytes, noBytes } from "../../tools/kit/base/bytes.ts";

import { DataDecoder } from "./data_decoder.ts";
import { HeaderFilter } from "./header_filter.ts";
import { HeaderScanner } from "./header_scanner.ts";
import { MessageStart } from "./message_start.ts";
import type { SmtpServerSettings } from "./settings.ts";

export type IntakeProblem = "tooBig" | "tooManyHops" | "bareLf";

export interface Taken {
  /** For the sink; empty after a problem. */
  readonly bytes: Bytes;
  /** Octets of the input that belonged to the message. */
  readonly taken: number;
  /** The end was seen (DATA only). */
  readonly ended: boolean;
}

export class Intake {
  /** The first and worst thing that is wrong. */
  problem: IntakeProblem | undefined;
  /** Octets put into the sink. */
  octets = 0;
  readonly #settings: SmtpServerSettings;
  readonly #decoder: DataDecoder;
  readonly #start = new MessageStart();
  readonly #filter: HeaderFilter;
  readonly #header = new HeaderScanner();

  constructor(settings: SmtpServerSettings, options: { readonly dots: boolean; readonly lfEnds: boolean }) {
    this.#settings = settings;
    this.#decoder = new DataDecoder(options);
    this.#filter = new HeaderFilter(settings.dropHeaders);
  }

  get has8Bit(): boolean {
    return this.#decoder.has8Bit;
  }

  get sawBareLf(): boolean {
    return this.#decoder.sawBareLf;
  }

  get messageId(): string | undefined {
    return this.#header.messageId;
  }

  /** Octets with CRLF line ends, as the client counts them. */
  get wireOctets(): number {
    return this.#decoder.wireOctets;
  }

  take(input: Uint8Array): Taken {
    const { bytes, taken, ended } = this.#decoder.push(input);
    const passed = ended ? this.#completed(bytes) : this.#filter.push(this.#start.push(bytes));
    return { bytes: this.#judge(passed), taken, ended };
  }

  /** The end of the last BDAT chunk. */
  finish(): Bytes {
    return this.#judge(this.#completed(this.#decoder.finish()));
  }

  /** What the mending and the filter still hold comes out too. */
  #completed(bytes: Bytes): Bytes {
    const started = concatIfAny(this.#start.push(bytes), this.#start.finish());
    return concatIfAny(this.#filter.push(started), this.#filter.finish());
  }

  /** `bytes`, or nothing when the message is not to be had. */
  #judge(bytes: Bytes): Bytes {
    if (!this.#header.done) this.#header.push(bytes);
    this.problem ??= this.#findProblem();
    if (this.problem !== undefined) return noBytes;
    this.octets += bytes.length;
    return bytes;
  }

  #findProblem(): IntakeProblem | undefined {
    const { messageSizeLimit, hopcountLimit, forbidBareNewline } = this.#settings;
    if (forbidBareNewline === "reject" && this.#decoder.sawBareLf) return "bareLf";
    if (messageSizeLimit > 0 && this.#decoder.wireOctets > messageSizeLimit) return "tooBig";
    // Our own Received: counts too, as in Postfix.
    return this.#header.hops + 1 >= hopcountLimit ? "tooManyHops" : undefined;
  }
}

function concatIfAny(bytes: Bytes, rest: Uint8Array): Bytes {
  return rest.length === 0 ? bytes : concatBytes([bytes, rest]);
}
