import { nextInTurn } from "../../goals/fairness.ts";
import type { Ask } from "../../schema/ask.ts";
import { parseSchedule } from "../../profile/schedule_file.ts";
import { describeTiming } from "../../profile/slots.ts";
import { canonicalJson } from "../../schema/json.ts";
import type { Failure } from "../../schema/failing.ts";
import type { LastRun } from "../../schema/state.ts";
import { metricText } from "../../schema/progress.ts";
import { cut, localDateTime, plural } from "../../schema/text.ts";
import type { Worker } from "../../schema/worker.ts";
import type { Goal, Reading } from "../../schema/world.ts";
import { type Fence, indented, type Part, type PromptInput } from "./parts.ts";

/** How much is shown of a worker's question, in characters. */
const MAX_SHOWN = 1000;

/**
 * The open asks, and those with a new answer. Those of workers, and those that untrusted input may have influenced, are
 * withheld unless `tainted`.
 */
export function asksSection({ world: { asks }, fence, tainted }: PromptInput): Part {
  if (asks.length === 0) return { text: "# ASKS\n\nNone." };
  const texts = asks.map((ask) => {
    const untrusted = ask.worker !== undefined || ask.tainted;
    return untrusted && !tainted
      ? `${headOf(ask)}; withheld`
      : `${headOf(ask)}\n${askBody(ask, fence)}`;
  });
  return { text: `# ASKS\n\n${texts.join("\n\n")}` };
}

function headOf({ id, kind, answer, worker }: Ask): string {
  if (worker === undefined) {
    return `${kind} ${id}, ${answer ? "ANSWERED: the answer is new" : "open: do not repeat it"}`;
  }
  const state = answer ? "answered: the worker receives the answer" : "open: the user answers it";
  return `question ${id} of worker ${worker}, ${state}`;
}

function askBody({ id, question, options, approval, answer, worker }: Ask, fence: Fence): string {
  if (worker !== undefined) return fence(`ask ${id}`, indented(cut(question, MAX_SHOWN)));
  const lines = [
    indented(question),
    ...(options ? [`options: ${indented(options.join(" | "))}`] : []),
    ...(approval ? [`move: ${approval.move.action}, ${approval.move.journal}`] : []),
    ...(answer ? [`answer of the user: ${indented(answer.text)}`] : []),
  ];
  return fence(`ask ${id}`, lines.join("\n"));
}

/** The goals that are not marked untrusted. */
export function trustedGoalParts({ world, fence }: PromptInput): Part[] {
  const goals = world.goals.filter(({ untrusted }) => !untrusted);
  return [
    { text: goals.length > 0 ? "# GOALS" : "# GOALS\n\nNone." },
    ...goals.map((goal) => part(goal, fence)),
  ];
}

/** The untrusted goals: their ids, and their text only if `tainted`. */
export function untrustedGoalParts({ world, fence, tainted }: PromptInput): Part[] {
  const goals = world.goals.filter(({ untrusted }) => untrusted);
  if (goals.length === 0) return [];
  return [
    { text: "# UNTRUSTED GOALS" },
    ...tainted
      ? goals.map((goal) => part(goal, fence))
      : [{ text: goals.map((goal) => `${goalTitle(goal)}: withheld`).join("\n") }],
  ];
}

/** The errors of goals; they quote the goals, so they are untrusted input. */
export function brokenGoalsText({ world, fence, tainted }: PromptInput): string {
  const broken = world.goals.filter(({ error }) => error !== undefined);
  if (broken.length === 0) return "";
  return tainted
    ? fence("broken goals", broken.map(({ error }) => `- ${error}`).join("\n"))
    : broken.map(({ id }) => `- goals/${id}.md: reason withheld`).join("\n");
}

/** How far the goals are, those over their budget, and the one whose turn it is. */
export function progressParts(input: PromptInput): Part[] {
  const { world, state, comparison, fence, over = [], only } = input;
  const lines = world.goals.flatMap((goal) => {
    const facts = factsOf(goal, input);
    return facts.length === 0 ? [] : `- goal ${goal.id}: ${facts.join("; ")}`;
  });
  const changed = comparison.changes.map(({ key }) => key);
  const next = only ? null : nextInTurn(world, state.goals, changed, over);
  if (next) {
    const since = localDateTime(next.since);
    lines.push(`- goal ${next.id} went longest without a move, since ${since}`);
  }
  return lines.length === 0 ? [] : [{ text: fence("progress of goals", lines.join("\n")) }];
}

