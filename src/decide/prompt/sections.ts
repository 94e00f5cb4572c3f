import type { Ask } from "../../schema/ask.ts";
import { canonicalJson } from "../../schema/json.ts";
import type { Failure, LastRun } from "../../schema/state.ts";
import { cut } from "../../schema/text.ts";
import type { Worker } from "../../schema/worker.ts";
import type { Goal, Reading, World } from "../../schema/world.ts";
import { type Fence, indented, type Part, type PromptInput } from "./prompt.ts";

/** How much is shown of a question that is not the loop's own, in characters. */
const MAX_SHOWN = 1000;

/**
 * The open asks, and those whose answer is news. Those of workers, and those that outside text could have shaped,
 * are withheld unless `tainted`.
 */
export function asksSection(
  asks: Ask[],
  { fence, tainted }: { fence: Fence; tainted: boolean },
): Part {
  if (asks.length === 0) return { text: "# ASKS\n\nNone is open." };
  const texts = asks.map((ask) => {
    const outside = ask.worker !== undefined || ask.tainted;
    return outside && !tainted
      ? `${headOf(ask)}; withheld`
      : `${headOf(ask)}\n${askBody(ask, fence)}`;
  });
  return { text: `# ASKS\n\n${texts.join("\n\n")}` };
}

function headOf({ id, kind, answer, worker }: Ask): string {
  if (worker === undefined) {
    return `${kind} ${id}, ${answer ? "ANSWERED, this is news" : "still open: do not repeat it"}`;
  }
  const stands = answer ? "answered: the worker reads it" : "open: a person answers it";
  return `question ${id} of worker ${worker}, ${stands}`;
}

function askBody({ id, question, options, approval, answer, worker }: Ask, fence: Fence): string {
  if (worker !== undefined) return fence(`ask ${id}`, indented(cut(question, MAX_SHOWN)));
  const lines = [
    indented(question),
    ...(options ? [`options: ${indented(options.join(" | "))}`] : []),
    ...(approval ? [`move: ${approval.move.action}, ${approval.move.journal}`] : []),
    ...(answer ? [`answer of the person: ${indented(answer.text)}`] : []),
  ];
  return fence(`ask ${id}`, lines.join("\n"));
}

/** The goals that are the person's own words. */
export function trustedGoalParts({ world, fence }: PromptInput): Part[] {
  const goals = world.goals.filter(({ untrusted }) => !untrusted);
  return [
    { text: goals.length > 0 ? "# GOALS" : "# GOALS\n\nThere are none." },
    ...goals.map((goal) => part(goal, fence)),
  ];
}

/** The goals that outside text could have shaped: their ids, and only where that is shown their text. */
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

/** What is wrong with goals; it quotes them, so it is outside text. */
export function brokenGoalsText({ world, fence, tainted }: PromptInput): string {
  const broken = world.goals.filter(({ error }) => error !== undefined);
  if (broken.length === 0) return "";
  return tainted
    ? fence("broken goals", broken.map(({ error }) => `- ${error}`).join("\n"))
    : broken.map(({ id }) => `- goals/${id}.md: why is withheld`).join("\n");
}

/** The goal that a decision is forced for. */
export function forcedText(goal: Goal, fence: Fence): string {
  const text = fence(goalTitle(goal), goal.text);
  return `The person asks for one move for the goal ${goal.id}, now, whether or not anything changed:\n\n${text}`;
}

function part(goal: Goal, fence: Fence): Part {
  return {
    text: fence(goalTitle(goal), goal.text),
    // However small a goal's priority, every reading goes before it.
    optional: { name: `goal ${goal.id}`, keep: 1e6 + Math.min(Math.max(goal.priority, -1e5), 1e5) },
  };
}

function goalTitle({ id, untrusted }: Goal): string {
  return `${untrusted ? "untrusted goal" : "goal"} ${id}`;
}

/** What the last `run` printed. */
export function lastRunSection(run: LastRun | null, fence: Fence): string {
  if (!run) return "";
  const ended = run.exit_code === null
    ? "was interrupted: nobody knows whether it took effect. Look before you repeat it."
    : `ended with status ${run.exit_code}.`;
  const output = run.output_tail === "" ? "(no output)" : run.output_tail;
  return `This command ${ended}\n\n${fence("last run", `$ ${run.command}\n${output}`)}`;
}

/** Why the decision before this one failed. */
export function lastFailureSection(failure: Failure | null, fence: Fence): string {
  if (!failure) return "";
  return `The last decision failed (${failure.count} in a row). Avoid what caused it:\n\n${
    fence("last failure", failure.why)
  }`;
}

/**
 * The unchanged readings, or the changed ones, a part each. Untrusted ones come last, so that a provider's cache
 * reaches over the others whether or not they are withheld.
 */
export function readingParts(
  { world, comparison, tainted, fence }: PromptInput,
  which: "unchanged" | "changed",
): Part[] {
  const changed = new Set(comparison.changes.map((change) => change.key));
  const isChanged = ({ name }: Reading) => changed.has(`sensor:${name}`);
  const readings = world.readings.filter((reading) => isChanged(reading) === (which === "changed"));
  // Older readings go first when room is short, those that woke the loop last of all.
  // To the minute: which of one tick's sensors started first says nothing.
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
  const bytes = reading.bytes.toLocaleString("en");
  return `${
    readingTitle(reading)
  }: unchanged since it was last decided on; withheld, ${bytes} bytes`;
}

function readingBody({ result }: Reading): string {
  return result.ok ? canonicalJson(result.value) : `failing: ${result.error}`;
}

/** How much is shown of a worker's note, in characters. */
const MAX_NOTE = 400;

/**
 * The workers, living or with an end that is news, and who holds which claim. Nothing where there is neither. What
 * they say is outside text: withheld unless `tainted`.
 */
export function workersSection(
  { workers, claims }: World,
  { fence, tainted }: { fence: Fence; tainted: boolean },
): Part[] {
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

/** Without ages: they change all the time, and what stays byte-equal can be cached. */
function describe(
  { id, state, runner, goal, exit_code, why, flag, verification }: Worker,
  tainted: boolean,
): string {
  const said = (text: string) => tainted ? indented(text) : "withheld";
  const facts = [
    `worker ${id}: ${state}`,
    `runner ${runner}`,
    ...(goal ? [`for goal ${goal}`] : []),
    ...(exit_code === null ? [] : [`exit ${exit_code}`]),
    ...(why === undefined ? [] : [why]),
  ];
  const verdict = verification === null
    ? []
    : verification.passed
    ? ["  verify passed"]
    : [`  verify FAILED, so its work is not believed: ${said(verification.output_tail)}`];
  const note = flag ? [`  waits for a person: ${said(cut(flag.note, MAX_NOTE))}`] : [];
  return [facts.join(", "), ...verdict, ...note].join("\n");
}
