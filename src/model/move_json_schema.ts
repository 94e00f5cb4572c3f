import * as z from "zod/mini";
import { moveSchema } from "./move.ts";

/**
 * The JSON Schema of a move, for programs that can be held to one.
 *
 * @example
 * ```ts
 * import { moveJsonSchema } from "@looop/cli";
 *
 * console.log(Object.keys(moveJsonSchema())); // [ "$schema", "oneOf" ]
 * ```
 */
export function moveJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(moveSchema as z.ZodMiniType, { io: "input" });
}
