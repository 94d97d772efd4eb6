/** `mailsrv queue list` (= mailq, postqueue -p, postqueue -j). */

import type { QueuedMessage } from "../../../store/spool/spool.ts";

import type { Command } from "../command.ts";
import { exitCode } from "../exit_code.ts";
import { settingsFor } from "../settings.ts";

import { openQueue } from "./access.ts";
import { formatQueueJson, formatQueueList, sortForListing } from "./report.ts";

export const queueListCommand: Command = {
  name: "queue list",
  summary: "list the queue (mailq, postqueue -p)",
  options: [{ name: "json", letter: "j", summary: "one JSON object a line (postqueue -j)" }],
  most: 0,
  run: async (context, given) => {
    const queue = await openQueue(context, (await settingsFor(context, given)).settings);
    const messages: QueuedMessage[] = [];
    for await (const message of queue.list()) messages.push(message);
    const sorted = sortForListing(messages);
    await context.print(
      given.options.json === true ? sorted.map(formatQueueJson).join("") : formatQueueList(sorted),
    );
    return exitCode.ok;
  },
};
