/**
 * The functions of `@std/crypto` that looop uses.
 *
 * @module
 */

import { timingSafeEqual as untyped } from "deno-std/crypto/timing_safe_equal.js";

/** Compares bytes in a time that does not depend on them. Throws a `TypeError` if the lengths differ. */
export const timingSafeEqual: (a: Uint8Array, b: Uint8Array) => boolean = untyped;
