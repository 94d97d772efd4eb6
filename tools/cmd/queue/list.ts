/** `mailsrv queue list` (= mailq, postqueue -p, postqueue -j): printed as it is read, however long it is. */

import type { Command } from "../command.ts";
import { exitCode } from "../exit_code.ts";
import { settingsFor } from "../settings.ts";

import { openQueue } from "./access.ts";
import { filterOptions, readFilter } from "./filter.ts";
import { formatQueueJson, QueueListing } from "./report.ts";

/** Characters that are printed together. */
const chunkLength = 1 << 16;

export const queueListCommand: Command = {
  name: "queue list",
  summary: "list the queue (mailq, postqueue -p)",
  details: ["With filters, the messages that all of them let through."],
  options: [
    { name: "json", letter: "j", summary: "one JSON object a line (postqueue -j)" },
    ...filterOptions,
  ],
  most: 0,
  run: async (context, given) => {
    const queue = await openQueue(context, (await settingsFor(context, given)).settings);
    const isJson = given.options.json === true;
    const listing = new QueueListing();
    let text = "";
    for await (const message of queue.list(readFilter(given, "queue list"))) {
      text += isJson ? formatQueueJson(message) : listing.next(message);
      if (text.length < chunkLength) continue;
      await context.print(text);
      text = "";
    }
    await context.print(isJson ? text : text + listing.end());
    return exitCode.ok;
  },
};