/** Numbers of untrusted readings may be among its metric: it is withheld unless `tainted`. */
function factsOf(goal: Goal, { world, state, over = [], tainted }: PromptInput): string[] {
  const { metric, due, stall_ms, budget_usd } = goal;
  const record = state.goals[goal.id];
  const isShown = tainted || world.readings.every(({ trusted }) => trusted);
  const facts: string[] = [];
  if (metric && record?.metric) {
    facts.push(isShown ? metricText(record.metric, metric) : "metric withheld");
  }
  if (due !== undefined) facts.push(`${record?.due ? "was" : "is"} due ${localDateTime(due)}`);
  if (stall_ms !== undefined && record?.stalled) {
    facts.push(`has stalled: no progress since ${localDateTime(record.stalled)}`);
  }
  if (record?.holds) facts.push("its done holds");
  if (budget_usd !== undefined && over.some((one) => one.goal?.id === goal.id)) {
    facts.push("is over its budget");
  }
  return facts;
}

/** The goal that a decision is forced for. */
export function forcedText(goal: Goal, fence: Fence): string {
  const text = fence(goalTitle(goal), goal.text);
  return `The user requests one move for the goal ${goal.id} now, whether or not anything changed:\n\n${text}`;
}

function part(goal: Goal, fence: Fence): Part {
  return {
    text: fence(goalTitle(goal), goal.text),
    // Readings are left out before any goal, whatever its priority.
    optional: { name: `goal ${goal.id}`, keep: 1e6 + Math.min(Math.max(goal.priority, -1e5), 1e5) },
  };
}

function goalTitle({ id, untrusted }: Goal): string {
  return `${untrusted ? "untrusted goal" : "goal"} ${id}`;
}

/** The output of the last `run`. */
export function lastRunSection(run: LastRun | null, fence: Fence): string {
  if (!run) return "";
  const ended = run.exit_code === null
    ? "was interrupted; whether it took effect is unknown. Check before you repeat it."
    : `exited with status ${run.exit_code}.`;
  const output = run.output_tail === "" ? "(no output)" : run.output_tail;
  return `This command ${ended}\n\n${fence("last run", `$ ${run.command}\n${output}`)}`;
}

/** The error of the previous decision, if it failed. */
export function lastFailureSection(failure: Failure | null, fence: Fence): string {
  // The model has no part in errors that pass by themselves.
  if (!failure || failure.count === 0) return "";
  return `The last decision failed (${failure.count} in a row). Avoid the cause:\n\n${
    fence("last failure", failure.why)
  }`;
}

/** The moves that are set aside. What a tainted decision wanted is withheld unless `tainted`. */
export function setAsideSection({ state, tainted, fence }: PromptInput): string {
  if (state.set_aside.length === 0) return "";
  const lines = state.set_aside.map((one) => {
    const how = one.denied ? "denied" : `failed${one.tries > 1 ? ` ${one.tries} times` : ""}`;
    return one.tainted && !tainted ? `- ${how}: withheld` : `- ${how}: ${one.what}: ${one.why}`;
  });
  return "These moves were denied or failed for this change. Do not repeat them unless what " +
    `prevented them is over; decide about the rest:\n\n${fence("set aside", lines.join("\n"))}`;
}

/**
 * The unchanged or the changed readings, one part each. Untrusted ones come last, so that a provider's cache covers the
 * others whether or not they are withheld.
 */
