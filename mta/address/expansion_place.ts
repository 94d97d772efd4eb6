/** What an expansion knows of where it is. */

import type { ExpansionBranch } from "./expansion_branch.ts";
import type { Origin } from "./expansion_tree.ts";
import type { Rights } from "./forward.ts";
import type { ExpansionKind } from "./local_settings.ts";
import type { LocalRecipient } from "./recipient.ts";

/** What is known on the way to a name. */
export interface Place {
  readonly level: number;
  /** The alias, or the user of the `.forward`, that names it. */
  readonly parent?: string;
  readonly kind?: ExpansionKind;
  readonly rights?: Rights;
  readonly from?: Origin;
  /** The sender from here on: owner-NAME. */
  readonly sender?: string | undefined;
  /** Who is no alias gets a new message: named in an `:include:` file. */
  readonly isIndirect?: true;
  /** Whose `.forward` it is. */
  readonly person?: { readonly user: string } | undefined;
  readonly recipient?: LocalRecipient;
  /** The recipient whose alias or file this is. */
  readonly address?: string;
  /** luser_relay led here: once is enough. */
  readonly isRelayed?: true;
}

export interface AliasHit {
  readonly table: string;
  readonly key: string;
  readonly value: string;
  readonly line?: number | undefined;
}

/** A local name on its way. */
export interface Local {
  readonly branch: ExpansionBranch;
  readonly address: string;
  readonly recipient: LocalRecipient;
  readonly place: Place;
}

/** What a destination is told of. */
export type Ending = Pick<Local, "branch" | "address" | "place">;
