/** `mailsrv queue flush` (= postqueue -f, postqueue -i ID, postqueue -s SITE, sendmail -q): try deferred mail now. */

import { isValidDomain } from "../../kit/mail/domain.ts";
import { NotRunning } from "../../kit/net/control_socket.ts";

import type { Command } from "../command.ts";
import { askServer } from "../control.ts";
import { exitCode } from "../exit_code.ts";
import { settingsFor } from "../settings.ts";

import { isQueueId } from "./id.ts";

export const queueFlushCommand: Command = {
  name: "queue flush",
  summary: "try deferred mail now (postqueue -f, -i, -s)",
  arguments: "[ID ...]",
  options: [{ name: "site", value: "DOMAIN", summary: "mail to DOMAIN alone; [1.2.3.4] for an address" }],
  run: async (context, given) => {
    const { settings } = await settingsFor(context, given);
    const site = typeof given.options.site === "string" ? given.options.site : undefined;
    if (site !== undefined && !isValidDomain(site) && !/^\[[0-9A-Za-z.:]+\]$/.test(site)) {
      context.complain(`fatal: Cannot flush mail queue - invalid destination: "${site}"`);
      return exitCode.unavailable;
    }
    const wrong = given.rest.find((id) => !isQueueId(id));
    if (wrong !== undefined) {
      context.complain(`fatal: Cannot flush queue ID - invalid name: "${wrong}"`);
      return exitCode.unavailable;
    }
    try {
      const selection = given.rest.length === 0 ? { ids: "ALL", site } : { ids: given.rest };
      await askServer(settings, "queue flush", selection);
    } catch (thrown) {
      if (!(thrown instanceof NotRunning)) throw thrown;
      context.complain("fatal: Cannot flush mail queue - mail system is down");
      return exitCode.unavailable;
    }
    return exitCode.ok;
  },
};
