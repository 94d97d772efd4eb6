/** `mailsrv queue show` (= postcat): a queued message, its envelope and content. */

import { ConfigError } from "../../kit/base/failure.ts";

import type { Command } from "../command.ts";
import { exitCode } from "../exit_code.ts";
import { openSpool } from "../open_stores.ts";
import { settingsFor } from "../settings.ts";

import { isQueueId } from "./id.ts";
import { contentMark, endMarks, formatEnvelopeRecords } from "./letter.ts";

export const queueShowCommand: Command = {
  name: "queue show",
  summary: "show a queued message, envelope and content (postcat -q)",
  arguments: "ID ...",
  details: [
    "--parts takes letters as postcat: e the envelope, b the body, h the header. -bh is the message alone.",
  ],
  options: [
    { name: "parts", value: "LETTERS", summary: "which parts to show: of b, e, h (default all)" },
    { name: "file", summary: "arguments are files of the queue rather than ids" },
  ],
  least: 1,
  run: async (context, given) => {
    const { settings } = await settingsFor(context, given);
    const spool = await openSpool(context, settings);
    const parts = typeof given.options.parts === "string" ? given.options.parts : "beh";
    for (const name of given.rest) {
      // `postcat /var/spool/.../deferred/ID`: the last component is the id, wherever the file is by now.
      const id = given.options.file === true ? name.slice(name.lastIndexOf("/") + 1) : name;
      if (!isQueueId(id)) throw new ConfigError(`fatal: bad mail queue ID: ${id}`);
      const message = await spool.find(id);
      if (message === undefined) {
        throw new ConfigError(`fatal: open queue file ${id}: No such file or directory`);
      }
      // postcat(1) names a file as it was opened.
      const file = given.options.file === true ? name : `${message.queue}/${id}`;
      const withEnvelope = parts.includes("e");
      if (withEnvelope) await context.print(`${formatEnvelopeRecords(message, file)}${contentMark(file)}`);
      if (parts.includes("b") || parts.includes("h")) {
        for await (const chunk of contentParts(spool.content(id), parts)) await context.printBytes(chunk);
      }
      if (withEnvelope) await context.print(endMarks(message, file));
    }
    return exitCode.ok;
  },
};

/** Header and body, or one of them; the empty line goes with whichever is shown. */
async function* contentParts(content: AsyncIterable<Uint8Array>, parts: string): AsyncGenerator<Uint8Array> {
  const both = parts.includes("b") && parts.includes("h");
  let inHeader = true;
  let lastWasEnd = true;
  for await (const chunk of content) {
    if (both) {
      yield chunk;
      continue;
    }
    let split = inHeader ? chunk.length : 0;
    for (let at = 0; inHeader && at < chunk.length; at++) {
      const isEnd = chunk[at] === 10;
      if (isEnd && lastWasEnd) {
        split = at;
        inHeader = false;
      }
      lastWasEnd = isEnd;
    }
    yield parts.includes("h") ? chunk.subarray(0, split) : chunk.subarray(split);
  }
}