export function readingParts(
  { world, comparison, tainted, fence }: PromptInput,
  which: "unchanged" | "changed",
): Part[] {
  const changed = new Set(comparison.changes.map((change) => change.key));
  const isChanged = ({ name }: Reading) => changed.has(`sensor:${name}`);
  const readings = world.readings.filter((reading) => isChanged(reading) === (which === "changed"));
  // Older readings are left out first, and those that woke the loop last. Ages count to the minute: the order in which
  // one tick's sensors start is random.
  const minute = ({ at }: Reading) => at.slice(0, 16);
  const older = (one: Reading) =>
    world.readings.filter((reading) => minute(reading) < minute(one)).length;
  const part = (reading: Reading): Part => ({
    text: reading.trusted || tainted
      ? fence(readingTitle(reading), readingBody(reading))
      : withheld(reading),
    optional: {
      name: `reading ${reading.name}`,
      keep: older(reading) + (isChanged(reading) ? world.readings.length : 0),
    },
  });
  const trustedFirst = readings.toSorted((a, b) => Number(b.trusted) - Number(a.trusted));
  return readings.length === 0
    ? []
    : [{ text: `# READINGS, ${which.toUpperCase()}` }, ...trustedFirst.map(part)];
}

function readingTitle({ name, trusted }: Reading): string {
  return `${trusted ? "reading" : "untrusted reading"} ${name}`;
}

function withheld(reading: Reading): string {
  const size = `${reading.bytes.toLocaleString("en")} bytes`;
  return `${readingTitle(reading)}: unchanged since the last decision; withheld, ${size}`;
}

function readingBody({ result, last }: Reading): string {
  if (result.ok) return canonicalJson(result.value);
  return last
    ? `${canonicalJson(last.value)}\nThis is older: the last run failed: ${result.error}`
    : `failing: ${result.error}`;
}

/** The schedules; untrusted ones only by name unless `tainted`. */
export function schedulesSection({ world: { schedules }, fence, tainted }: PromptInput): Part[] {
  if (schedules.length === 0) return [];
  const lines = schedules.map(({ name, text, exact, error }) => {
    const parsed = error ?? parseSchedule(name, exact ?? text);
    if (typeof parsed === "string") return `${name}: it is invalid`;
    const { timing, note, do: move, untrusted } = parsed;
    const own = move ? `, by itself: ${move.action}` : "";
    const shown = note === "" ? "" : `: ${note}`;
    return untrusted && !tainted
      ? `${name}, untrusted: withheld`
      : `${name}${untrusted ? ", untrusted" : ""}, ${describeTiming(timing)}${own}${shown}`;
  });
  return [{ text: `# SCHEDULES\n\n${fence("schedules", lines.join("\n"))}` }];
}

/** How much is shown of a worker's note, in characters. */
const MAX_NOTE = 400;

/**
 * The workers that run or have ended since the last decision, and the claims. What workers write is untrusted input:
 * withheld unless `tainted`.
 */
export function workersSection({ world, fence, tainted }: PromptInput): Part[] {
  const { workers, claims } = world;
  const parts: Part[] = [];
  if (workers.length > 0) {
    const lines = workers.map((worker) => describe(worker, tainted));
    parts.push({ text: `# WORKERS\n\n${fence("workers", lines.join("\n"))}` });
  }
  if (claims.length > 0) {
    const lines = claims.map(({ name, session }) => `${name}: held by ${session}`);
    parts.push({ text: `# CLAIMS\n\n${fence("claims", lines.join("\n"))}` });
  }
  return parts;
}

/** Without ages, which change all the time: a provider caches only byte-equal text. */
function describe(
  { id, state, alive, runner, goal, exit_code, why, flag, verification, undelivered = 0 }: Worker,
  tainted: boolean,
): string {
  const shown = (text: string) => tainted ? indented(text) : "withheld";
  const facts = [
    `worker ${id}: ${state}`,
    `runner ${runner}`,
    ...(goal ? [`for goal ${goal}`] : []),
    ...(exit_code === null ? [] : [`exit ${exit_code}`]),
    ...(why === undefined ? [] : [why]),
    ...(undelivered === 0
      ? []
      : [`${plural(undelivered, "message")} ${alive ? "queued" : "UNDELIVERED"}`]),
  ];
  const verdict = verification === null
    ? []
    : verification.passed
    ? ["  verify passed"]
    : [`  verify FAILED, so its work is not accepted: ${shown(verification.output_tail)}`];
  const note = flag ? [`  waits for the user: ${shown(cut(flag.note, MAX_NOTE))}`] : [];
  return [facts.join(", "), ...verdict, ...note].join("\n");
}
