/** `mailsrv`: argv to a command, its result to an exit code; nothing else. */

import { runCommand } from "./tools/cmd/run.ts";

if (import.meta.main) Deno.exit(await runCommand(Deno.args));
