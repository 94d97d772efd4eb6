/**
 * Taking routing out of an address: domains that are delivered to here are stripped off, and what `%`, `!`, `@` or quotes
 * then name is the address that was meant (`joe%elsewhere.test@here.test` is `joe@elsewhere.test`).
 */

import { quoteLocalPart, unquoteLocalPart } from "../../tools/kit/mail/address.ts";

import { isLocalDomain } from "./local_domain.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import type { Found } from "./match_list.ts";
import {
  cutDomain,
  findLastOperator,
  findOperator,
  quoteAddress,
  requote,
  rewriteAddress,
  type RewriteSettings,
} from "./rewrite.ts";
import type { AddressSettings } from "./settings.ts";

export type UnwrapSettings =
  & RewriteSettings
  & Pick<AddressSettings, "mydestination" | "ownAddresses" | "myhostname">;

export interface Unwrapped {
  /** Always with a domain. */
  readonly recipient: string;
  /** Why it is ours; `undefined`: it is not. */
  readonly local: Found | undefined;
}

const nowhere = { kind: "match", table: "myhostname", key: "" } as const;

/** postconf(5) empty_address_recipient */
const nobody = "MAILER-DAEMON";

/** `address` in canonical form. */
export function* unwrapAddress(
  address: string,
  settings: UnwrapSettings,
): Evaluation<Unwrapped | LookupFailure> {
  // So Postfix's parts tell each other addresses; what is quoted is then looked into as a whole.
  let text = requote(address);
  let stripped: { readonly domain: string; readonly found: Found } | undefined;
  // Each round takes something off; the limit is for what nobody thought of.
  for (let round = 0; round <= address.length + 100; round++) {
    const { local, domain } = cutDomain(text);
    if (domain !== undefined) {
      // An `@` with nothing behind it is taken off to see what stands before, and is wrong in the end.
      const result = domain === "" ? nowhere : yield* isLocalDomain(domain, settings);
      if (result.kind === "failure") return result;
      if (result.kind !== "match") return { recipient: text, local: undefined };
      stripped = { domain, found: result };
      text = local;
    }
    const meant = hasOperator(text, settings) ? rewriteAddress(text, settings) : openQuotes(text, settings);
    if (meant !== undefined) {
      text = meant;
      continue;
    }
    if (text === "" || text === '""') {
      text = nobody;
      continue;
    }
    break;
  }
  if (stripped !== undefined) {
    const { table, key, line, value, note } = stripped.found;
    return { recipient: `${text}@${stripped.domain}`, local: { table, key, line, value, note } };
  }
  return {
    recipient: `${text}@${settings.myhostname}`,
    local: { table: "myhostname", key: settings.myhostname },
  };
}

function hasOperator(text: string, { swapBangpath, allowPercentHack }: RewriteSettings): boolean {
  return findLastOperator(text, "@") >= 0 || (swapBangpath && findOperator(text, "!") >= 0) ||
    (allowPercentHack && findLastOperator(text, "%") >= 0);
}

/** What a local part that is one quoted string means when there is routing in it; `undefined`: there is none. */
function openQuotes(text: string, settings: RewriteSettings): string | undefined {
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(text)) return undefined;
  const plain = unquoteLocalPart(text);
  if (plain.includes("@")) return rewriteAddress(quoteAddress(plain), settings);
  const percent = settings.allowPercentHack ? plain.lastIndexOf("%") : -1;
  if (percent >= 0) {
    return rewriteAddress(quoteAddress(`${plain.slice(0, percent)}@${plain.slice(percent + 1)}`), settings);
  }
  const bang = settings.swapBangpath ? plain.indexOf("!") : -1;
  if (bang < 0) return undefined;
  return rewriteAddress(`${quoteLocalPart(plain.slice(bang + 1))}@${plain.slice(0, bang)}`, settings);
}
