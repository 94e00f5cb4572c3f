import { parse } from "@std/yaml";
import * as v from "valibot";
import { describeIssues } from "../model/describe_issues.ts";
import type { Goal, Rule } from "../model/goal.ts";
import { moveSchema } from "../model/move.ts";
import { numberSchema } from "../model/number_schema.ts";
import { recordOf } from "../model/record_of.ts";
import type { SchemaIssue } from "../model/schema.ts";
import { schemaOf } from "../model/schema_of.ts";
import { strictObject } from "../model/strict_object.ts";
import { messageOf } from "../model/user_error.ts";
import { refuseYaml } from "./refuse_yaml.ts";
import { splitFrontMatter } from "./split_front_matter.ts";

const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*$/u;
const MAX_JOURNAL = 500;

const line = (max: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty(),
    v.maxLength(max),
    v.regex(ONE_LINE, "must be one line of text"),
  );

const schema = schemaOf(strictObject({
  goal: line(500),
  priority: v.optional(numberSchema, 0),
  untrusted: v.optional(v.boolean(), false),
  rules: v.optional(
    v.pipe(
      v.array(strictObject({
        // A slash separates goal and rule where fired rules are remembered.
        name: v.optional(v.pipe(line(80), v.regex(/^[^/]*$/, "must have no slash"))),
        when: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(4000)),
        do: recordOf(v.unknown()),
      })),
      v.maxLength(50),
    ),
    [],
  ),
}));

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
      return broken(`in the front matter:\n${describeIssues(parsed.error.issues, data)}`);
    }
    const { goal, priority, untrusted } = parsed.data;
    const rules: Rule[] = [];
    const problems: string[] = [];
    for (const [i, { name = `rule-${i + 1}`, when, do: fields }] of parsed.data.rules.entries()) {
      if (rules.some((rule) => rule.name === name)) {
        problems.push(
          `  rules.${i}.name: ${JSON.stringify(name)} names an earlier rule of this goal too`,
        );
      }
      const move = moveSchema.safeParse({
        journal: `${name}: ${goal}`.slice(0, MAX_JOURNAL),
        goal: id,
        ...fields,
      });
      if (move.success) rules.push({ name, when, do: move.data });
      else problems.push(describeIssues(move.error.issues.map(within("rules", i, "do")), data));
    }
    if (problems.length > 0) return broken(`in the front matter:\n${problems.join("\n")}`);
    return { id, text, digest, goal, priority, rules, untrusted };
  } catch (error) {
    return broken(`the front matter is not valid YAML: ${messageOf(error)}`);
  }
}

function within(...path: PropertyKey[]): (issue: SchemaIssue) => SchemaIssue {
  return (issue) => ({ ...issue, path: [...path, ...issue.path] });
}
