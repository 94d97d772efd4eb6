/**
 * From the addresses of a transaction to the envelope in the queue, in the order of cleanup(8):
 *
 * 1. The sender: canonical form, sender_canonical_maps, canonical_maps, masquerade_domains; then its sender_bcc_maps.
 * 2. Each recipient: canonical form, recipient_canonical_maps, canonical_maps, masquerading, virtual_alias_maps; then its
 *    recipient_bcc_maps, for which the address before virtual_alias_maps counts.
 * 3. At the end: BCC of access tables, always_bcc, BCC of header_checks and body_checks; REDIRECT in the place of all.
 *
 * A recipient comes in once: the same address with the same original one and the same wishes for reports is the same.
 */

import type { QueuedRecipient } from "../../store/spool/spool.ts";

import { alwaysBcc, recipientBcc, senderBcc } from "../address/bcc.ts";
import { type AddressPlace, canonicalize, type RewriteStep } from "../address/canonical.ts";
import type { Evaluation, LookupFailure } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import { masquerade } from "../address/masquerade.ts";
import { rewriteAddress } from "../address/rewrite.ts";
import { expandVirtual, type ExpansionFailure, type VirtualNode } from "../address/virtual.ts";
import type { CleanupSettings, Origin } from "./settings.ts";

/** As it comes in. */
export interface NewRecipient {
  readonly address: string;
  readonly notify?: readonly string[] | undefined;
  readonly dsnOriginal?: string | undefined;
  /** The original address, if it is another one than `address`. */
  readonly original?: string | undefined;
}

/** What became of an address on its way into the envelope, for `explain`. */
export interface AddressTrail {
  readonly kind: "sender" | "recipient" | "bcc" | "redirect";
  readonly given: string;
  /** In canonical form. */
  readonly rewritten: string;
  readonly steps: readonly RewriteStep[];
  /** After canonical tables and masquerading. */
  readonly address: string;
  /** What virtual_alias_maps made of it; `undefined` where they are not asked. */
  readonly virtual?: VirtualNode | undefined;
  /** Of a copy: who wants it, `always_bcc`, `recipient_bcc_maps`, `BCC`. */
  readonly parameter?: string | undefined;
}

/** What came to nothing: for the log, and, where it is not `queue file write error`, for the peer. */
export type EnvelopeFailure = LookupFailure | ExpansionFailure;

export class EnvelopeCleaner {
  sender = "";
  readonly recipients: QueuedRecipient[] = [];
  readonly trails: AddressTrail[] = [];
  /** For the log. */
  readonly warnings: string[] = [];
  /** Recipients whose reports of success are due here: an alias ends them (RFC 3461 §5.2.7.3). */
  readonly expanded: QueuedRecipient[] = [];
  readonly #settings: CleanupSettings;
  readonly #hasCopies: boolean;
  readonly #seen = new Set<string>();

  constructor(settings: CleanupSettings, origin: Origin) {
    this.#settings = settings;
    this.#hasCopies = origin !== "internal" && settings.mapAddresses;
  }

