/** Who else gets a copy: always_bcc, sender_bcc_maps, recipient_bcc_maps (postconf(5)). */

import { findAddress } from "./find_address.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import { isFailure } from "./lookup.ts";
import type { MapSettings } from "./map_address.ts";
import type { Found } from "./match_list.ts";
import { requote, rewriteAddress } from "./rewrite.ts";
import type { AddressSettings, Maps } from "./settings.ts";

export interface BccAnswer {
  /** In canonical form; who that is in the end, canonical and virtual tables say. */
  readonly address: string;
  readonly parameter: string;
  readonly found: Found;
}

type BccSettings = MapSettings & Pick<AddressSettings, "alwaysBcc" | "senderBccMaps" | "recipientBccMaps">;

export function alwaysBcc(settings: BccSettings): BccAnswer | undefined {
  const address = requote(rewriteAddress(settings.alwaysBcc.trim(), settings));
  if (address === "") return undefined;
  return {
    address,
    parameter: "always_bcc",
    found: { table: "always_bcc", key: settings.alwaysBcc },
  };
}

/** The null sender has no copies. `sender` is in canonical form. */
export function* senderBcc(
  sender: string,
  settings: BccSettings,
): Evaluation<BccAnswer | undefined | LookupFailure> {
  return yield* findBcc("sender_bcc_maps", settings.senderBccMaps, { address: sender, settings });
}

export function* recipientBcc(
  recipient: string,
  settings: BccSettings,
): Evaluation<BccAnswer | undefined | LookupFailure> {
  return yield* findBcc("recipient_bcc_maps", settings.recipientBccMaps, { address: recipient, settings });
}

function* findBcc(
  parameter: string,
  maps: Maps,
  { address, settings }: { readonly address: string; readonly settings: BccSettings },
): Evaluation<BccAnswer | undefined | LookupFailure> {
  if (address === "") return undefined;
  const hit = yield* findAddress(maps, address, settings);
  if (hit === undefined) return undefined;
  if (isFailure(hit)) return { failure: `${parameter} map lookup problem: ${hit.failure}` };
  const copy = requote(rewriteAddress(hit.value.trim(), settings));
  if (copy === "") return undefined;
  const { table, key, line, value } = hit;
  return { address: copy, parameter, found: { table, key, line, value } };
}
