import { basename } from "@std/path";
import { type Compiled, compileExpression, compileMetric, compileRule } from "../cel/compile.ts";
import { POLICY_VARIABLES } from "../cel/variables.ts";
import { listAsks } from "../inbox/asks.ts";
import { listDir } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { parseGoal, parseGoals, splitFrontMatter } from "../profile/goal_file.ts";
import { isArchived, listWorkerIds } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { isExpired, isYes } from "../schema/ask.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { nearest } from "../schema/text.ts";
import type { Goal } from "../schema/world.ts";
import { readGoals } from "../sense/documents.ts";
import { listSensors } from "../sense/list.ts";
import { exactReadings } from "../sense/snapshot.ts";

/** What expressions and moves may name, by kind. */
interface Names {
  sensor: string[];
  goal: string[];
  worker: string[];
  /** PLAYBOOK and the notes of goals: a worker that they mention is one that a decider may start. */
  prose: string;
}

/**
 * Lists the sensors, goals and workers that a goal's expressions and moves name and that do not exist, one line each with
 * the nearest name. A worker counts as existing if it has run, a rule starts it, or PLAYBOOK or a goal's notes mention it;
 * a sensor and a goal also while their proposal waits for approval.
 *
 * @param goal a goal that may not be written yet
 */
export async function unknownNames(profile: Profile, goal: Goal): Promise<string[]> {
  const goals = await openGoals(profile);
  const all = [...goals.filter(({ id }) => id !== goal.id), goal];
  return await namesOfGoal(goal, await namesOf(profile, all));
}

/** Lists the unknown names of these goals, which are all, and of the config's policy. Loads CEL only if there seems to be one. */
export async function allUnknownNames(profile: Profile, goals: Goal[]): Promise<string[]> {
  const { policy } = profile.config;
  if (policy.length === 0 && goals.every(({ rules, metric }) => rules.length === 0 && !metric)) {
    return [];
  }
  const names = await namesOf(profile, goals);
  const found: string[] = [];
  for (const goal of goals) found.push(...await namesOfGoal(goal, names));
  for (const { name, when } of policy) {
    const compile = () => compileExpression(when, POLICY_VARIABLES);
    const place = `${profile.configPath}: policy ${name}`;
    found.push(...await inExpression(place, when, compile, names));
    const compared = [...when.matchAll(MOVE_GOAL)].map(([, goal]) => goal);
    found.push(
      ...compared.filter((goal) => !isArchived(profile.paths, goal))
        .flatMap((goal) => problemOf(place, "goal", goal, names)),
    );
  }
  return found;
}

/** The goal with which policy compares that of a move. */
const MOVE_GOAL = /\bmove\.goal\s*[!=]=\s*["']([^"']+)["']/g;

/** Checks the goal that a move writes with {@linkcode unknownNames}; in one line, `null`: nothing is wrong. */
export async function moveNamesUnknown(profile: Profile, move: Move): Promise<string | null> {
  if (move.action !== "write_goal") return null;
  const goal = parseGoal(move.id, move.body, await sha256Hex(move.body));
  return (await unknownNames(profile, goal)).join("; ") || null;
}

/** Reads the goals that are not archived, the broken ones too, without a warning. */
export async function openGoals(profile: Profile): Promise<Goal[]> {
  const quiet = { ...profile, warn: () => undefined };
  return parseGoals(quiet, await readGoals(quiet));
}

async function namesOf(profile: Profile, goals: Goal[]): Promise<Names> {
  const { paths } = profile;
  const inCode = (await exactReadings(profile)).filter(({ file }) => file === "");
  const started = goals.flatMap(({ rules }) => rules.map((rule) => rule.do))
    .flatMap((move) => move.action === "start_worker" ? [move.id] : []);
  const coming = await comingMoves(profile);
  const notes = goals.map(({ text }) => {
    const parts = splitFrontMatter(text);
    return typeof parts === "string" ? text : parts.notes;
  });
  return {
    sensor: [
      ...[...listSensors(paths.sensors), ...inCode].map(({ name }) => name),
      ...coming.flatMap((move) =>
        move.action === "write_sensor" ? [move.name.replace(/\..*/, "")] : []
      ),
    ],
    goal: [
      ...goals.map(({ id }) => id),
      ...coming.flatMap((move) => move.action === "write_goal" ? [move.id] : []),
    ],
    worker: [
      ...listWorkerIds(paths),
      // Of archived workers the generation follows the id.
      ...listDir(paths.workersEnded).map(({ name }) => basename(name).replace(/[.@].*/, "")),
      ...started,
    ],
    prose: [await readTextIfPresent(paths.playbook) ?? "", ...notes].join("\n"),
  };
}

