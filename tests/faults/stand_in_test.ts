import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { LoopOnTrial } from "./loop_on_trial.ts";
import { type StandIn, standIn } from "./stand_in.ts";

const NO_FILE: StandIn[] = ["directory", "FIFO", "dangling symlink"];
const NO_DIR: StandIn[] = ["file", "FIFO", "dangling symlink"];

/** Path in the data dir → what is said of what stands there; `{path}` and `{kind}` are filled in. */
type Table = Record<string, string>;

const STOPPED_BY_NO_FILE: Table = {
  "state.json": "cannot read {path}: it is a {kind}, not a file; move it away",
  "journal.md": "cannot read {path}: it is a {kind}, not a file; move it away",
  ".looop/intent.json": "cannot read {path}: it is a {kind}, not a file; move it away",
  ".looop/secret": "cannot read {path}: it is a {kind}, not a file; move it away",
  ".looop/move.lock": "cannot lock {path}: it is a {kind}, not a file; move it away",
};

const STOPPED_BY_NO_DIR: Table = {
  "goals": "cannot list {path}: it is a {kind}, not a directory; move it away",
  "sensors": "cannot list {path}: it is a {kind}, not a directory; move it away",
  "asks": "cannot list {path}: it is a {kind}, not a directory; move it away",
  "claims": "cannot list {path}: it is a {kind}, not a directory; move it away",
  "archive": "cannot list {path}: it is a {kind}, not a directory; move it away",
  "workers": "cannot list {path}: it is a {kind}, not a directory; move it away",
  "runs": "cannot make the directory {path}: it is a {kind}, not a directory; move it away",
};

/** What stands there is told, healed, or read by nobody in a tick, which decides and moves all the same. */
const GOES_ON: [path: string, kinds: StandIn[], said: string[]][] = [
  ["../looop.json", NO_FILE, [
    "cannot use config {path}: cannot read the config: it is a {kind}, not a file; move it away; fix: edit {path}; " +
    "looop help config lists every key; until then the last valid config applies",
  ]],
  ["events.jsonl", ["FIFO"], [
    "an event was lost: cannot append to {path}: it is a FIFO, not a file; move it away",
  ]],
  [".gitignore", ["FIFO"], [
    "cannot read {path}: it is a FIFO, not a file; move it away",
    "cannot read {path}: it is a FIFO, not a file; move it away",
  ]],
  ["goals/tea.md", ["directory"], ["goals/tea.md is not a goal: it is a directory"]],
  ["goals/tea.md", ["dangling symlink"], ["goals/tea.md cannot be read: it is a dangling symlink"]],
  ["sensors/fine.sh", ["directory", "dangling symlink"], []],
  ["asks/x.json", NO_FILE, ["asks/x.json is not an ask: it is not a regular file"]],
  ["cost.jsonl", ["directory"], [
    "cost.jsonl is not committed: cost.jsonl: is a directory - add files inside instead",
  ]],
  ["cost.jsonl", ["FIFO"], ["cost.jsonl is not committed: it is not a file"]],
  ["cost.jsonl", ["dangling symlink"], []],
  ["snapshots/fine.json", ["FIFO", "dangling symlink"], []],
  [".looop/signals.json", ["FIFO", "dangling symlink"], []],
  [".looop/last_tick.json", ["FIFO", "dangling symlink"], []],
  [".looop/last_tick.json", ["directory"], ["cannot write {path}: Is a directory (os error 21)"]],
  [".looop/pulse_run", ["FIFO"], []],
  [".looop/surfaced", ["FIFO"], []],
  [".looop/asks.lock", ["FIFO"], []],
  ["goals/archive", ["FIFO"], []],
  ["asks/closed", ["FIFO"], [
    "cannot list {path}: it is a FIFO, not a directory; move it away",
  ]],
  ["reports", ["FIFO"], []],
];

/** Puts each kind in turn at a path of one living pulse, and has it recover from each. */
async function tryEach(
  path: string,
  kinds: StandIn[],
  expected: string[],
  during: (loop: LoopOnTrial, said: number) => Promise<void>,
) {
  await using loop = await LoopOnTrial.start();
  const full = join(loop.profile.paths.dataDir, path);
  for (const kind of kinds) {
    const before = loop.said().length;
    const undo = await standIn(full, kind);
    await during(loop, before);
    const said = loop.said().slice(before);
    const filled = expected.map((text) => text.replaceAll("{path}", full).replace("{kind}", kind));
    assertEquals(said, filled, `${path} is a ${kind}`);
    await undo();
    await loop.moves();
    // The history of a move may be told late, where git could not take it.
    if (path !== ".gitignore") await loop.agrees();
  }
}

/** Runs some at a time: each mostly waits. */
async function several(works: (() => Promise<void>)[]): Promise<void> {
  const waiting = [...works];
  const next = async () => {
    for (let work = waiting.shift(); work; work = waiting.shift()) await work();
  };
  await Promise.all(Array.from({ length: 6 }, next));
}

/** Waits for more than what was `said` before; a tick that is under way may have said it already. */
async function stops(loop: LoopOnTrial, said: number): Promise<void> {
  const moves = loop.pulse.moves();
  await loop.edit();
  await eventually("an error", () => loop.said().length > said);
  assertEquals(loop.pulse.moves(), moves);
}

Deno.test("pulse stands still while something else is in place of a file it needs, says what, and recovers", async () => {
  await several(
    Object.entries(STOPPED_BY_NO_FILE).map(([path, said]) => () =>
      tryEach(path, NO_FILE, [said], stops)
    ),
  );
});

Deno.test("pulse stands still while something else is in place of a directory it needs, says what, and recovers", async () => {
  await several(
    Object.entries(STOPPED_BY_NO_DIR).map(([path, said]) => () =>
      tryEach(path, NO_DIR, [said], stops)
    ),
  );
});

Deno.test("pulse goes on where something else stands that no decision needs", async () => {
  await several(
    GOES_ON.map(([path, kinds, said]) => () => tryEach(path, kinds, said, (loop) => loop.moves())),
  );
});

Deno.test("pulse survives that its whole data directory, .looop or PLAYBOOK is something else for a while", async () => {
  const gone = (path: string, kind: StandIn, said: string, wake = true) => async () => {
    await using loop = await LoopOnTrial.start();
    const { dataDir } = loop.profile.paths;
    const undo = await standIn(join(dataDir, path), kind);
    if (wake) await loop.edit();
    const expected = said.replace("{data}", dataDir);
    await eventually("the error", () => loop.said().includes(expected));
    // A tick under way may have met the moment in which nothing stood there.
    const others = loop.said().filter((text) => text !== expected);
    assertEquals(others.filter((text) => !text.includes("it does not exist")), []);
    await undo();
    await loop.moves();
    await loop.agrees();
  };
  const remedy = "move away the file that is in place of a directory";
  const look = `cannot inspect {data}/.looop/intent.json: Not a directory (os error 20); ${remedy}`;
  const playbook = "cannot read {data}/PLAYBOOK.md: it is {kind}. Replace it with a text file.";
  await several([
    gone(".looop", "file", look),
    gone("", "FIFO", look, false),
    gone("PLAYBOOK.md", "FIFO", playbook.replace("{kind}", "something that is not a file"), false),
    gone("PLAYBOOK.md", "directory", playbook.replace("{kind}", "a directory"), false),
  ]);
});
