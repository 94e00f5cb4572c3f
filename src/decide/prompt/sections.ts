import { parseSchedule } from "../../profile/schedule_file.ts";
import { describeTiming } from "../../profile/slots.ts";
import type { Ask } from "../../schema/ask.ts";
import type { Failure } from "../../schema/failing.ts";
import { canonicalJson } from "../../schema/json.ts";
import type { LastRun } from "../../schema/state.ts";
import { cut, plural } from "../../schema/text.ts";
import type { Worker } from "../../schema/worker.ts";
import type { Reading } from "../../schema/world.ts";
import {
  type Fence,
  fitLines,
  indented,
  KEEP,
  nameShown,
  type Part,
  type PromptInput,
  shorten,
  WITHHELD_NAME,
} from "./parts.ts";

/** How much is shown of a worker's question, in characters. */
const MAX_SHOWN = 1000;

/** The maximum length of the sections in this file in bytes of UTF-8, as `MAX` in `prompt.ts`. */
const MAX = {
  asks: 12 * 1024,
  workerAsks: 8 * 1024,
  workers: 8 * 1024,
  claims: 4 * 1024,
  setAside: 6 * 1024,
};

/** The loop's own asks that are open, or have a new answer. What untrusted input may have influenced is withheld unless `tainted`. */
export function asksSection({ world, fence, tainted }: PromptInput): Part {
  const asks = world.asks.filter(({ worker }) => worker === undefined)
    // If not all fit, answers matter more.
    .sort((a, b) => Number(b.answer !== undefined) - Number(a.answer !== undefined));
  if (asks.length === 0) return { text: "# ASKS\n\nNone." };
  const texts = asks.map((ask) => {
    const { id, kind, answer } = ask;
    const state = answer ? "ANSWERED: the answer is new" : "open: do not repeat it";
    const head = `${kind} ${id}, ${state}`;
    return ask.tainted && !tainted ? `${head}; withheld` : `${head}\n${askBody(ask, fence)}`;
  });
  return { text: `# ASKS\n\n${fitLines(texts.map((text) => `${text}\n`), MAX.asks).trimEnd()}` };
}

