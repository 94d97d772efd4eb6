/** What local(8) goes by when it finds out where a local recipient's mail ends: parameters of postconf(5). */

import type { Evaluation, LookupFailure } from "./lookup.ts";
import type { Maps } from "./settings.ts";

/** Where a command or a file name may come from. */
export type ExpansionKind = "alias" | "forward" | "include";

export interface ExpansionSettings {
  readonly myorigin: string;
  readonly recipientDelimiter: string;
  /** `owner-NAME` and `NAME-request` are not cut at a `-`. */
  readonly ownerRequestSpecial: boolean;
  /**
   * Is this address delivered here, by local(8)? Asked for everything that an alias or a file names: the address class of
   * `resolveAddress`, or `localDomains` where domains alone tell.
   */
  readonly isLocal: (address: string) => Evaluation<boolean | LookupFailure>;

  readonly aliasMaps: Maps;
  readonly expandOwnerAlias: boolean;
  readonly propagateUnmatchedExtensions: readonly string[];
  readonly allowMailToCommands: readonly ExpansionKind[];
  readonly allowMailToFiles: readonly ExpansionKind[];

  readonly mailboxTransportMaps: Maps;
  /** `transport:nexthop`; empty: none. */
  readonly mailboxTransport: string;
  readonly mailboxCommandMaps: Maps;
  readonly mailboxCommand: string;
  readonly fallbackTransportMaps: Maps;
  readonly fallbackTransport: string;
  /** Where mail for unknown users goes, with `$user`, `$local`, `$domain`, `$extension`, ... */
  readonly luserRelay: string;
}

/** Postfix's defaults. */
export function defaultExpansionSettings(
  given: Pick<ExpansionSettings, "myorigin" | "isLocal"> & Partial<ExpansionSettings>,
): ExpansionSettings {
  return {
    recipientDelimiter: "",
    ownerRequestSpecial: true,
    aliasMaps: [],
    expandOwnerAlias: false,
    propagateUnmatchedExtensions: ["canonical", "virtual"],
    allowMailToCommands: ["alias", "forward"],
    allowMailToFiles: ["alias", "forward"],
    mailboxTransportMaps: [],
    mailboxTransport: "",
    mailboxCommandMaps: [],
    mailboxCommand: "",
    fallbackTransportMaps: [],
    fallbackTransport: "",
    luserRelay: "",
    ...given,
  };
}

/** `isLocal` where the domain alone decides; it is given normalized. */
export function localDomains(isLocalDomain: (domain: string) => boolean): ExpansionSettings["isLocal"] {
  // deno-lint-ignore require-yield
  return function* (address) {
    return isLocalDomain(address.slice(address.lastIndexOf("@") + 1));
  };
}
