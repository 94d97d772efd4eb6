/** `mailsrv`: argv to a command, its result to an exit code; nothing else. */

import { runCommand } from "./tools/cmd/run.ts";
import { startedAs } from "./tools/kit/os/identity.ts";

if (import.meta.main) Deno.exit(await runCommand(startedAs() ?? "mailsrv", Deno.args));
