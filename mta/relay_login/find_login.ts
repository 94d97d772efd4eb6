/** User and password for a host (postconf(5) smtp_sasl_password_maps): by sender, by host, by next hop. */

import { askMaps, findAddress, type FindSettings } from "../address/find_address.ts";
import type { Evaluation, LookupFailure } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import { rewriteAddress } from "../address/rewrite.ts";
import type { AddressSettings } from "../address/settings.ts";
import type { RelayLogin, RelayLoginSettings } from "./settings.ts";

export interface LoginQuestion {
  /** The host's name, as it was found. */
  readonly host: string;
  /** The next hop verbatim: `[smtp.example.test]:587`. */
  readonly destination: string;
  readonly sender: string;
}

export type SenderSettings = FindSettings & AddressSettings;

/** `undefined`: nobody has a login there, and mail goes without. */
export function* findLogin(
  { host, destination, sender }: LoginQuestion,
  settings: RelayLoginSettings,
  addresses: SenderSettings,
): Evaluation<RelayLogin | undefined | LookupFailure> {
  const { isEnabled, passwordMaps, bySender } = settings;
  if (!isEnabled || passwordMaps.length === 0) return undefined;
  if (bySender && sender !== "") {
    const hit = yield* findAddress(passwordMaps, rewriteAddress(sender, addresses), addresses);
    if (hit !== undefined) return isFailure(hit) ? hit : loginOf(hit);
  }
  for (const key of new Set([host.toLowerCase(), destination.toLowerCase()])) {
    const hit = yield* askMaps(passwordMaps, key, { partial: false });
    if (hit !== undefined) return isFailure(hit) ? hit : loginOf(hit);
  }
  return undefined;
}

/** `user:password`; a password may have colons. */
function loginOf(
  hit: {
    readonly table: string;
    readonly key: string;
    readonly line?: number | undefined;
    readonly value?: string | undefined;
  },
): RelayLogin {
  const value = hit.value ?? "";
  const colon = value.indexOf(":");
  return {
    user: colon < 0 ? value : value.slice(0, colon),
    password: colon < 0 ? "" : value.slice(colon + 1),
    source: `${hit.table}${hit.line === undefined ? "" : `:${hit.line}`}, key ${hit.key}`,
  };
}
