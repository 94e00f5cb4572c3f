import { parse } from "@std/yaml";
import * as z from "zod/mini";
import { messageOf } from "../schema/errors.ts";
import { moveSchema } from "../schema/move.ts";
import { describeIssues, lineSchema, maxLength, textSchema } from "../schema/schema.ts";
import { durationMs } from "../schema/text.ts";
import type { Goal, GoalFile, Rule } from "../schema/world.ts";
import type { Profile } from "./profile.ts";
import { quotingHint, yamlPitfalls } from "./yaml_pitfalls.ts";

const MAX_JOURNAL = 500;

/** Ten years, in milliseconds. */
const MAX_STALL_MS = 3650 * 86_400_000;

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
  due: z.optional(
    z.string().check(z.refine(
      (text) => readTime(text) !== null,
      "must be a date and time with a zone, such as 2026-12-01T17:00+01:00 or 2026-12-01 17:00 Europe/Berlin",
    )),
  ),
  metric: z.optional(z.strictObject({
    value: textSchema(4000),
    from: z.optional(z.number()),
    to: z.optional(z.number()),
  })),
  done: z.optional(textSchema(4000)),
  stall: z.optional(
    z.string().check(z.refine(
      (text) => durationMs(text) >= 1000 && durationMs(text) <= MAX_STALL_MS,
      "must be a duration, such as 2d, 12h or 30m",
    )),
  ),
  budget_usd: z.optional(z.number().check(z.gt(0))),
});

/**
 * Parses one file of `goals/`. Never throws: a goal with invalid front matter has `error`, no rules, and its id in place
 * of the aim, so that its text still reaches the decider.
 *
 * A rule's move may omit `journal` (default: the rule's name and the goal) and `goal` (default: this one). CEL is not
 * validated here. `done` becomes the first rule, of the same name, which archives the goal.
 *
 * @param digest SHA-256 of the file, hex
 */
export function parseGoal(id: string, text: string, digest: string): Goal {
  const broken = (error: string): Goal => ({
    ...{ id, text, digest, goal: id, priority: 0, rules: [] },
    // What cannot be parsed may have any origin.
    untrusted: true,
    error: `goals/${id}.md: ${error}`,
  });
  const parts = splitFrontMatter(text);
  if (typeof parts === "string") return broken(parts);
  try {
    // The first line stands for the opening ---, so that errors have line numbers of the file.
    const data = parse(`\n${parts.yaml}`, { schema: "core" });
    const refusal = refuseYaml(data);
    if (refusal !== null) return broken(refusal);
    const parsed = schema.safeParse(data);
    if (!parsed.success) {
      return broken(`in the front matter:\n${describeIssues(schema, data)}`);
    }
    const { goal, priority, untrusted, done, metric, due, stall, budget_usd } = parsed.data;
    const rules: Rule[] = done === undefined ? [] : [doneRule(id, goal, done)];
    const problems: string[] = [];
    for (const [i, { name = `rule-${i + 1}`, when, do: fields }] of parsed.data.rules.entries()) {
      const earlier = rules.find((rule) => rule.name === name);
      if (earlier) {
        const twin = earlier.ends
          ? `must be another one than "done", as the goal has a \`done\``
          : `an earlier rule of this goal is also named ${JSON.stringify(name)}`;
        problems.push(`  \`rules.${i}.name\`: ${twin}`);
      }
      const move = { journal: `${name}: ${goal}`.slice(0, MAX_JOURNAL), goal: id, ...fields };
      const checked = moveSchema.safeParse(move);
      if (checked.success) rules.push({ name, when, do: checked.data });
      else problems.push(describeIssues(moveSchema, move, ["rules", i, "do"]));
    }
    if (problems.length > 0) return broken(`in the front matter:\n${problems.join("\n")}`);
    return {
      ...{ id, text, digest, goal, priority, rules, untrusted },
      ...(metric ? { metric } : {}),
      ...(due === undefined ? {} : { due: readTime(due) ?? due }),
      ...(stall === undefined ? {} : { stall_ms: durationMs(stall) }),
      ...(budget_usd === undefined ? {} : { budget_usd }),
    };
  } catch (error) {
    const why = messageOf(error);
    return broken(
      `the front matter is not valid YAML: ${why}${quotingHint(`\n${parts.yaml}`, why)}`,
    );
  }
}

function doneRule(id: string, goal: string, when: string): Rule {
  const journal = `goal ${id} is done: ${goal}`.slice(0, MAX_JOURNAL);
  const move = { action: "archive_goal", journal, goal: id, id, more: false } as const;
  return { name: "done", when, do: move, ends: true };
}

