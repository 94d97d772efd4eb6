/** `mailsrv status`, `reload`, `stop`: commands to the running server. */

import { NotRunning } from "../kit/net/control_socket.ts";

import type { Arguments, Command } from "./command.ts";
import type { Context } from "./context.ts";
import { askServer } from "./control.ts";
import type { ExitCode } from "./exit_code.ts";
import { exitCode } from "./exit_code.ts";
import type { ServerReport } from "./serve/report.ts";
import { formatServerReport } from "./serve/report.ts";
import { settingsFor } from "./settings.ts";

async function withServer(
  context: Context,
  given: Arguments,
  method: string,
  tell: (answer: unknown) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { settings } = await settingsFor(context, given);
  try {
    return await tell(await askServer(settings, method));
  } catch (thrown) {
    if (!(thrown instanceof NotRunning)) throw thrown;
    context.complain(thrown.message);
    return exitCode.unavailable;
  }
}

export const statusCommand: Command = {
  name: "status",
  summary: "show what the running server is doing",
  options: [{ name: "json", summary: "one JSON object" }],
  most: 0,
  run: (context, given) =>
    withServer(context, given, "status", async (answer) => {
      const json = given.options.json === true;
      await context.print(json ? `${JSON.stringify(answer)}\n` : formatServerReport(answer as ServerReport));
      return exitCode.ok;
    }),
};

export const reloadCommand: Command = {
  name: "reload",
  summary: "let the running server read its settings, tables and certificates again",
  details: ["The same as SIGHUP. A settings file with mistakes is reported, and the settings in force stay."],
  most: 0,
  run: (context, given) =>
    withServer(context, given, "reload", async (answer) => {
      const { problems, needRestart } = answer as {
        problems: readonly string[];
        needRestart: readonly string[];
      };
      for (const problem of problems) context.complain(problem);
      if (problems.length > 0) {
        context.complain("the settings in force stay");
        return exitCode.config;
      }
      for (const name of needRestart) {
        context.complain(`${name} has changed: it takes effect at the next start`);
      }
      await context.print("reloaded\n");
      return exitCode.ok;
    }),
};

export const stopCommand: Command = {
  name: "stop",
  summary: "stop the running server; sessions end in order",
  most: 0,
  run: (context, given) =>
    withServer(context, given, "stop", async () => {
      await context.print("stopped\n");
      return exitCode.ok;
    }),
};
