/** COPY and MOVE between mboxes: each message goes through a file of its own, so that no two mailboxes are locked at once. */

import type { CopyResult, Uid } from "../account.ts";
import { MailboxError } from "../account.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { LfWriter } from "../mailbox/line_form.ts";
import type { MboxCore } from "./mbox_core.ts";
import type { StagedMessage } from "./staged.ts";
import { newStagingPath } from "./staged.ts";

const chunkOctets = 256 * 1024;

export async function transferMessages(
  context: StoreContext,
  uids: readonly Uid[],
  options: { readonly from: MboxCore; readonly to: MboxCore; readonly side: string; readonly move: boolean },
): Promise<CopyResult> {
  const { from, to, side, move } = options;
  const originals: Uid[] = [];
  const staged: StagedMessage[] = [];
  try {
    for (const uid of Array.from(new Set(uids)).sort((left, right) => left - right)) {
      const row = from.ledger.get(uid);
      if (row === undefined) continue;
      const path = newStagingPath(context, side);
      staged.push({ path, flags: row.flags, receivedMs: row.receivedMs ?? context.clock.now() });
      if (await stage(context, uid, { from, path })) originals.push(uid);
      else await unstage(context, [staged.pop()!]);
    }
    const copies = await to.add(staged);
    if (move) await from.remove(originals);
    return { uidValidity: to.uidValidity, from: originals, to: copies };
  } finally {
    await unstage(context, staged);
  }
}

/** False when the message is gone. */
async function stage(
  context: StoreContext,
  uid: Uid,
  options: { readonly from: MboxCore; readonly path: string },
): Promise<boolean> {
  const file = await context.disk.open(options.path, { write: true, create: "always" });
  try {
    const content = await options.from.content(uid);
    const lines = new LfWriter();
    for (let offset = 0;;) {
      const bytes = await content.read(offset, chunkOctets);
      if (bytes.length === 0) break;
      offset += bytes.length;
      await file.write(lines.push(bytes));
    }
    await file.write(lines.end());
    return true;
  } catch (thrown) {
    if (thrown instanceof MailboxError && thrown.code === "expunged") return false;
    throw thrown;
  } finally {
    await file.close();
  }
}

async function unstage(context: StoreContext, staged: readonly StagedMessage[]): Promise<void> {
  for (const { path } of staged) await context.disk.unlink(path).catch(() => {});
}