  *setSender(given: string): Evaluation<undefined | EnvelopeFailure> {
    const trail = yield* this.#canonical(given, "sender", "envelope_sender");
    if (isFailure(trail)) return trail;
    this.trails.push(trail);
    this.sender = trail.address;
    if (!this.#hasCopies) return undefined;
    const copy = yield* senderBcc(this.sender, this.#settings.addresses);
    if (copy === undefined || isFailure(copy)) return copy;
    return yield* this.#copy(copy.address, copy.parameter, never);
  }

  *addRecipient(recipient: NewRecipient): Evaluation<undefined | EnvelopeFailure> {
    const given = recipient.address === "" ? "MAILER-DAEMON" : recipient.address;
    const trail = yield* this.#canonical(given, "recipient", "envelope_recipient");
    if (isFailure(trail)) return trail;
    const failure = yield* this.#expand(trail, {
      ...recipient,
      original: recipient.original ?? recipient.address,
    });
    if (failure !== undefined || !this.#hasCopies) return failure;
    const copy = yield* recipientBcc(trail.address, this.#settings.addresses);
    if (copy === undefined || isFailure(copy)) return copy;
    return yield* this.#copy(copy.address, copy.parameter, never);
  }

  /** BCC of access(5), added as if the client had given it. */
  *addAccessBcc(addresses: readonly string[]): Evaluation<undefined | EnvelopeFailure> {
    for (const address of addresses) {
      const failure = yield* this.addRecipient({ address, dsnOriginal: `rfc822;${address}` });
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  *addAlwaysBcc(): Evaluation<undefined | EnvelopeFailure> {
    const copy = this.#hasCopies ? alwaysBcc(this.#settings.addresses) : undefined;
    return copy === undefined ? undefined : yield* this.#copy(copy.address, copy.parameter, never);
  }

  /** BCC of header_checks(5). */
  *addCheckBcc(addresses: readonly string[]): Evaluation<undefined | EnvelopeFailure> {
    for (const address of addresses) {
      const failure = yield* this.#copy(address, "BCC", never);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** One recipient in the place of all; what it was to begin with stays with it. */
  redirect(given: string): void {
    const address = rewriteAddress(given, this.#settings.addresses);
    const first = this.recipients[0] ?? { address, original: given };
    this.recipients.splice(0, this.recipients.length, { ...first, address });
    this.trails.push({ kind: "redirect", given, rewritten: address, steps: [], address });
  }

  /** Added without the sender being told of it. */
  *#copy(
    given: string,
    parameter: string,
    notify: readonly string[],
  ): Evaluation<undefined | EnvelopeFailure> {
    const trail = yield* this.#canonical(given, "bcc", "envelope_recipient");
    if (isFailure(trail)) return trail;
    return yield* this.#expand({ ...trail, parameter }, {
      address: given,
      original: trail.address,
      notify,
    });
  }

  *#canonical(
    given: string,
    kind: AddressTrail["kind"],
    place: AddressPlace,
  ): Evaluation<AddressTrail | LookupFailure> {
    const { addresses, mapAddresses } = this.#settings;
    const rewritten = rewriteAddress(given, addresses);
    if (!mapAddresses) return { kind, given, rewritten, steps: [], address: rewritten };
    const canonical = yield* canonicalize(rewritten, place, addresses);
    if (isFailure(canonical)) return canonical;
    this.warnings.push(...canonical.warnings);
    const { address } = masquerade(canonical.address, place, addresses);
    return { kind, given, rewritten, steps: canonical.steps, address };
  }

  *#expand(
    trail: AddressTrail,
    recipient: NewRecipient & { readonly original: string },
  ): Evaluation<undefined | EnvelopeFailure> {
    const { addresses, mapAddresses } = this.#settings;
    const { original, dsnOriginal, notify } = recipient;
    if (!mapAddresses || addresses.virtualAliasMaps.length === 0) {
      this.trails.push(trail);
      this.#add({ address: trail.address, original, notify, dsnOriginal });
      return undefined;
    }
    const expansion = yield* expandVirtual(trail.address, addresses);
    if (isFailure(expansion)) return expansion;
    this.trails.push({ ...trail, virtual: expansion.tree });
    const isAlias = expansion.addresses.length !== 1 || expansion.addresses[0] !== trail.address;
    if (isAlias && notify?.includes("SUCCESS") === true) {
      this.expanded.push({ address: trail.address, original, notify, dsnOriginal });
    }
    const passedOn = isAlias ? notifyBehindAlias(notify) : notify;
    for (const address of expansion.addresses) {
      this.#add({ address, original, notify: passedOn, dsnOriginal });
    }
    return undefined;
  }

  #add(recipient: QueuedRecipient): void {
    const { duplicateFilterLimit, enableOriginalRecipient } = this.#settings;
    const { address, original, notify, dsnOriginal } = recipient;
    const isSame = !enableOriginalRecipient || original.toLowerCase() === address.toLowerCase();
    const key = [dsnOriginal ?? "", notify?.join(",") ?? "", isSame ? "" : original, address].join("\n")
      .toLowerCase();
    if (this.#seen.has(key)) return;
    if (duplicateFilterLimit === 0 || this.#seen.size < duplicateFilterLimit) this.#seen.add(key);
    this.recipients.push(enableOriginalRecipient ? recipient : { ...recipient, original: "" });
  }
}

const never: readonly string[] = ["NEVER"];

/** RFC 3461 §5.2.7.3: success is reported where the alias is, the rest further on. */
function notifyBehindAlias(notify: readonly string[] | undefined): readonly string[] | undefined {
  if (notify?.includes("SUCCESS") !== true) return notify;
  const rest = notify.filter((wish) => wish !== "SUCCESS");
  return rest.length === 0 ? never : rest;
}

/** Sender and recipients at once. */
export function* cleanEnvelope(
  cleaner: EnvelopeCleaner,
  sender: string,
  recipients: readonly NewRecipient[],
): Evaluation<undefined | EnvelopeFailure> {
  const failure = yield* cleaner.setSender(sender);
  if (failure !== undefined) return failure;
  for (const recipient of recipients) {
    const failure = yield* cleaner.addRecipient(recipient);
    if (failure !== undefined) return failure;
  }
  return undefined;
}
