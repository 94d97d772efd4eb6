/** Waiting for something, but not for ever. */

import type { Clock } from "../base/clock.ts";

/** Whether `work` is settled (well or not) within `limitMs`; leaves no timer behind. */
export function settledWithin(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(limitMs, () => resolve(false));
    const settled = () => {
      cancel();
      resolve(true);
    };
    work.then(settled, settled);
  });
}
