/** `@std/assert`, from the copy of the standard library that npm carries. */

import * as std from "deno-std/assert/mod.js";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

interface Assertions {
  assert(condition: unknown, message?: string): asserts condition;
  assertEquals<T>(actual: T, expected: T, message?: string): void;
  assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  assertStrictEquals<T>(actual: T, expected: T, message?: string): void;
  assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  assertInstanceOf<T>(
    actual: unknown,
    // deno-lint-ignore no-explicit-any
    expected: abstract new (...args: any[]) => T,
    message?: string,
  ): asserts actual is T;
  assertMatch(actual: string, expected: RegExp, message?: string): void;
  assertNotMatch(actual: string, expected: RegExp, message?: string): void;
  assertObjectMatch(actual: object, expected: object, message?: string): void;
  assertStringIncludes(actual: string, expected: string, message?: string): void;
  assertGreater<T>(actual: T, expected: T, message?: string): void;
  assertLess<T>(actual: T, expected: T, message?: string): void;
  assertThrows<E extends Error = Error>(
    run: () => unknown,
    errorClass?: ErrorClass<E>,
    messageIncludes?: string,
    message?: string,
  ): E;
  assertRejects<E extends Error = Error>(
    run: () => PromiseLike<unknown>,
    errorClass?: ErrorClass<E>,
    messageIncludes?: string,
    message?: string,
  ): Promise<E>;
  fail(message?: string): never;
}

const assertions = std as unknown as Assertions;

// An assertion function must be reached through a name with an explicit type to narrow its argument.
export const assert: Assertions["assert"] = assertions.assert;
export const assertEquals: Assertions["assertEquals"] = assertions.assertEquals;
export const assertNotEquals: Assertions["assertNotEquals"] = assertions.assertNotEquals;
export const assertStrictEquals: Assertions["assertStrictEquals"] = assertions.assertStrictEquals;
export const assertExists: Assertions["assertExists"] = assertions.assertExists;
export const assertInstanceOf: Assertions["assertInstanceOf"] = assertions.assertInstanceOf;
export const assertMatch: Assertions["assertMatch"] = assertions.assertMatch;
export const assertNotMatch: Assertions["assertNotMatch"] = assertions.assertNotMatch;
export const assertObjectMatch: Assertions["assertObjectMatch"] = assertions.assertObjectMatch;
export const assertStringIncludes: Assertions["assertStringIncludes"] = assertions.assertStringIncludes;
export const assertGreater: Assertions["assertGreater"] = assertions.assertGreater;
export const assertLess: Assertions["assertLess"] = assertions.assertLess;
export const assertThrows: Assertions["assertThrows"] = assertions.assertThrows;
export const assertRejects: Assertions["assertRejects"] = assertions.assertRejects;
export const fail: Assertions["fail"] = assertions.fail;
