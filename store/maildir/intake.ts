/**
 * Taking messages into a Maildir: from `tmp/` to `cur/` (with flags) or `new/` (without), with UIDs.
 *
 * | step, all under the uidlist's lock | after a crash here |
 * |---|---|
 * | files renamed into place | whole messages that nobody was told of; they get UIDs at the next look |
 * | `cur/` and `new/` synced, uidlist lines synced | the same, or with their UIDs |
 * | returned: the UIDs may be told (APPENDUID, COPYUID) | the messages are there, with these UIDs |
 */

import type { Uid } from "../account.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { formatFileName, keywordsOf, lettersOfFlags } from "./file_name.ts";
import type { MaildirContents } from "./maildir_contents.ts";
import type { Place, PreparedMessage } from "./message_row.ts";
import type { UidListEntry } from "./uid_list.ts";

export async function intake(
  context: StoreContext,
  contents: MaildirContents,
  messages: readonly PreparedMessage[],
): Promise<readonly Uid[]> {
  if (messages.length === 0) return [];
  const { disk } = context;
  const { uids, keywords, directory } = contents;
  await keywords.ensure(Array.from(new Set(messages.flatMap(({ flags }) => keywordsOf(flags)))));
  return await uids.locked(async (reloaded) => {
    if (reloaded) contents.agreeWithUidList();
    const placed: { readonly place: Place; readonly file: string }[] = [];
    const added: [base: string, entry: UidListEntry][] = [];
    try {
      for (const { path, base, flags } of messages) {
        const letters = lettersOfFlags(flags, keywords);
        const target = letters === ""
          ? { place: "new" as const, file: base }
          : { place: "cur" as const, file: formatFileName(base, letters) };
        await disk.rename(path, `${directory}/${target.place}/${target.file}`);
        placed.push(target);
      }
      for (const place of new Set(placed.map((target) => target.place))) {
        await disk.syncDir(`${directory}/${place}`);
      }
      for (const { base } of messages) added.push([base, uids.assign(base)]);
      await uids.save(added);
    } catch (thrown) {
      for (const [base] of added) uids.entries.delete(base);
      for (const { place, file } of placed) {
        await disk.unlink(`${directory}/${place}/${file}`).catch(() => {});
      }
      throw thrown;
    }
    if (placed.some(({ place }) => place === "cur")) contents.noteOwnChange();
    return messages.map((message, index) => {
      const { uid } = added[index]![1];
      contents.insert({
        uid,
        base: message.base,
        ...placed[index]!,
        fresh: true,
        octets: message.octets,
        receivedMs: message.receivedMs,
      });
      return uid;
    });
  });
}
