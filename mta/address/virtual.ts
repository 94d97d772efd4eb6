/**
 * Virtual aliases (virtual(5)): an address becomes the addresses that virtual_alias_maps hold for it, and each of those in
 * turn. An address that stands for itself too (`joe: joe, ann`) stays, once.
 *
 * Loops end at virtual_alias_recursion_limit or virtual_alias_expansion_limit, as Postfix ends them: the message is then
 * not taken (451 4.6.0), since what was meant is not known.
 */

import type { Evaluation, LookupFailure } from "./lookup.ts";
import { isFailure } from "./lookup.ts";
import { mapAddress, type MapSettings } from "./map_address.ts";
import type { Found } from "./match_list.ts";
import type { AddressSettings } from "./settings.ts";

/** One address and what it became. */
export interface VirtualNode {
  readonly address: string;
  /** The line that was used; `undefined`: there is none, the address is final. */
  readonly found?: Found | undefined;
  readonly results: readonly VirtualNode[];
}

export interface VirtualExpansion {
  /** Final addresses, in order, in canonical form; the same may stand there more than once. */
  readonly addresses: readonly string[];
  readonly tree: VirtualNode;
}

/** Too much came out of an alias: 451 with this status and text. */
export interface ExpansionFailure extends LookupFailure {
  readonly status: "4.6.0";
  readonly text: "Alias expansion error";
}

export type VirtualSettings =
  & MapSettings
  & Pick<
    AddressSettings,
    | "virtualAliasMaps"
    | "propagateUnmatchedExtensions"
    | "virtualAliasExpansionLimit"
    | "virtualAliasRecursionLimit"
    | "virtualAliasAddressLengthLimit"
  >;

interface Node {
  readonly address: string;
  found?: Found;
  results: Node[];
}

/** `address` is in canonical form. */
export function* expandVirtual(
  address: string,
  settings: VirtualSettings,
): Evaluation<VirtualExpansion | ExpansionFailure | LookupFailure> {
  const tree: Node = { address, results: [] };
  const leaves = [tree];
  const selfExpanded = new Set<string>();
  const propagate = settings.propagateUnmatchedExtensions.includes("virtual");
  // The addresses before `at` are final; the one there is looked up until it is.
  for (let at = 0; at < leaves.length; at++) {
    if (leaves.length > settings.virtualAliasExpansionLimit) return tooMuch("map expansion size", address);
    for (let depth = 0;; depth++) {
      const node = leaves[at]!;
      if (selfExpanded.has(node.address.toLowerCase())) break;
      if (depth >= settings.virtualAliasRecursionLimit) return tooMuch("map nesting", address);
      const mapped = yield* mapAddress(settings.virtualAliasMaps, node.address, settings, propagate);
      if (isFailure(mapped)) {
        return { failure: `virtual_alias_maps map lookup problem for ${node.address}: ${mapped.failure}` };
      }
      if (mapped === undefined) break;
      const long = mapped.addresses.find(({ length }) => length > settings.virtualAliasAddressLengthLimit);
      if (long !== undefined) return tooMuch(`result ${long.slice(0, 300)}... in lookup`, node.address);
      const { table, key, line, value } = mapped.hit;
      node.found = { table, key, line, value };
      node.results = mapped.addresses.map((result) => ({ address: result, results: [] }));
      if (isAmong(node.address, mapped.addresses)) selfExpanded.add(node.address.toLowerCase());
      leaves.splice(at, 1, ...node.results);
    }
  }
  return { addresses: leaves.map((leaf) => leaf.address), tree };
}

function isAmong(address: string, results: readonly string[]): boolean {
  return results.some((result) => result.toLowerCase() === address.toLowerCase());
}

function tooMuch(what: string, address: string): ExpansionFailure {
  return {
    failure: `unreasonable virtual_alias_maps ${what} for ${address}`,
    status: "4.6.0",
    text: "Alias expansion error",
  };
}
