import { parse } from "@std/yaml";
import * as z from "zod/mini";
import { describeIssues } from "../model/describe_issues.ts";
import type { Goal, Rule } from "../model/goal.ts";
import { moveSchema } from "../model/move.ts";
import { lineSchema, maxLength, textSchema } from "../model/schema.ts";
import { messageOf } from "../model/user_error.ts";
import { refuseYaml } from "./refuse_yaml.ts";
import { splitFrontMatter } from "./split_front_matter.ts";

const MAX_JOURNAL = 500;

const schema = z.strictObject({
  goal: lineSchema(500),
  priority: z._default(z.number(), 0),
  untrusted: z._default(z.boolean(), false),
  rules: z._default(
    z.array(z.strictObject({
      // A slash separates goal and rule in the keys of fired rules.
      name: z.optional(lineSchema(80).check(z.regex(/^[^/]*$/, "must not have a slash"))),
      when: textSchema(4000),
      do: z.record(z.string(), z.unknown()),
    })).check(maxLength(50)),
    [],
  ),
});

/**
 * Reads one file of `goals/`. Never throws: a goal whose front matter is broken has `error`, no rules, and
 * its id in place of the aim, so that its text still reaches the decider.
 *
 * A rule's move may leave out `journal` (default: the rule's name and the goal) and `goal` (default: this
 * one). Whether its `when` is sound is not looked at here: that needs CEL.
 *
 * @param digest SHA-256 of the file, hex
 */
export function parseGoal(id: string, text: string, digest: string): Goal {
  const broken = (error: string): Goal => ({
    ...{ id, text, digest, goal: id, priority: 0, rules: [] },
    // What nobody can read may have been written by anyone.
    untrusted: true,
    error: `goals/${id}.md: ${error}`,
  });
  const parts = splitFrontMatter(text);
  if (typeof parts === "string") return broken(parts);
  try {
    // The line in front stands for the opening ---, so that errors count lines as the file does.
    const data = parse(`\n${parts.yaml}`);
    const refusal = refuseYaml(data);
    if (refusal !== null) return broken(refusal);
    const parsed = schema.safeParse(data);
    if (!parsed.success) {
      return broken(`in the front matter:\n${describeIssues(schema, data)}`);
    }
    const { goal, priority, untrusted } = parsed.data;
    const rules: Rule[] = [];
    const problems: string[] = [];
    for (const [i, { name = `rule-${i + 1}`, when, do: fields }] of parsed.data.rules.entries()) {
      if (rules.some((rule) => rule.name === name)) {
        problems.push(
          `  \`rules.${i}.name\`: an earlier rule of this goal is also named ${
            JSON.stringify(name)
          }`,
        );
      }
      const move = { journal: `${name}: ${goal}`.slice(0, MAX_JOURNAL), goal: id, ...fields };
      const checked = moveSchema.safeParse(move);
      if (checked.success) rules.push({ name, when, do: checked.data });
      else problems.push(describeIssues(moveSchema, move, ["rules", i, "do"]));
    }
    if (problems.length > 0) return broken(`in the front matter:\n${problems.join("\n")}`);
    return { id, text, digest, goal, priority, rules, untrusted };
  } catch (error) {
    return broken(`the front matter is not valid YAML: ${messageOf(error)}`);
  }
}
