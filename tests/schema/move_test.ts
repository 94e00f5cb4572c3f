import { assertEquals } from "@std/assert";
import { moveJsonSchema } from "../../src/schema/move.ts";

Deno.test("moveJsonSchema is JSON Schema 2020-12 that allows no other key", () => {
  const { $schema, oneOf } = moveJsonSchema() as { $schema: string; oneOf: unknown[] };
  assertEquals($schema, "https://json-schema.org/draft/2020-12/schema");
  assertEquals(oneOf[1], {
    type: "object",
    properties: {
      action: { type: "string", const: "run" },
      journal: { type: "string", minLength: 1, maxLength: 500 },
      next_interval_s: { type: "number", exclusiveMinimum: 0 },
      more: { type: "boolean" },
      goal: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]{0,63}$" },
      command: { type: "string", minLength: 1, maxLength: 8192 },
    },
    required: ["action", "journal", "command"],
    additionalProperties: false,
  });
});
