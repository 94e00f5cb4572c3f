import * as z from "zod/mini";
import { canonicalJson } from "./json.ts";
import { idSchema, maxLength, minLength, type Schema } from "./schema.ts";

const MAX_BODY = 65_536;

/** The fields of every move. */
export interface MoveBase {
  /** The journal line of this move, without the date: one line of at most 500 characters. */
  journal: string;
  /** Seconds until the next tick, instead of the configured interval. */
  next_interval_s?: number;
  /**
   * Whether the change needs a further decision, at once; otherwise that waits for another change. Default: `true` for a
   * command that ran, whose output wants reading, and for the move of a rule, which sees only a part of the change; `false`
   * for others. A failed move is always decided on again.
   */
  more?: boolean;
  /** Id of the goal that this move serves. */
  goal?: string;
}

/** The one typed action that a decider returns; `action` is its kind. */
export type Move =
  & MoveBase
  & (
    | { action: "noop"; reason: string }
    | { action: "run"; command: string }
    | { action: "write_goal"; id: string; body: string }
    | { action: "archive_goal"; id: string }
    | { action: "write_sensor"; name: string; script: string }
    | { action: "remove_sensor"; name: string }
    | { action: "write_playbook"; body: string }
    | { action: "write_schedule"; name: string; body: string }
    | { action: "remove_schedule"; name: string }
    | {
      action: "start_worker";
      id: string;
      prompt: string;
      runner?: string;
      model?: string;
      verify?: string;
      /** The git repository of which the worker gets a worktree: an absolute path, or one that begins with `~/`. */
      repo?: string;
    }
    | { action: "stop_worker"; id: string; reason: string }
    | { action: "tell_worker"; id: string; text: string }
    | { action: "ask"; question: string; options?: string[]; ref?: string }
  );

/** The name of a kind of move. */
export type Action = Move["action"];

/** Models break lines that should be one; a second line of the journal could pass for another entry. */
const oneLine = (text: string) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");

const base = {
  journal: z.string().check(z.overwrite(oneLine), z.trim(), minLength(1), maxLength(500)),
  next_interval_s: z.optional(z.number().check(z.gt(0))),
  more: z.optional(z.boolean()),
  goal: z.optional(idSchema),
};

/** File names of sensors: an id with at most one extension, such as `git.sh` or `inbox.ts`. */
const sensorFileSchema = z.string().check(
  z.regex(
    /^[a-z0-9][a-z0-9_-]{0,63}(\.[a-z0-9]{1,8})?$/,
    "must be an id with at most one extension, such as git.sh or inbox.ts",
  ),
);

/** A model name; it becomes an argument of a program, where a first hyphen would make it an option. */
export const MODEL_PATTERN = /^[A-Za-z0-9][\w.:/@+[\]-]{0,199}$/;

const modelSchema = z.string().check(z.regex(MODEL_PATTERN, "must be the name of a model"));

const repoSchema = z.string().check(
  maxLength(4096),
  // deno-lint-ignore no-control-regex -- a path with one cannot be shown for approval
  z.regex(/^(~?\/[^\x00-\x1f\x7f]*|~)$/, "must be an absolute path, or begin with ~/"),
);

const text = (max: number) => z.string().check(minLength(1), maxLength(max));

/**
 * Checks one move. Unknown keys are errors, so that a misspelt field is never silently dropped.
 *
 * @example
 * ```ts
 * import { moveSchema } from "@looop/cli";
 *
 * const refused = moveSchema.safeParse({ action: "noop", journal: "quiet", resaon: "typo" });
 * console.log(refused.success); // false
 * ```
 */
export const moveSchema: Schema<Move> = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("noop"), ...base, reason: text(2000) }),
  z.strictObject({ action: z.literal("run"), ...base, command: text(8192) }),
  z.strictObject({ action: z.literal("write_goal"), ...base, id: idSchema, body: text(MAX_BODY) }),
  z.strictObject({ action: z.literal("archive_goal"), ...base, id: idSchema }),
  z.strictObject({
    action: z.literal("write_sensor"),
    ...base,
    name: sensorFileSchema,
    script: text(MAX_BODY),
  }),
  z.strictObject({ action: z.literal("remove_sensor"), ...base, name: sensorFileSchema }),
  z.strictObject({ action: z.literal("write_playbook"), ...base, body: text(MAX_BODY) }),
  z.strictObject({
    action: z.literal("write_schedule"),
    ...base,
    name: idSchema,
    body: text(MAX_BODY),
  }),
  z.strictObject({ action: z.literal("remove_schedule"), ...base, name: idSchema }),
  z.strictObject({
    action: z.literal("start_worker"),
    ...base,
    id: idSchema,
    prompt: text(MAX_BODY),
    runner: z.optional(text(100)),
    model: z.optional(modelSchema),
    verify: z.optional(text(8192)),
    repo: z.optional(repoSchema),
  }),
  z.strictObject({
    action: z.literal("stop_worker"),
    ...base,
    id: idSchema,
    reason: text(2000),
  }),
  z.strictObject({
    action: z.literal("tell_worker"),
    ...base,
    id: idSchema,
    text: text(10_000),
  }),
  z.strictObject({
    action: z.literal("ask"),
    ...base,
    question: text(10_000),
    options: z.optional(z.array(text(200)).check(minLength(1), maxLength(10))),
    ref: z.optional(text(1000)),
  }),
]);

/**
 * Returns the JSON Schema of a move, for programs that accept a schema for their output.
 *
 * @example
 * ```ts
 * import { moveJsonSchema } from "@looop/cli";
 *
 * console.log(Object.keys(moveJsonSchema())); // [ "$schema", "oneOf" ]
 * ```
 */
export function moveJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(moveSchema as z.ZodMiniType, { io: "input" });
}

/** Compares two moves, without their `journal`. */
export function isSameMove(a: Move, b: Move): boolean {
  return canonicalJson({ ...a, journal: "" }) === canonicalJson({ ...b, journal: "" });
}

/** What a move does, as canonical JSON: without what it says in the journal, serves and is followed by. */
export function effectOf(move: Move): string {
  const { goal: _g, journal: _j, more: _m, next_interval_s: _n, ...effect } = move;
  return canonicalJson(effect);
}
