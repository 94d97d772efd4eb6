/** The running server, as a command talks to it. */

import { callControl } from "../kit/net/control_socket.ts";

import type { Settings } from "../config/schema.ts";

/** Calls `method` and gives its final value. @throws NotRunning, Error */
export async function askServer(
  settings: Settings,
  method: string,
  params: unknown = null,
): Promise<unknown> {
  const answers = callControl(settings.control_socket, method, params);
  for (;;) {
    const step = await answers.next();
    if (step.done === true) return step.value;
  }
}

/** Calls `method` and gives its items as they come. @throws NotRunning, Error */
export async function* listFromServer<T>(
  settings: Settings,
  method: string,
  params: unknown = null,
): AsyncGenerator<T, void> {
  for await (const item of callControl(settings.control_socket, method, params)) yield item as T;
}
