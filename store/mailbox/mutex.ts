/** One at a time, in order of arrival: operations on one mailbox within this thread. */

export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action, action);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** `action` on all of `items`, `width` of them in flight at a time. The first failure is thrown when all have ended. */
export async function inParallel<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
  width = 32,
): Promise<void> {
  let next = 0;
  const problems: unknown[] = [];
  const worker = async () => {
    while (next < items.length && problems.length === 0) {
      try {
        await action(items[next++]!);
      } catch (thrown) {
        problems.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (problems.length > 0) throw problems[0];
}
