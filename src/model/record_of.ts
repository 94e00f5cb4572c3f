import * as v from "valibot";
import { issuePath } from "./issue_path.ts";
import { isJsonObject } from "./json.ts";
import { sayIssue } from "./say_issue.ts";

/**
 * A schema of an object with any keys but `__proto__`, which is dropped. valibot's own drops `constructor` and
 * `prototype`, too, and takes lists.
 */
export function recordOf<T>(item: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, "expected object"),
    v.rawTransform(({ dataset: { value: input }, addIssue }) => {
      const record: Record<string, T> = {};
      for (const [key, value] of Object.entries(input)) {
        if (key === "__proto__") continue;
        const parsed = v.safeParse(item, value, { message: sayIssue });
        if (parsed.success) record[key] = parsed.output;
        for (const { message, expected, path = [] } of parsed.issues ?? []) {
          const inside = [...issuePath(input, key), ...path] as const;
          addIssue({ message, expected: expected ?? undefined, path: [...inside] });
        }
      }
      return record;
    }),
  );
}
