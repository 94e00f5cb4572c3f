import { z } from "zod";

/** An object schema that refuses unknown keys, naming them and those that are allowed. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const unknown = issue.keys?.map((key) => JSON.stringify(key)).join(", ");
      return `unknown key ${unknown}: allowed are ${Object.keys(shape).join(", ")}`;
    },
  });
}
