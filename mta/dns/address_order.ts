/** In which order hosts are tried: by preference, equals by chance, and not all of one family (RFC 5321 §5.1). */

import type { Random } from "../../tools/kit/base/random.ts";

import type { AddressFamily, HopSettings } from "./hop_settings.ts";

export interface Placed {
  readonly preference: number;
  readonly address: string;
}

export function familyOf(address: string): AddressFamily {
  return address.includes(":") ? "ipv6" : "ipv4";
}

type OrderSettings = Pick<
  HopSettings,
  "addressPreference" | "balancesFamilies" | "randomizes" | "addressLimit"
>;

/** All that may be tried, the first ones first: at most `addressLimit`. */
export function orderHosts<Host extends Placed>(
  hosts: readonly Host[],
  settings: OrderSettings,
  random: Pick<Random, "below">,
): readonly Host[] {
  const { addressPreference, addressLimit, balancesFamilies, randomizes } = settings;
  const mixed = randomizes ? shuffled(hosts, random) : hosts;
  const later = (host: Host) =>
    addressPreference !== "any" && familyOf(host.address) !== addressPreference ? 1 : 0;
  const sorted = mixed.toSorted((one, other) =>
    one.preference - other.preference || later(one) - later(other)
  );
  if (addressLimit === 0 || sorted.length <= addressLimit) return sorted;
  return balancesFamilies ? balanced(sorted, addressLimit) : sorted.slice(0, addressLimit);
}

/** Each family that is there has a quarter of the places at least, so that a network without one of them is no dead end. */
function balanced<Host extends Placed>(sorted: readonly Host[], limit: number): readonly Host[] {
  const first = sorted.slice(0, limit);
  const least = Math.max(1, Math.floor(limit / 4));
  if (limit < 2) return first;
  for (const family of ["ipv4", "ipv6"] as const) {
    const isRare = (host: Host) => familyOf(host.address) === family;
    const missing = least - first.filter(isRare).length;
    if (missing <= 0) continue;
    const extra = sorted.slice(limit).filter(isRare).slice(0, missing);
    if (extra.length === 0) return first;
    const removed = new Set(first.filter((host) => !isRare(host)).slice(-extra.length));
    return [...first.filter((host) => !removed.has(host)), ...extra];
  }
  return first;
}

/** Fisher and Yates. */
export function shuffled<T>(items: readonly T[], random: Pick<Random, "below">): readonly T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}
