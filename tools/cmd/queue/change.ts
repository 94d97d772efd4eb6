/** `mailsrv queue delete|hold|release` (= postsuper -d, -h, -H), with postsuper's reports. */

import { utf8Text } from "../../kit/base/bytes.ts";

import type { Command } from "../command.ts";
import { readInput } from "../context.ts";
import { exitCode } from "../exit_code.ts";
import { settingsFor } from "../settings.ts";

import { openQueue } from "./access.ts";
import type { QueueAction } from "./access.ts";
import { isQueueId } from "./id.ts";

interface ActionWords {
  readonly summary: string;
  /** Per message: `ID: removed`. */
  readonly each: string;
  /** In the count at the end: `Deleted: 3 messages`. */
  readonly count: string;
}

const words: Readonly<Record<QueueAction, ActionWords>> = {
  delete: { summary: "delete queued messages (postsuper -d)", each: "removed", count: "Deleted" },
  hold: {
    summary: "keep messages from being delivered (postsuper -h)",
    each: "placed on hold",
    count: "Placed on hold",
  },
  release: {
    summary: "give held messages back to the queue (postsuper -H)",
    each: "released from hold",
    count: "Released from hold",
  },
};

/** Most octets of a list of ids on standard input. */
const maxListOctets = 64 << 20;

function changeCommand(action: QueueAction): Command {
  const { summary, each, count } = words[action];
  return {
    name: `queue ${action}`,
    summary,
    arguments: "ID ... | ALL | -",
    details: ["ALL, in upper case, means every message; - reads ids from standard input."],
    least: 1,
    run: async (context, given) => {
      const { settings } = await settingsFor(context, given);
      const named = given.rest.length === 1 && given.rest[0] === "-"
        ? utf8Text(await readInput(context, maxListOctets)).split(/\s+/).filter((id) => id !== "")
        : given.rest;
      const ids = named.filter((id) => {
        if (!isQueueId(id)) context.complain(`warning: invalid mail queue id: ${id}`);
        return isQueueId(id);
      });
      if (ids.length === 0) return exitCode.dataError;
      const queue = await openQueue(context, settings);
      const done = await queue.apply(action, ids.includes("ALL") ? "ALL" : ids);
      for (const id of done) context.complain(`${id}: ${each}`);
      if (done.length > 0) {
        context.complain(`${count}: ${done.length} message${done.length === 1 ? "" : "s"}`);
      }
      return exitCode.ok;
    },
  };
}

export const queueDeleteCommand = changeCommand("delete");
export const queueHoldCommand = changeCommand("hold");
export const queueReleaseCommand = changeCommand("release");
