/**
 * `@std/testing`, the part of it that is used: `stub` and `spy` of `@std/testing/mock`, over node:test's mocks
 * (npm's copy of the standard library has no testing package). Time is mocked by `ManualClock`, not here.
 */

import { mock } from "node:test";

export interface MethodSpy<Args extends unknown[]> extends Disposable {
  readonly calls: readonly { readonly args: Args }[];
  restore(): void;
}

/** Replaces `object[method]` by `replacement` until `restore` or the end of a `using` block. */
export function stub<T extends object, M extends keyof T & string, Args extends unknown[]>(
  object: T,
  method: M,
  replacement: (...args: Args) => unknown,
): MethodSpy<Args> {
  // deno-lint-ignore no-explicit-any
  const mocked = (mock as any).method(object, method, replacement);
  const restore = () => mocked.mock.restore();
  return {
    get calls() {
      return mocked.mock.calls.map((call: { arguments: Args }) => ({ args: call.arguments }));
    },
    restore,
    [Symbol.dispose]: restore,
  };
}
