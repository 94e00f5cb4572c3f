import { maskMove } from "../inbox/exact_move.ts";
import { isSameQuestion } from "../inbox/asks.ts";
import { type Mask, MASKED, NO_MASK } from "../mask/mask.ts";
import { parseGoal } from "../profile/goal_file.ts";
import { scheduleProblem } from "../profile/schedule_file.ts";
import type { OverBudget } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import { isJsonObject, sha256Hex } from "../schema/json.ts";
import { effectOf, isSameMove, type Move, moveSchema } from "../schema/move.ts";
import { describeIssues } from "../schema/schema.ts";
import type { SetAside } from "../schema/state.ts";
import { cut } from "../schema/text.ts";
import type { Goal, World } from "../schema/world.ts";
import { scriptProblem } from "../sense/header.ts";
import { findObject } from "./find_move.ts";
import { checkGoal } from "./rules.ts";

/** The maximum length of a reason in characters: a hostile key may be long. */
const MAX_WHY = 2000;

/** A move, or why there is none, in one line: the next attempt's prompt includes it. */
export type ParsedMove = { ok: true; move: Move } | { ok: false; why: string };

/** Parses the one move in a model's final text, which {@linkcode findObject} finds. */
export function parseMove(text: string): ParsedMove {
  const found = findObject(text);
  return typeof found === "string" ? { ok: false, why: found } : checkMove(found.data);
}

/** Checks a move given as data. Models that fill in a schema give `null`, or an empty list or text, for each absent field. */
export function checkMove(data: unknown): ParsedMove {
  try {
    const given = isJsonObject(data) ? withoutAbsent(data) : data;
    const parsed = moveSchema.safeParse(given);
    if (parsed.success) return { ok: true, move: parsed.data };
    const issues = describeIssues(moveSchema, given).split("\n").map((line) => line.trim());
    return { ok: false, why: cut(`not a valid move: ${issues.join("; ")}`, MAX_WHY) };
  } catch (error) {
    // An object from code can have a getter that throws.
    return { ok: false, why: cut(`cannot check the move: ${messageOf(error)}`, MAX_WHY) };
  }
}

function withoutAbsent(data: object): object {
  const isAbsent = (value: unknown) =>
    value === null || value === "" || Array.isArray(value) && value.length === 0;
  // An object from code can have fields that only reading finds.
  if (!Object.values(data).some(isAbsent)) return data;
  const isGiven = ([key, value]: [string, unknown]) => !isAbsent(value) || key === "action";
  return Object.fromEntries(Object.entries(data).filter(isGiven));
}

/**
 * Checks a valid move against this world, so that a move that can never be applied is rejected while the model can
 * still be asked again. The check returns what is wrong in one line, or `null`.
 *
 * @param options.only the goal that the decision was forced for, which may be archived
 * @param options.mask the mask of the profile: an ask has its move masked. Default: no masking
 * @param options.over goals over their budget
 * @param options.names finds what a move names that does not exist. Default: nothing
 * @param options.setAside moves that were tried on this very world, where they would be denied or fail again
 */
export function checkMoveHere(
  world: World,
  { only, mask = NO_MASK, setAside = [], over = [], names = () => Promise.resolve(null) }: {
    only?: Goal;
    mask?: Mask;
    setAside?: readonly SetAside[];
    over?: readonly OverBudget[];
    names?(move: Move): Promise<string | null>;
  } = {},
): (move: Move) => Promise<string | null> {
  const goals = world.goals.map(({ id }) => id);
  const sensors = world.readings.map(({ file }) => file).filter(Boolean);
  const running = world.workers.filter(({ alive }) => alive).map(({ id }) => id);
  return async (move) => {
    if (move.goal !== undefined && move.goal !== only?.id && !goals.includes(move.goal)) {
      return `there is no goal \`${move.goal}\` ${among(goals)}`;
    }
    if (over.some(({ goal }) => goal?.id === move.goal)) {
      return `goal \`${move.goal}\` is over its budget, until the user lifts it; decide for another goal, or noop`;
    }
    const waits = world.asks.some(({ approval, answer }) =>
      approval && !answer &&
      (isSameMove(approval.move, move) || isSameMove(approval.move, maskMove(mask, move)))
    );
    if (waits) return "this move already waits for the user's approval";
    const effect = setAside.length > 0 ? await sha256Hex(effectOf(move)) : "";
    const tried = setAside.find((one) => one.effect === effect);
    if (tried) {
      const how = tried.denied ? "was denied" : `failed ${tried.tries} times`;
      return `this move ${how}, and is set aside for this change (${tried.why}); ` +
        "decide about the rest, or noop";
    }
    const mark = MASKED.exec(contentOf(move))?.[0];
    if (mark !== undefined) {
      return `it contains ${mark}, which hides a secret; leave that file to the user`;
    }
    switch (move.action) {
      case "archive_goal":
        return goals.includes(move.id) ? null : `there is no goal \`${move.id}\` ${among(goals)}`;
      case "remove_sensor":
        return sensors.includes(move.name)
          ? null
          : `there is no sensor \`${move.name}\` ${among(sensors)}`;
      case "remove_schedule": {
        const names = world.schedules.map(({ name }) => name);
        return names.includes(move.name)
          ? null
          : `there is no schedule \`${move.name}\` ${among(names)}`;
      }
      case "start_worker":
        return running.includes(move.id) ? `worker \`${move.id}\` is already running` : null;
      case "stop_worker":
      case "tell_worker":
        return running.includes(move.id)
          ? null
          : `no worker \`${move.id}\` is running ${among(running)}`;
      case "ask":
        // A worker could ask anything in order to keep looop from asking it.
        return world.asks.some(({ worker, question, answer }) =>
            worker === undefined && isSameQuestion(question, move.question) && !answer
          )
          ? "the question is already open; wait for its answer"
          : null;
      default:
        return await contentProblem(move) ?? await names(move);
    }
  };
}

/** Checks the file that a move writes, as a tick will read it; returns what is wrong with it, or `null`. */
export async function contentProblem(move: Move): Promise<string | null> {
  if (move.action === "write_sensor") return scriptProblem(move.name, move.script);
  if (move.action === "write_schedule") {
    const problem = scheduleProblem(move.name, move.body);
    return problem === null ? null : `schedules/${move.name}.yaml: ${problem}`;
  }
  if (move.action !== "write_goal") return null;
  return await checkGoal(parseGoal(move.id, move.body, await sha256Hex(move.body)));
}

/** What a move writes into a file. */
function contentOf(move: Move): string {
  if (move.action === "write_sensor") return move.script;
  return "body" in move ? move.body : "";
}

function among(names: string[]): string {
  return `(there are ${names.join(", ") || "none"})`;
}
