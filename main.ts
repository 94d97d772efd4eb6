/** `mailsrv`: argv to a command, its result to an exit code; nothing else. */

import { startedAs } from "./tools/kit/os/identity.ts";

import { runCommand } from "./tools/cmd/run.ts";

if (import.meta.main) Deno.exit(await runCommand(startedAs() ?? "mailsrv", Deno.args));