/** The moves that wait for approval: the proposals of an interview name each other. */
async function comingMoves(profile: Profile): Promise<Move[]> {
  const { asks } = await listAsks(profile);
  const now = profile.clock.now().toISOString();
  return asks.flatMap((ask) =>
    ask.approval && !isExpired(ask, now) && (!ask.answer || isYes(ask.answer))
      ? [ask.approval.move]
      : []
  );
}

async function namesOfGoal(goal: Goal, names: Names): Promise<string[]> {
  if (goal.error !== undefined) return [];
  const file = `goals/${goal.id}.md`;
  const { value } = goal.metric ?? {};
  const found = value === undefined ? [] : await inExpression(
    `${file}: metric`,
    value,
    async () => await compileMetric(goal) ?? { ok: false, error: "" },
    names,
  );
  for (const rule of goal.rules) {
    const place = rule.ends ? `${file}: done` : `${file}: rule ${rule.name}`;
    // What `done` reads by its metric is reported there.
    const compile = () => compileRule({ ...goal, metric: goal.metric && NO_METRIC }, rule);
    found.push(...await inExpression(place, rule.when, compile, names));
    found.push(...inMove(place, rule.do, names));
  }
  return found;
}

const NO_METRIC = { value: "0" };

/** What may be a name, in the notations `sensors.x`, `sensors["x"]` and `"x" in sensors`. */
const MENTION =
  /\b(sensor|goal|worker)s\s*(?:\.\s*(\w+)|\[\s*["']([^"']*)["'])|["']([^"']*)["']\s+in\s+(sensor|goal|worker)s\b/g;

async function inExpression(
  place: string,
  source: string,
  compile: () => Promise<Compiled<unknown>>,
  names: Names,
): Promise<string[]> {
  // CEL takes 55 ms to load.
  const mayHave = [...source.matchAll(MENTION)].some(([, kind, field, key, member, of]) =>
    !names[(kind ?? of) as Kind].includes(field ?? key ?? member)
  );
  if (!mayHave) return [];
  const compiled = await compile();
  if (!compiled.ok) return [];
  return compiled.expression.reads.flatMap((read) => {
    const [, kind, name] = /^(sensor|goal|worker):([^*].*)$/.exec(read) ?? [];
    return kind === undefined ? [] : problemOf(place, kind as Kind, name, names);
  });
}

type Kind = "sensor" | "goal" | "worker";

function inMove(place: string, move: Move, names: Names): string[] {
  const served = move.goal === undefined ? [] : problemOf(place, "goal", move.goal, names);
  switch (move.action) {
    case "archive_goal":
      return [...served, ...problemOf(place, "goal", move.id, names)]
        .filter((line, i, lines) => lines.indexOf(line) === i);
    case "stop_worker":
      return [...served, ...problemOf(place, "worker", move.id, names)];
    case "remove_sensor":
      return [...served, ...problemOf(place, "sensor", move.name.replace(/\..*/, ""), names)];
    default:
      return served;
  }
}

function problemOf(place: string, kind: Kind, name: string, names: Names): string[] {
  if (names[kind].includes(name)) return [];
  if (kind === "worker" && names.prose.includes(name)) return [];
  const meant = nearest(name, names[kind]);
  const all = names[kind].slice(0, 10).join(", ") || "none";
  const hint = meant === null ? `there are: ${all}` : `did you mean ${meant}?`;
  return [`${place}: there is no ${kind} \`${name}\`; ${hint}`];
}
