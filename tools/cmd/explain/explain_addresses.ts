/** What becomes of the addresses before the message is queued: the envelope is made as the server makes it. */

import type { Evaluation } from "../../../mta/address/lookup.ts";
import type { Found } from "../../../mta/address/match_list.ts";
import type { VirtualNode } from "../../../mta/address/virtual.ts";
import { type AddressTrail, EnvelopeCleaner, type EnvelopeFailure } from "../../../mta/cleanup/envelope.ts";
import type { CleanupSettings } from "../../../mta/cleanup/settings.ts";
import type { MessageActions } from "../../../mta/policy/verdict.ts";

import type { Branch } from "./explanation.ts";
import type { Sentence } from "./sentence.ts";
import type { Answered, Watched } from "./watched.ts";

export interface ExplainedAddresses {
  readonly branches: readonly Branch[];
  /** As the queue file has them; recipients each once. */
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** `actions` are what access tables want done with the message. */
export async function explainAddresses(
  { sender, recipient }: Pick<Sentence, "sender" | "recipient">,
  { settings, ask, actions }: {
    readonly settings: CleanupSettings;
    readonly ask: Watched;
    readonly actions: MessageActions;
  },
): Promise<ExplainedAddresses> {
  const cleaner = new EnvelopeCleaner(settings, "smtp");
  const branches: Branch[] = [];
  const take = async (steps: Evaluation<undefined | EnvelopeFailure>) => {
    const first = cleaner.trails.length;
    const answered = await ask.addresses(steps);
    branches.push(...describeStep(cleaner.trails.slice(first), answered));
    return answered.result === undefined;
  };
  const steps = [
    () => cleaner.setSender(sender),
    () => cleaner.addRecipient({ address: recipient }),
    () => cleaner.addAccessBcc(actions.bcc ?? []),
    () => cleaner.addAlwaysBcc(),
  ];
  for (const step of steps) {
    // The message is not taken.
    if (!await take(step())) return { branches, sender: cleaner.sender, recipients: [] };
  }
  if (actions.redirect !== undefined) {
    cleaner.redirect(actions.redirect);
    branches.push({ text: `all recipients become <${actions.redirect}> (REDIRECT)` });
  }
  branches.push(...cleaner.warnings.map((warning) => ({ text: `warning: ${warning}` })));
  const recipients = new Map(cleaner.recipients.map(({ address }) => [address.toLowerCase(), address]));
  return { branches, sender: cleaner.sender, recipients: [...recipients.values()] };
}

/** The addresses that a step has brought, what was looked up for them, and what went wrong. */
function describeStep(
  trails: readonly AddressTrail[],
  { result, looked }: Answered<undefined | EnvelopeFailure>,
): readonly Branch[] {
  const branches = trails.map(describeTrail);
  if (result !== undefined) {
    const said = "text" in result
      ? `451 ${result.status} ${result.text}`
      : "451 4.3.0 queue file write error";
    return [...branches, { text: `not taken: ${said}: ${result.failure}`, looked }];
  }
  const [first, ...rest] = branches;
  return first === undefined ? [] : [looked.length === 0 ? first : { ...first, looked }, ...rest];
}

const kindWords: Readonly<Record<AddressTrail["kind"], string>> = {
  sender: "sender",
  recipient: "recipient",
  bcc: "copy to",
  redirect: "redirected to",
};

function describeTrail({ kind, given, rewritten, steps, address, virtual, parameter }: AddressTrail): Branch {
  const branches: Branch[] = [];
  if (rewritten !== given) branches.push({ text: `${rewritten} (made whole: myorigin, mydomain, routing)` });
  for (const { parameter, to, found } of steps) {
    branches.push({ text: `${to} (${parameter}: ${describeFound(found)})` });
  }
  if (address !== (steps.at(-1)?.to ?? rewritten)) branches.push({ text: `${address} (masquerade_domains)` });
  if (virtual?.found !== undefined) {
    branches.push({
      text: `virtual alias (${describeFound(virtual.found)})`,
      branches: virtual.results.map(describeVirtual),
    });
  }
  const why = parameter === undefined ? "" : ` (${parameter})`;
  return { text: `${kindWords[kind]} <${given}>${why}`, branches };
}

function describeVirtual({ address, found, results }: VirtualNode): Branch {
  return {
    text: found === undefined ? address : `${address} (virtual alias ${describeFound(found)})`,
    branches: results.map(describeVirtual),
  };
}

/** `hash:/etc/postfix/virtual:3: joe@ref.test`; a value is told by what became of it. */
export function describeFound({ table, key, line, note }: Omit<Found, "value">): string {
  const place = `${table}${line === undefined ? "" : `:${line}`}`;
  const what = key === "" || key === table ? place : `${place}: ${key}`;
  return note === undefined ? what : `${what}, ${note}`;
}
