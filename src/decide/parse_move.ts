import { MASKED } from "../mask/mask.ts";
import { parseGoal } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { writeRunFile } from "../profile/runs.ts";
import type { Decider } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import { canonicalJson, isJsonObject, sha256Hex } from "../schema/json.ts";
import { type Move, moveSchema } from "../schema/move.ts";
import { describeIssues } from "../schema/schema.ts";
import { cut } from "../schema/text.ts";
import type { Goal, World } from "../schema/world.ts";
import type { RunnerAnswer } from "./ask_runner.ts";
import type { Prompt } from "./prompt/prompt.ts";
import { checkGoal } from "./rules.ts";

/** The most characters of a reason: a hostile key may be long. */
const MAX_WHY = 2000;

/** A move, or in one line why the text is none: the model is told so when it is asked again. */
export type ParsedMove = { ok: true; move: Move } | { ok: false; why: string };

/**
 * Finds the one move in a model's final text: a JSON object, bare or in a fence, with or without prose around
 * it. Several objects are refused, since nobody knows which was meant.
 */
export function parseMove(text: string): ParsedMove {
  const found = findObject(text);
  if (typeof found === "string") return { ok: false, why: found };
  return checkMove(found.data);
}

/** Checks a move that was given as data. */
export function checkMove(data: unknown): ParsedMove {
  try {
    const parsed = moveSchema.safeParse(data);
    if (parsed.success) return { ok: true, move: parsed.data };
    const issues = describeIssues(moveSchema, data).split("\n").map((line) => line.trim());
    return { ok: false, why: cut(`not a valid move: ${issues.join("; ")}`, MAX_WHY) };
  } catch (error) {
    // An object from code can have a getter that throws.
    return { ok: false, why: cut(`the move cannot be checked: ${messageOf(error)}`, MAX_WHY) };
  }
}

function findObject(text: string): { data: unknown } | string {
  const trimmed = text.trim();
  if (trimmed === "") return "the answer was empty";
  const fences = fencedBlocks(trimmed);
  if (fences.length > 1) {
    return `the answer holds ${fences.length} fenced blocks: give exactly one JSON object`;
  }
  const source = fences[0] ?? trimmed;
  // As it is first: the only object of a list is not the answer.
  for (const text of [source, source.slice(source.indexOf("{"), source.lastIndexOf("}") + 1)]) {
    try {
      const data: unknown = JSON.parse(text);
      if (isJsonObject(data)) return { data };
      return `the answer is JSON but no object: ${cut(text.trim().replaceAll(/\s+/g, " "), 80)}`;
    } catch {
      continue; // prose around it, or no JSON at all
    }
  }
  return `the answer is not one JSON object: it begins ${JSON.stringify(cut(trimmed, 80))}`;
}

/** What stands between lines of three backticks. Line by line: one expression for it all would take minutes. */
function fencedBlocks(text: string): string[] {
  const blocks: string[] = [];
  let block: string[] | null = null;
  for (const line of text.split("\n")) {
    if (block === null) {
      if (/^```\w*\s*$/.test(line)) block = [];
    } else if (/^```\s*$/.test(line)) {
      blocks.push(block.join("\n"));
      block = null;
    } else block.push(line);
  }
  return blocks;
}

/**
 * Makes the check of a well-formed move against this world: what could never be made is refused while the
 * model can still be asked again. It says what is wrong in one line, or `null`.
 *
 * @param only the goal that the decision was forced for, which may be an archived one
 */
export function checkMoveHere(world: World, only?: Goal): (move: Move) => Promise<string | null> {
  return async (move) => {
    const named = move.goal === undefined || move.goal === only?.id ||
      world.goals.some(({ id }) => id === move.goal);
    if (!named) {
      const ids = world.goals.map(({ id }) => id).join(", ");
      return `goal: there is no goal ${move.goal}; there are: ${ids || "none"}`;
    }
    if (
      world.asks.some(({ approval, answer }) => approval && !answer && same(approval.move, move))
    ) {
      return "that move waits for the person's yes already";
    }
    const mark = MASKED.exec(contentOf(move))?.[0];
    if (mark !== undefined) {
      return `it holds ${mark}, which hides a secret: leave that file to the person`;
    }
    switch (move.action) {
      case "write_goal":
        return await checkGoal(parseGoal(move.id, move.body, await sha256Hex(move.body)));
      case "archive_goal":
        return world.goals.some(({ id }) => id === move.id)
          ? null
          : `there is no goal ${move.id} to archive`;
      case "remove_sensor":
        return world.readings.some(({ file }) => file === move.name)
          ? null
          : `there is no sensor ${move.name}; there are: ${sensorFiles(world)}`;
      case "write_sensor":
        return /\.ts$/.test(move.name) || move.script.startsWith("#!")
          ? null
          : `script: a sensor that is not .ts begins with a line such as #!/bin/sh`;
      case "start_worker":
        return world.workers.some(({ id, alive }) => id === move.id && alive)
          ? `worker ${move.id} lives already`
          : null;
      case "stop_worker":
        return world.workers.some(({ id, alive }) => id === move.id && alive)
          ? null
          : `there is no living worker ${move.id}; there are: ${livingWorkers(world)}`;
      case "ask":
        return world.asks.some(({ question, answer }) => question === move.question && !answer)
          ? "that question is open already: wait for its answer"
          : null;
      default:
        return null;
    }
  };
}

/** What a move writes into a file. */
function contentOf(move: Move): string {
  if (move.action === "write_sensor") return move.script;
  return move.action === "write_goal" || move.action === "write_playbook" ? move.body : "";
}

/** Two moves that would do the same, however they are told. */
function same(a: Move, b: Move): boolean {
  return canonicalJson({ ...a, journal: "" }) === canonicalJson({ ...b, journal: "" });
}

function livingWorkers(world: World): string {
  return world.workers.filter(({ alive }) => alive).map(({ id }) => id).join(", ") || "none";
}

function sensorFiles(world: World): string {
  return world.readings.map(({ file }) => file).filter(Boolean).join(", ") || "none";
}

/** Asks a decider function; what it throws or gives wrong is a failed decision, as with a runner. */
export async function askDecider(
  profile: Profile,
  decider: Decider,
  { runId, prompt, signal }: { runId: string; prompt: Prompt; signal?: AbortSignal },
  check: (move: Move) => Promise<string | null>,
): Promise<RunnerAnswer> {
  const failed = (message: string): RunnerAnswer => ({
    ok: false,
    error: { kind: "refused", message },
    calls: [],
  });
  const text = `${prompt.system}\n${prompt.user}`;
  await writeRunFile(profile, runId, "prompt.md", text);
  let given: unknown;
  try {
    given = await decider(text, signal);
  } catch (error) {
    return failed(`the decider threw: ${messageOf(error)}`);
  }
  const parsed = checkMove(withoutUndefined(given));
  if (!parsed.ok) return failed(`the decider gave no valid move: ${parsed.why}`);
  const wrong = await check(parsed.move);
  return wrong === null ? { ok: true, move: parsed.move, calls: [] } : failed(wrong);
}

/** In code, an absent field may be one that is `undefined`; JSON knows none. */
function withoutUndefined(given: unknown): unknown {
  if (!isJsonObject(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
