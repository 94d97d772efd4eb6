/** `mailsrv queue delete|hold|release|requeue|expire` (= postsuper -d, -h, -H, -r, -e, -f), with postsuper's reports. */

import { utf8Text } from "../../kit/base/bytes.ts";

import type { Arguments, Command } from "../command.ts";
import type { Context } from "../context.ts";
import { readInput } from "../context.ts";
import { UsageError } from "../command.ts";
import { exitCode } from "../exit_code.ts";
import { settingsFor } from "../settings.ts";

import { openQueue } from "./access.ts";
import type { ChangeWord, QueueAction, QueueSelection } from "./apply.ts";
import { filterOptions, looksInside, readFilter } from "./filter.ts";
import { isQueueId } from "./id.ts";

interface ActionWords {
  readonly summary: string;
  /** What is counted at the end, in postsuper's order. */
  readonly counts: readonly ChangeWord[];
}

const words: Readonly<Record<QueueAction, ActionWords>> = {
  delete: { summary: "delete queued messages (postsuper -d)", counts: ["removed"] },
  hold: { summary: "keep messages from being delivered (postsuper -h)", counts: ["placed on hold"] },
  release: {
    summary: "give held messages back to the queue (postsuper -H)",
    counts: ["released from hold"],
  },
  requeue: { summary: "rewrite the addresses of queued messages again (postsuper -r)", counts: ["requeued"] },
  expire: {
    summary: "return messages to their senders at the next attempt (postsuper -e)",
    counts: ["expired"],
  },
  return: { summary: "the same, and release those on hold", counts: ["expired", "released from hold"] },
};

/** `Deleted: 3 messages`, for each of postsuper's counts. */
const countWords: Readonly<Record<ChangeWord, string>> = {
  requeued: "Requeued",
  removed: "Deleted",
  expired: "Force-expired",
  "placed on hold": "Placed on hold",
  "released from hold": "Released from hold",
};

/** Most octets of a list of ids on standard input. */
const maxListOctets = 64 << 20;

/** How long nothing need be said while many messages are changed. */
const progressMs = 5000;

function changeCommand(action: Exclude<QueueAction, "return">): Command {
  const { summary } = words[action];
  return {
    name: `queue ${action}`,
    summary,
    arguments: "[ID ... | ALL | -]",
    details: [
      "ALL, in upper case, means every message; - reads ids from standard input. With filters and no id, every message that they let through.",
    ],
    options: [
      ...filterOptions,
      ...action === "expire"
        ? [{ name: "release", summary: "release those on hold, so that they are tried too (postsuper -f)" }]
        : [],
    ],
    run: (context, given) => run(given.options.release === true ? "return" : action, context, given),
  };
}

async function run(action: QueueAction, context: Context, given: Arguments) {
  const { settings } = await settingsFor(context, given);
  const selection = await readSelection(action, context, given);
  const isSilent = selection.ids === "ALL" && !looksInside(selection.filter);
  const counts = new Map<ChangeWord, number>(words[action].counts.map((word) => [word, 0]));
  if (selection.ids === "ALL" || selection.ids.length > 0) {
    let toldMs = context.clock.monotonic();
    const queue = await openQueue(context, settings);
    for await (const changed of queue.apply(action, selection)) {
      for (const word of changed.words) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
        if (!isSilent) context.complain(`${changed.id}: ${word}`);
      }
      if (!isSilent || context.clock.monotonic() - toldMs < progressMs) continue;
      toldMs = context.clock.monotonic();
      for (const [word, count] of counts) context.complain(`${countWords[word]} so far: ${count}`);
    }
  }
  for (const [word, count] of counts) {
    context.complain(`${countWords[word]}: ${count} message${count === 1 ? "" : "s"}`);
  }
  return exitCode.ok;
}

async function readSelection(
  action: QueueAction,
  context: Context,
  given: Arguments,
): Promise<QueueSelection> {
  const command = `queue ${action === "return" ? "expire" : action}`;
  const filter = readFilter(given, command);
  if (given.rest.length === 0) {
    if (!looksInside(filter)) {
      throw new UsageError(`${command}: name messages by their ids, by a filter, or all of them by ALL`);
    }
    return { ids: "ALL", filter };
  }
  const isRead = given.rest.includes("-");
  const listed = isRead ? utf8Text(await readInput(context, maxListOctets)).split(/\s+/) : [];
  const named = [...given.rest.filter((id) => id !== "-"), ...listed.filter((id) => id !== "")];
  if (named.includes("ALL")) return { ids: "ALL", filter };
  const ids = named.filter((id) => {
    if (!isQueueId(id)) context.complain(`warning: invalid mail queue id: ${id}`);
    return isQueueId(id);
  });
  return { ids, filter };
}

export const queueDeleteCommand = changeCommand("delete");
export const queueHoldCommand = changeCommand("hold");
export const queueReleaseCommand = changeCommand("release");
export const queueRequeueCommand = changeCommand("requeue");
export const queueExpireCommand = changeCommand("expire");
