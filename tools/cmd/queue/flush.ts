/** `mailsrv queue flush` (= postqueue -f, postqueue -i ID, sendmail -q): try deferred mail now. */

import { NotRunning } from "../../kit/net/control_socket.ts";

import type { Command } from "../command.ts";
import { askServer } from "../control.ts";
import { exitCode } from "../exit_code.ts";
import { settingsFor } from "../settings.ts";

import { isQueueId } from "./id.ts";

export const queueFlushCommand: Command = {
  name: "queue flush",
  summary: "try deferred mail now (postqueue -f, -i)",
  arguments: "[ID ...]",
  run: async (context, given) => {
    const { settings } = await settingsFor(context, given);
    const ids = given.rest.filter((id) => {
      if (!isQueueId(id)) context.complain(`warning: invalid mail queue id: ${id}`);
      return isQueueId(id);
    });
    if (given.rest.length > 0 && ids.length === 0) return exitCode.dataError;
    try {
      await askServer(settings, "queue flush", { selection: ids.length === 0 ? "ALL" : ids });
    } catch (thrown) {
      if (!(thrown instanceof NotRunning)) throw thrown;
      context.complain("Cannot flush mail queue - mail system is down");
      return exitCode.unavailable;
    }
    return exitCode.ok;
  },
};
