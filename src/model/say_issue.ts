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
    default:
      return `expected ${say(expected ?? "something else")}`;
  }
}

/** valibot writes `("a" | "b")` for a choice, and `Object` for a type. */
function say(expected: string): string {
  const [, choice] = /^\((.*)\)$/s.exec(expected) ?? [];
  if (choice !== undefined) return `one of ${choice.replaceAll(" | ", ", ")}`;
  return /^[A-Z]/.test(expected) ? expected.toLowerCase() : expected;
}
