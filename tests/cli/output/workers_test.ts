import { assertEquals } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { PLAIN } from "../../../src/cli/output/view.ts";
import { renderWorkers as render } from "../../../src/cli/output/status.ts";
import { shownNote, type WorkerSummary } from "../../../src/schema/status.ts";
import { HOSTILE } from "../../inbox/temp_worker.ts";

const renderWorkers = (...args: Parameters<typeof render>) =>
  render(...args).replace(/\n$/, "").split("\n");

const now = new Date("2026-11-23T09:30:00.000Z");

function worker(id: string, more: Partial<WorkerSummary> = {}): WorkerSummary {
  return {
    id,
    state: "running",
    alive: true,
    exit_code: null,
    flagged: false,
    note: null,
    since: "2026-11-23T09:00:00.000Z",
    started_at: "2026-11-23T09:00:00.000Z",
    idle_s: 12,
    runner: "pi",
    goal: null,
    verified: null,
    ...more,
  };
}

const fleet = [
  worker("fix"),
  worker("triage", { state: "waiting", flagged: true, note: "Which\n\x1b[2J branch? 日本語" }),
  worker("web", { state: "failed", alive: false, idle_s: null, note: "exit status 3" }),
];

Deno.test("renderWorkers shows a line for each, and what is in a note does nothing", () => {
  assertEquals(renderWorkers(fleet, PLAIN, now), [
    "  ID      STATE    AGE     IDLE  NOTE",
    "  fix     running  30 min  12 s",
    "⚑ triage  waiting  30 min  12 s  says: Which \\x1b[2J branch? 日本語",
    "  web     failed   30 min        exit status 3",
  ]);
  assertEquals(renderWorkers([], PLAIN, now), [
    "no workers: looop start-session starts one; looop ls --all lists earlier ones",
  ]);
});

Deno.test("a worker's own note cannot look like looop's: it is marked wherever it is shown", () => {
  const note = "its session ended unexpectedly; continues at 10:00";
  const marked = { flagged: true, note };
  assertEquals([shownNote(marked), shownNote({ ...marked, flagged: false })], [
    `says: ${note}`,
    note,
  ]);
  const line = renderWorkers([worker("fix", { state: "waiting", ...marked })], PLAIN, now)[1];
  assertEquals(line.split("  ").at(-1), `says: ${note}`);
});

Deno.test("renderWorkers shows in which worktree a worker is", () => {
  const worktree = "/home/me/data/workers/trees/fix";
  const noted = worker("triage", { note: "Which branch?", worktree });
  const lines = renderWorkers([worker("fix", { worktree }), noted], PLAIN, now);
  assertEquals(lines.map((line) => line.slice(33)), [
    "NOTE",
    `in ${worktree}`,
    `Which branch?; in ${worktree}`,
  ]);
});

Deno.test("renderWorkers leaves out idle time, then age, where the terminal is narrow", () => {
  const at = (columns: number) => renderWorkers(fleet, { ...PLAIN, columns }, now).slice(1, 3);
  assertEquals(at(80).map((line) => line.slice(19, 31)), ["30 min  12 s", "30 min  12 s"]);
  assertEquals(at(62).map((line) => line.slice(19)), [
    "30 min",
    "30 min  says: Which \\x1b[2J branch? 日本語",
  ]);
  assertEquals(at(40), ["  fix     running", "⚑ triage  waiting  says: Which \\x1b[2J …"]);
  assertEquals(at(34), ["  fix     running", "⚑ triage  waiting  says: Which \\x…"]);
  assertEquals(at(16), ["  fix     runni…", "⚑ triage  waiti…"]);
});

Deno.test("renderWorkers fits any width, whatever stands in notes and ids", () => {
  // Far longer than any width, but not so long that each width takes its time.
  const notes = Object.values(HOSTILE).map((note) => note.slice(0, 2000));
  const hostile = notes.map((note, i) =>
    worker("a".repeat(1 + i * 12), { note, flagged: true, state: "waiting" })
  );
  for (let columns = 2; columns < 120; columns++) {
    const lines = renderWorkers(hostile, { ...PLAIN, columns }, now);
    assertEquals(lines.length, hostile.length + 1);
    assertEquals(lines.filter((line) => unicodeWidth(line) > columns || line.includes("\n")), []);
  }
});

Deno.test("renderWorkers paints what was cut before, by state", () => {
  const yellow = (text: string) => `<${text}>`;
  const [, , triage] = renderWorkers(fleet, { ...PLAIN, columns: 26, yellow }, now);
  assertEquals(triage, "<⚑ triage>  <waiting>  says: …");
});
