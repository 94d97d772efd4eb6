/** What a local recipient comes to: a tree for people to read, and the destinations at its leaves. */

import type { Rights } from "./forward.ts";
import type { LocalRecipient } from "./recipient.ts";

/** What all destinations have. */
interface Common {
  /** The address that the log names. */
  readonly address: string;
  /** The envelope sender from here on, when an `owner-NAME` changed it. */
  readonly sender?: string | undefined;
}

export type Destination = Common & DestinationKind;

export type DestinationKind =
  /** The mailbox of a user who exists; its file is known elsewhere (home_mailbox, mail_spool_directory, mail_location). */
  | { readonly kind: "user"; readonly recipient: LocalRecipient }
  /** A new message: to another host, or to somebody here in his own right. */
  | { readonly kind: "forward"; readonly to: string }
  /** Absolute, or `~/...` of the user whose rights it is written with. */
  | { readonly kind: "file"; readonly path: string; readonly as: Rights; readonly recipient: LocalRecipient }
  | {
    readonly kind: "command";
    readonly command: string;
    readonly as: Rights;
    readonly recipient: LocalRecipient;
    /** It is mailbox_command: the user's. */
    readonly isMailbox?: true;
  }
  /** Another transport takes it: mailbox_transport, fallback_transport. */
  | { readonly kind: "transport"; readonly transport: string; readonly recipient: LocalRecipient }
  /** Accepted and thrown away, for a reason that the log should have. */
  | { readonly kind: "discarded"; readonly reason: string }
  | { readonly kind: "refused"; readonly status: string; readonly text: string };

/** Where a name is written. `key` is the table's. */
export type Origin =
  | {
    readonly kind: "table";
    readonly table: string;
    readonly key: string;
    readonly line?: number | undefined;
  }
  | { readonly kind: "file"; readonly path: string; readonly line: number }
  | { readonly kind: "setting"; readonly name: string };

/** What a name turned out to be. */
export type Finding =
  /** An alias; `owner` is its owner-NAME, whose address becomes the sender. */
  | {
    readonly kind: "alias";
    readonly table: string;
    readonly key: string;
    readonly line?: number | undefined;
    readonly owner?: string | undefined;
  }
  /** `~/.forward` of its user, or an `:include:` file. */
  | { readonly kind: "list"; readonly path: string }
  | { readonly kind: "destination"; readonly destination: Destination }
  /** Seen already: it gets the message once. */
  | { readonly kind: "duplicate" };

export interface ExpansionNode {
  /** `joe@ref.test`, `|/usr/bin/prog`, `/var/mail/archive`, `:include:/etc/list`. */
  readonly name: string;
  /** Where it was named; `undefined` for the recipient itself. */
  readonly from?: Origin | undefined;
  /** In order: an alias, then a `.forward`, then the end, say. */
  readonly found: readonly Finding[];
  /** What else there is to know: a `.forward` that is not used, and why. */
  readonly notes: readonly string[];
  readonly children: readonly ExpansionNode[];
}

export interface Expansion {
  readonly tree: ExpansionNode;
  /** Each once, in the order in which they are served. */
  readonly destinations: readonly Destination[];
}
