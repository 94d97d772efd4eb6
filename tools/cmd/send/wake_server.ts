/** Tells a running server that there is something in `maildrop`. */

import { TempFailure } from "../../kit/base/failure.ts";
import { NotRunning } from "../../kit/net/control_socket.ts";

import type { Settings } from "../../config/schema.ts";

import type { Context } from "../context.ts";
import { askServer } from "../control.ts";

export async function wakeServer(context: Context, settings: Settings): Promise<void> {
  try {
    await askServer(settings, "collect");
  } catch (thrown) {
    if (thrown instanceof NotRunning) return;
    // The message is safe in maildrop, where the server finds it at the latest when it looks next.
    if (!(thrown instanceof TempFailure)) context.complain(`warning: ${String(thrown)}`);
  }
}
