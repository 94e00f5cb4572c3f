import type * as v from "valibot";

/** Says what is wrong with a value, in one line, where its schema has no words of its own for that. */
export function sayIssue({ type, expected, requirement, input }: v.BaseIssue<unknown>): string {
  switch (type) {
    case "non_empty":
      return `must not be empty`;
    case "max_length":
      return `expected at most ${requirement} ${Array.isArray(input) ? "items" : "characters"}`;
    case "gt_value":
      return `expected a number above ${requirement}`;
    case "min_value":
      return `expected a number of at least ${requirement}`;
    case "max_value":
      return `expected a number of at most ${requirement}`;
    case "safe_integer":
      return "expected a whole number";
    case "finite":
      return "expected a finite number";
    case "picklist":
    case "variant":
      return `expected ${oneOf(expected ?? "")}`;
    default:
      return `expected ${/^[A-Z]/.test(expected ?? "") ? expected?.toLowerCase() : expected}`;
  }
}

/** valibot writes `("a" | "b")`. */
function oneOf(expected: string): string {
  return expected.replace(/^\((.*)\)$/, (_, all) => `one of ${all.replaceAll(" | ", ", ")}`);
}
