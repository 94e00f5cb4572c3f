/** A goal without rules. */
export const TEA = "---\ngoal: Drink tea\npriority: 3\n---\nGreen.\n";

/** A goal with one. */
export const RULED = `---
goal: Keep it green
rules:
  - when: 'true'
    do: {action: noop, reason: r}
---
`;