/** The questions of workers; how many there are, unless `tainted`. */
export function workerAsksParts({ world, fence, tainted }: PromptInput): Part[] {
  const asks = world.asks.filter(({ worker }) => worker !== undefined);
  if (asks.length === 0) return [];
  const texts = asks.map((ask) => {
    const state = ask.answer
      ? "answered: the worker receives the answer"
      : "open: the user answers it";
    return `question ${ask.id} of worker ${ask.worker}, ${state}\n${askBody(ask, fence)}`;
  });
  const open = asks.filter(({ answer }) => !answer).length;
  const body = tainted
    ? fitLines(texts, MAX.workerAsks)
    : `${open} open, for the user; ${asks.length - open} answered, for the workers; withheld`;
  return [{
    text: `# QUESTIONS OF WORKERS\n\n${body}`,
    optional: { name: "questions of workers", keep: KEEP.workerAsks },
  }];
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

/** The output of the last `run`. */
export function lastRunSection(run: LastRun | null, fence: Fence, maxBytes: number): string {
  if (!run) return "";
  const ended = run.exit_code === null
    ? "was interrupted; whether it took effect is unknown. Check before you repeat it."
    : `exited with status ${run.exit_code}.`;
  const output = run.output_tail === "" ? "(no output)" : run.output_tail;
  // A command may be long; the output was cut when it was stored.
  const command = shorten(run.command, maxBytes / 2);
  return `This command ${ended}\n\n${
    fence("last run", shorten(`$ ${command}\n${output}`, maxBytes))
  }`;
}

/** The error of the previous decision, if it failed. */
export function lastFailureSection(
  failure: Failure | null,
  fence: Fence,
  maxBytes: number,
): string {
  // The model has no part in errors that pass by themselves.
  if (!failure || failure.count === 0) return "";
  return `The last decision failed (${failure.count} in a row). Avoid the cause:\n\n${
    fence("last failure", shorten(failure.why, maxBytes))
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
    `prevented them is over; decide about the rest:\n\n${
      fence("set aside", fitLines(lines, MAX.setAside))
    }`;
}

/**
 * The unchanged or the changed readings, one part each. Untrusted ones come last, so that a provider's cache covers the
 * others whether or not they are withheld.
 */
export function readingParts(
  input: PromptInput,
  which: "unchanged" | "changed",
): Part[] {
  const { world, comparison, tainted, fence } = input;
  const shown = nameShown(input, "sensor");
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
      ? fence(readingTitle(reading, shown), readingBody(reading))
      : withheld(reading, shown),
    optional: {
      name: `reading ${shown(reading.name)}`,
      keep: older(reading) + (isChanged(reading) ? world.readings.length : 0),
    },
  });
  const trustedFirst = readings.toSorted((a, b) => Number(b.trusted) - Number(a.trusted));
  return readings.length === 0
    ? []
    : [{ text: `# READINGS, ${which.toUpperCase()}` }, ...trustedFirst.map(part)];
}

function readingTitle({ name, trusted }: Reading, shown: (name: string) => string): string {
  return `${trusted ? "reading" : "untrusted reading"} ${shown(name)}`;
}

function withheld(reading: Reading, shown: (name: string) => string): string {
  const size = `${reading.bytes.toLocaleString("en")} bytes`;
  return `${readingTitle(reading, shown)}: unchanged since the last decision; withheld, ${size}`;
}

function readingBody({ result, last }: Reading): string {
  if (result.ok) return canonicalJson(result.value);
  return last
    ? `${canonicalJson(last.value)}\nThis is older: the last run failed: ${result.error}`
    : `failing: ${result.error}`;
}

/** The schedules; of untrusted ones only that they are there, unless `tainted`. */
export function schedulesSection(input: PromptInput): Part[] {
  const { world: { schedules }, fence, tainted } = input;
  const shownName = nameShown(input, "schedule");
  if (schedules.length === 0) return [];
  const lines = schedules.map(({ name, text, exact, error }) => {
    const parsed = error ?? parseSchedule(name, exact ?? text);
    if (typeof parsed === "string") return `${name}: it is invalid`;
    const { timing, note, do: move, untrusted } = parsed;
    const own = move ? `, by itself: ${move.action}` : "";
    const shown = note === "" ? "" : `: ${note}`;
    return untrusted && !tainted
      ? `${shownName(name)}, untrusted: withheld`
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
    const untrusted = new Set(world.goals.flatMap(({ id, untrusted }) => untrusted ? [id] : []));
    const lines = workers.map((worker) => describe(worker, tainted, untrusted));
    parts.push({
      text: `# WORKERS\n\n${fence("workers", fitLines(lines, MAX.workers))}`,
      optional: { name: "workers", keep: KEEP.workers },
    });
  }
  if (claims.length > 0) {
    const lines = claims.map(({ name, session }) => `${name}: held by ${session}`);
    const body = tainted
      ? fence("claims", fitLines(lines, MAX.claims))
      : `${claims.length}; withheld`;
    parts.push({
      text: `# CLAIMS\n\n${body}`,
      optional: { name: "claims", keep: KEEP.claims },
    });
  }
  return parts;
}

/** Without ages, which change all the time: a provider caches only byte-equal text. */
function describe(
  worker: Worker,
  tainted: boolean,
  untrusted: ReadonlySet<string>,
): string {
  const { id, state, alive, runner, goal, exit_code, why, flag, verification } = worker;
  const { tainted: chosen, undelivered = 0 } = worker;
  const hidden = chosen === true && !tainted;
  const shownGoal = goal === null || (!hidden && (tainted || !untrusted.has(goal)))
    ? goal
    : WITHHELD_NAME;
  const shown = (text: string) => tainted ? indented(text) : "withheld";
  const facts = [
    `worker ${hidden ? WITHHELD_NAME : id}: ${state}`,
    `runner ${runner}`,
    ...(shownGoal ? [`for goal ${shownGoal}`] : []),
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
