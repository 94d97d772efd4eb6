/** SEARCH over a mailbox: what the ledger knows settles most; files are opened only for messages that need it. */

import type { MessageState, Uid } from "../account.ts";
import type { Missing, SearchFacts } from "../search/match.ts";
import { Matcher } from "../search/match.ts";
import { maxSearchedOctets } from "../search/message_text.ts";
import type { SearchKey } from "../search/search_key.ts";
import type { MailboxCore } from "./core.ts";
import { contentOf } from "./fetch.ts";
import type { LedgerRow } from "./ledger.ts";
import { inParallel } from "./mutex.ts";

/** Messages looked at together; each may be held whole. */
const width = 4;

export async function searchMailbox(
  core: MailboxCore,
  key: SearchKey,
  options: { readonly isRecent: (row: LedgerRow) => boolean },
): Promise<readonly Uid[]> {
  const matcher = new Matcher(key);
  const found = new Set<Uid>();
  const open: { readonly row: LedgerRow; readonly missing: Missing }[] = [];
  const stateOf = (row: LedgerRow): MessageState => ({
    uid: row.uid,
    flags: row.flags,
    recent: options.isRecent(row),
    modSeq: row.modSeq,
  });
  for (const row of core.ledger.rows) {
    const verdict = matcher.match(stateOf(row));
    if (verdict === true) found.add(row.uid);
    else if (verdict !== false) open.push({ row, missing: verdict });
  }
  const summaries = open.filter(({ missing }) => missing === "summary").map(({ row }) => row);
  if (summaries.length > 0) await core.complete(summaries);
  await inParallel(open, async ({ row, missing }) => {
    if (await settle(core, matcher, { row, missing, state: stateOf(row) })) found.add(row.uid);
  }, width);
  return Array.from(found).sort((left, right) => left - right);
}

/** A message that is gone by now does not match. */
async function settle(
  core: MailboxCore,
  matcher: Matcher,
  { row, missing, state }: {
    readonly row: LedgerRow;
    readonly missing: Missing;
    readonly state: MessageState;
  },
): Promise<boolean> {
  let facts: SearchFacts = { ...state, octets: row.octets, receivedMs: row.receivedMs };
  let verdict: boolean | Missing = missing;
  if (verdict === "summary") verdict = matcher.match(facts);
  for (let tries = 0; typeof verdict === "string" && tries < 4; tries++) {
    if (verdict === "summary") {
      await core.complete([row]);
      if (row.octets === undefined || row.receivedMs === undefined) return false;
      facts = { ...facts, octets: row.octets, receivedMs: row.receivedMs };
    } else {
      const content = await contentOf(core, row.uid);
      if (content === undefined) return false;
      try {
        facts = verdict === "header"
          ? { ...facts, header: await content.header() }
          : { ...facts, message: await content.read(0, maxSearchedOctets) };
      } finally {
        await content.close();
      }
    }
    verdict = matcher.match(facts);
  }
  return verdict === true;
}
