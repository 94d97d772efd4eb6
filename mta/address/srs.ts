/** Which senders of forwarded mail are written anew (SRS), so that the mail may come from here: pure. */

import { splitAddress } from "../../tools/kit/mail/address.ts";
import type { Srs } from "../../tools/kit/mail/srs.ts";

export interface SrsPolicy {
  readonly srs: Srs;
  /** `srs_domain`: of the new senders. */
  readonly domain: string;
  /** `srs_exclude_domains`: `a.test`, and `.a.test` for all below it. */
  readonly excluded: readonly string[];
}

/**
 * The sender for a recipient elsewhere. Mail is forwarded when its recipient was an address of another domain before; what a
 * client sent to the recipient itself, and what comes from here, keeps its sender.
 */
export function srsSender(
  sender: string,
  recipient: { readonly address: string; readonly original: string },
  options: SrsPolicy & { readonly nowMs: number },
): string {
  const { srs, domain, excluded, nowMs } = options;
  const to = splitAddress(recipient.address).domain.toLowerCase();
  const was = splitAddress(recipient.original).domain.toLowerCase();
  const from = splitAddress(sender).domain.toLowerCase();
  if (was === "" || was === to || isAmong(from, excluded)) return sender;
  return srs.forward(sender, domain, nowMs);
}

function isAmong(domain: string, domains: readonly string[]): boolean {
  return domains.some((one) => {
    const name = one.toLowerCase();
    return name.startsWith(".") ? domain.endsWith(name) : domain === name;
  });
}
