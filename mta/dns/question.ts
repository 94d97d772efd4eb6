/** How pure code asks the DNS (`mta/address/lookup.ts` tells how that works), and what this machine itself knows. */

import type { Evaluation } from "../address/lookup.ts";
import type { DnsAnswer, RecordType } from "./record.ts";

export type NameQuestion =
  | { readonly kind: "dns"; readonly name: string; readonly type: RecordType }
  /** Addresses by hosts(5). */
  | { readonly kind: "hosts"; readonly name: string };

export type NameEvaluation<T> = Evaluation<T, NameQuestion>;

export function* askName(name: string, type: RecordType): NameEvaluation<DnsAnswer> {
  return (yield { kind: "dns", name, type }) as DnsAnswer;
}

export function* askHosts(name: string): NameEvaluation<readonly string[]> {
  return (yield { kind: "hosts", name }) as readonly string[];
}
