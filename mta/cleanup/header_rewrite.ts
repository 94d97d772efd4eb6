/**
 * Addresses in the header of mail from this machine, made whole as those of the envelope are (cleanup(8); postconf(5)
 * local_header_rewrite_clients, remote_header_rewrite_domain): canonical form, canonical tables, masquerading. What they
 * leave as it is keeps every octet.
 */

import { formatAddress, splitAddress } from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import { canonicalize } from "../address/canonical.ts";
import type { Evaluation, LookupFailure } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import { masquerade } from "../address/masquerade.ts";
import { rewriteAddress } from "../address/rewrite.ts";
import { findHeaderAddresses, type HeaderAddress, replaceHeaderAddresses } from "./header_addresses.ts";
import type { CleanupSettings } from "./settings.ts";

/** Whose names complete the addresses: this host's, those for strangers, or nobody's. */
export type RewriteContext = "local" | "remote" | "none";

export type FieldKind = "header_sender" | "header_recipient";

/** By names in lower case. */
export const addressFields: ReadonlyMap<string, FieldKind> = new Map([
  ...[
    ...["from", "sender", "reply-to", "errors-to", "return-receipt-to", "disposition-notification-to"],
    ...["mail-followup-to", "resent-from", "resent-sender", "resent-reply-to"],
  ].map((name) => [name, "header_sender"] as const),
  ...["to", "cc", "bcc", "apparently-to", "resent-to", "resent-cc", "resent-bcc"]
    .map((name) => [name, "header_recipient"] as const),
]);

/** One whole address, quoted nowhere, alone or behind a plain name: the most usual kind of field. */
const wholeAddress =
  /^[^"()<>@,:;\\[\]]*(?:<([\w.+=-]+)@([\w.-]+\.[\w-]+)>|(?<![^\s])([\w.+=-]+)@([\w.-]+\.[\w-]+))\s*$/;

/** `value`: an octet string, as it stands after the colon. Gives it back when nothing is to be changed. */
export function* rewriteHeaderValue(
  value: string,
  kind: FieldKind,
  { settings, context }: { readonly settings: CleanupSettings; readonly context: "local" | "remote" },
): Evaluation<string | LookupFailure> {
  if (isPlain(settings) && wholeAddress.test(value)) return value;
  const changes: (readonly [HeaderAddress, string])[] = [];
  for (const place of findHeaderAddresses(value)) {
    const address = yield* rewriteOne(place.address, kind, { settings, context });
    if (isFailure(address)) return address;
    if (address !== undefined) changes.push([place, address]);
  }
  return changes.length === 0 ? value : replaceHeaderAddresses(value, changes);
}

/** No table and no masquerading: only what is not whole changes. */
function isPlain({ addresses, mapAddresses }: CleanupSettings): boolean {
  const { canonicalMaps, senderCanonicalMaps, recipientCanonicalMaps, masqueradeDomains } = addresses;
  return !mapAddresses ||
    [canonicalMaps, senderCanonicalMaps, recipientCanonicalMaps, masqueradeDomains].every(({ length }) =>
      length === 0
    );
}

/** `undefined`: it stays as it is written. */
function* rewriteOne(
  written: string,
  kind: FieldKind,
  { settings, context }: { readonly settings: CleanupSettings; readonly context: "local" | "remote" },
): Evaluation<string | undefined | LookupFailure> {
  const { addresses, mapAddresses, remoteHeaderRewriteDomain: domain } = settings;
  const names = context === "local" ? addresses : { ...addresses, myorigin: domain, mydomain: domain };
  let address = rewriteAddress(written, names);
  if (mapAddresses) {
    const canonical = yield* canonicalize(address, kind, addresses);
    if (isFailure(canonical)) return canonical;
    address = masquerade(canonical.address, kind, addresses).address;
  }
  return address === "" || address === comparable(written) ? undefined : address;
}

/** Capitals of a domain alone are no reason to write it anew. */
function comparable(written: string): string {
  const { localPart, domain } = splitAddress(written);
  return domain.endsWith(".") ? written : formatAddress({ localPart, domain: normalizeDomain(domain) });
}