const TIME =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?) ?(?:(Z|[+-]\d\d:?\d\d)|\[?([A-Za-z][\w+/-]*)\]?)$/;

/**
 * Reads a date and time with its zone, an offset or a name: `2026-12-01T17:00+01:00`, `2026-12-01 17:00 Europe/Berlin`.
 *
 * @returns ISO 8601 in UTC; `null` for anything else
 */
function readTime(text: string): string | null {
  const [, day, time, offset, zone] = TIME.exec(text.trim()) ?? [];
  if (day === undefined) return null;
  try {
    const at = `${day}T${time}`;
    const { epochMilliseconds } = offset === undefined
      ? Temporal.ZonedDateTime.from(`${at}[${zone}]`)
      : Temporal.Instant.from(at + offset);
    return new Date(epochMilliseconds).toISOString();
  } catch {
    return null; // no such day, time or zone
  }
}

/** Parses goals, sorted by priority (larger first), then by id; warns of invalid ones. */
export function parseGoals({ warn }: Profile, files: GoalFile[]): Goal[] {
  const goals = files.map((file): Goal => {
    const { id, text, exact = text, digest, error } = file;
    if (error === undefined) return { ...parseGoal(id, exact, digest), text };
    // What cannot be read may have any origin.
    return { ...file, goal: id, priority: 0, rules: [], untrusted: true };
  });
  for (
    const { id, error, exact, text } of goals.map((goal, i) => ({ ...goal, exact: files[i].exact }))
  ) {
    if (error !== undefined) warn(error);
    for (const pitfall of goalPitfalls(exact ?? text)) warn(`goals/${id}.md: ${pitfall}`);
  }
  return goals.sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
}

/** Lists what YAML silently changes in a goal's front matter, one line each, with the line number and the fix. */
export function goalPitfalls(text: string): string[] {
  const parts = splitFrontMatter(text);
  return typeof parts === "string" ? [] : yamlPitfalls(parts.yaml);
}

const MAX_CHARS = 32_768;

/**
 * Splits a text into its front matter and the rest. A byte order mark and Windows line ends are accepted.
 *
 * @returns `yaml`: the text between the two `---` lines, with `\n` line ends; `notes`: the rest; or the error with its place
 */
export function splitFrontMatter(text: string): { yaml: string; notes: string } | string {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  if (lines[0].trimEnd() !== "---") {
    const found = lines[0] === "" ? "an empty line" : JSON.stringify(lines[0].slice(0, 60));
    return `line 1: found ${found}, but front matter begins with a line of just ---`;
  }
  const end = lines.findIndex((line, i) => i > 0 && line.trimEnd() === "---");
  if (end === -1) {
    return "line 1: the front matter that begins here has no closing line of just ---";
  }
  const yaml = lines.slice(1, end).join("\n");
  if (yaml.length > MAX_CHARS) {
    return `the front matter has ${yaml.length} characters; at most ${MAX_CHARS}`;
  }
  return { yaml, notes: lines.slice(end + 1).join("\n") };
}

const MAX_DEPTH = 16;

/**
 * Refuses what YAML allows but no file of looop needs: aliases, with which a few lines expand to gigabytes
 * ("billion laughs") or to a cycle, and deep nesting.
 *
 * @param value parsed data, in which an alias is the same object in two places
 * @param what names the text in the error
 * @returns the error, in one line, or `null`
 */
export function refuseYaml(
  value: unknown,
  what = "the front matter",
  depth = 0,
  seen = new Set<object>(),
): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (seen.has(value)) return `${what} uses a YAML alias (*name); write the value out`;
  if (depth > MAX_DEPTH) return `${what} is nested more than ${MAX_DEPTH} deep`;
  seen.add(value);
  for (const item of Object.values(value)) {
    const refusal = refuseYaml(item, what, depth + 1, seen);
    if (refusal !== null) return refusal;
  }
  return null;
}

/**
 * Marks a goal as influenced by untrusted input: `untrusted: true` in its front matter, in place of any such line. A text
 * without front matter stays as it is: its goal is invalid, and runs no rules.
 *
 * It uses the same splitter as the parser of goals: a line end that only one of them accepts could bypass the mark.
 */
export function markUntrusted(body: string): string {
  const parts = splitFrontMatter(body);
  if (typeof parts === "string") return body;
  const others = parts.yaml.split("\n").filter((line) => !/^untrusted[ \t]*:/.test(line));
  return ["---", "untrusted: true", ...others, "---", parts.notes].join("\n");
}
