/** STATUS of a mailbox, without taking over its new mail. */

import type { MailboxStatus } from "../account.ts";
import type { MailboxCore } from "./core.ts";
import { hasFlag } from "./flags.ts";

export async function statusOf(
  core: MailboxCore,
  want: { readonly octets: boolean },
): Promise<MailboxStatus> {
  await core.refresh({ take: false });
  const { rows } = core.ledger;
  if (want.octets) await core.complete(rows);
  let recent = 0;
  let unseen = 0;
  let octets = 0;
  for (const row of rows) {
    if (row.fresh) recent++;
    if (!hasFlag(row.flags, "\\Seen")) unseen++;
    if (want.octets) octets += row.octets ?? 0;
  }
  return {
    messages: rows.length,
    recent,
    unseen,
    uidNext: core.uidNext,
    uidValidity: core.uidValidity,
    highestModSeq: core.ledger.highestModSeq,
    octets,
  };
}
