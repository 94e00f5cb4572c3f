import { toJsonSchema } from "@valibot/to-json-schema";
import { moveVariant } from "./move.ts";

/**
 * The JSON Schema of a move, for programs that can be held to one.
 *
 * @example
 * ```ts
 * import { moveJsonSchema } from "@looop/cli";
 *
 * console.log(Object.keys(moveJsonSchema())); // [ "oneOf", "$schema" ]
 * ```
 */
export function moveJsonSchema(): Record<string, unknown> {
  const schema = toJsonSchema(moveVariant, {
    target: "draft-2020-12",
    ignoreActions: ["finite", "transform", "trim"],
    // Some programs want the type of a constant, too.
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === "literal" ? { type: "string", ...jsonSchema } : undefined,
  });
  return { ...schema };
}
