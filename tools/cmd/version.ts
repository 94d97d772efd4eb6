/** `mailsrv version` */

import type { Command } from "./command.ts";
import { exitCode } from "./exit_code.ts";

/** Semantic version of this source tree; CHANGELOG.md says what it holds. */
export const version = "0.1.0";

export const versionCommand: Command = {
  name: "version",
  summary: "show the version of mailsrv and of its runtime",
  most: 0,
  run: async (context) => {
    await context.print(`mailsrv ${version} (Deno ${Deno.version.deno}, V8 ${Deno.version.v8})\n`);
    return exitCode.ok;
  },
};
