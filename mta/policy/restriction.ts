/**
 * What a restriction is: a named row that looks at facts and permits, refuses or says nothing. It does no I/O: what must be
 * looked up it yields, and is given the answer.
 */

import type { DestinationSettings } from "./destination.ts";
import type { NetworkList } from "./network_list.ts";
import type { Verdict } from "./verdict.ts";

export interface PolicyFacts {
  readonly clientName: string;
  readonly clientAddress: string;
  readonly helo: string | undefined;
  readonly tls: boolean;
  /** Who logged in. */
  readonly login: string | undefined;
  /** `undefined` for VRFY. */
  readonly sender: string | undefined;
  readonly recipient: string;
  /** Recipients accepted before this one. */
  readonly accepted: number;
}

export interface PolicySettings extends DestinationSettings {
  readonly mynetworks: NetworkList;
}

/** Something that must be asked of the world; the answer is `boolean`, or the asker throws TempFailure. */
export interface Lookup {
  readonly kind: "recipientKnown";
  readonly address: string;
}

export type Evaluation = Generator<Lookup, Verdict | undefined, boolean>;

export interface Restriction {
  /** As written in a list of restrictions. */
  readonly name: string;
  evaluate(facts: PolicyFacts, settings: PolicySettings): Evaluation;
}
