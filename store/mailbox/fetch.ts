/** What FETCH needs of messages, from the cheapest place that knows it: the ledger, the cache, the header, the file. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { parseEnvelope } from "../../tools/kit/mail/envelope.ts";
import { parseMime } from "../../tools/kit/mail/mime.ts";

import type { FetchWant, MessageData, MessageState, Uid } from "../account.ts";
import { MailboxError } from "../account.ts";
import type { ParsedMessage } from "../index/message_cache.ts";
import { structureOctets } from "../index/message_cache.ts";
import type { Content } from "./content.ts";
import type { MailboxCore } from "./core.ts";
import type { LedgerRow } from "./ledger.ts";
import { inParallel } from "./mutex.ts";

/** What an envelope takes in memory is about what its fields take, plus the objects. */
const envelopeOctets = 1500;

/** Messages looked at together; each may be held whole while it is parsed. */
const width = 4;

export interface FetchContext {
  readonly want: FetchWant;
  readonly stateOf: (row: LedgerRow) => MessageState;
}

export async function fetchMessages(
  core: MailboxCore,
  uids: readonly Uid[],
  { want, stateOf }: FetchContext,
): Promise<readonly MessageData[]> {
  const rows = uids.map((uid) => core.ledger.get(uid)).filter((row) => row !== undefined);
  await core.complete(rows);
  const details = new Map<Uid, Details>();
  const inspected = want.envelope === true || want.structure === true || want.header === true;
  if (inspected) {
    await inParallel(rows, async ({ uid }) => {
      const found = await detailsOf(core, uid, want);
      if (found !== undefined) details.set(uid, found);
    }, width);
  }
  const data: MessageData[] = [];
  for (const row of rows) {
    const { uid, octets, receivedMs } = row;
    if (core.ledger.get(uid) !== row || octets === undefined || receivedMs === undefined) continue;
    if (inspected && !details.has(uid)) continue;
    data.push({ uid, summary: { ...stateOf(row), octets, receivedMs }, ...details.get(uid) });
  }
  return data;
}

interface Details extends ParsedMessage {
  readonly header?: Bytes | undefined;
}

/** `undefined` when the message is gone. */
async function detailsOf(core: MailboxCore, uid: Uid, want: FetchWant): Promise<Details | undefined> {
  const cached = core.cache.get(uid);
  const needs = {
    envelope: want.envelope === true && cached?.envelope === undefined,
    structure: want.structure === true && cached?.structure === undefined,
    header: want.header === true,
  };
  const known: Details = {
    ...(want.envelope === true && { envelope: cached?.envelope }),
    ...(want.structure === true && { structure: cached?.structure }),
  };
  if (!needs.envelope && !needs.structure && !needs.header) return known;
  const content = await contentOf(core, uid);
  if (content === undefined) return undefined;
  try {
    return { ...known, ...await inspect(core, content, { uid, needs }) };
  } finally {
    await content.close();
  }
}

async function inspect(
  core: MailboxCore,
  content: Content,
  { uid, needs }: {
    readonly uid: Uid;
    readonly needs: { readonly envelope: boolean; readonly structure: boolean; readonly header: boolean };
  },
): Promise<Details> {
  let details: Details = {};
  const header = needs.header || needs.envelope ? await content.header() : undefined;
  if (needs.header) details = { ...details, header };
  if (needs.envelope && header !== undefined) {
    const envelope = parseEnvelope(header);
    details = { ...details, envelope };
    core.cache.put(uid, { envelope }, envelopeOctets);
  }
  if (needs.structure) {
    const structure = parseMime(await content.whole());
    details = { ...details, structure };
    core.cache.put(uid, { structure }, structureOctets(structure));
  }
  return details;
}

export async function contentOf(core: MailboxCore, uid: Uid): Promise<Content | undefined> {
  try {
    return await core.content(uid);
  } catch (thrown) {
    if (thrown instanceof MailboxError && thrown.code === "expunged") return undefined;
    throw thrown;
  }
}
