/**
 * `@std/assert` as far as the tests use it. The npm package ships no types, so they are declared here.
 *
 * @module
 */

import { assert as anyAssert } from "deno-std/assert/assert.js";
import { assertEquals as anyAssertEquals } from "deno-std/assert/equals.js";
import { assertMatch as anyAssertMatch } from "deno-std/assert/match.js";
import { assertRejects as anyAssertRejects } from "deno-std/assert/rejects.js";
import { assertStringIncludes as anyAssertStringIncludes } from "deno-std/assert/string_includes.js";
import { assertThrows as anyAssertThrows } from "deno-std/assert/throws.js";

/** Fails unless `condition` is truthy. */
export const assert: (condition: unknown, message?: string) => asserts condition = anyAssert;

/** Fails, showing the difference, unless the two values are equal in depth. */
export const assertEquals: <T>(actual: T, expected: T, message?: string) => void = anyAssertEquals;

/** Fails unless the text matches. */
export const assertMatch: (actual: string, expected: RegExp, message?: string) => void =
  anyAssertMatch;

/** Fails unless the text holds `expected`. */
export const assertStringIncludes: (actual: string, expected: string, message?: string) => void =
  anyAssertStringIncludes;

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Fails unless `action` throws an error of this class whose message holds `includes`. */
export const assertThrows: <E extends Error = Error>(
  action: () => unknown,
  errorClass?: ErrorClass<E>,
  includes?: string,
) => E = anyAssertThrows;

/** Fails unless `action` rejects with an error of this class whose message holds `includes`. */
export const assertRejects: <E extends Error = Error>(
  action: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  includes?: string,
) => Promise<E> = anyAssertRejects;
