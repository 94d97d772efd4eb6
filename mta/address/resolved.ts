/** What resolving an address and looking for it in the lists of recipients come to. */

import type { LookupFailure } from "./lookup.ts";
import type { Found } from "./match_list.ts";
import type { AddressClass } from "./settings.ts";

/** Where a recipient goes (trivial-rewrite(8)). */
export interface Resolved {
  readonly class: AddressClass;
  /** `local`, `virtual`, `relay`, `smtp`, `error`, `retry`, ... */
  readonly transport: string;
  /** Host, `[host]:port`, list of them; for `error` and `retry` the text, D.S.N before it. */
  readonly nexthop: string;
  /** The address with routing taken apart (`a%b@here` is `a@b`); has a domain, always. */
  readonly recipient: string;
  /** The local part names a further host, and allow_untrusted_routing does not let strangers say so. */
  readonly routed: boolean;
  /** Not an address that mail can be sent to: the words (`bad address syntax`). */
  readonly problem?: string | undefined;
  /** What put it in its class: list and item. */
  readonly found?: Found | undefined;
  /** What changed transport or nexthop: transport_maps, sender_dependent_..., relocated_maps. */
  readonly route?: (Found & { readonly parameter: string }) | undefined;
  /** Trouble for the log: `do not list domain D in BOTH mydestination and virtual_alias_domains`. */
  readonly warnings: readonly string[];
}

/** Is it the address of somebody (smtpd_reject_unlisted_recipient)? */
export type Listing =
  /** Somebody's, or nobody's whom we would know. `found`: what says so; none: nothing was to be asked. */
  | { readonly kind: "listed"; readonly found?: Found | undefined; readonly note?: string | undefined }
  | {
    readonly kind: "unlisted";
    readonly code: number;
    readonly status: string;
    /** `User unknown in local recipient table` */
    readonly text: string;
    /** The parameter whose tables do not hold it, or the table that says so. */
    readonly table: string;
    readonly found?: Found | undefined;
  }
  | (LookupFailure & { readonly kind: "failure" });

/** `findListed` gives its answer by whom it is asked for. */
export type Role = "sender" | "recipient";
