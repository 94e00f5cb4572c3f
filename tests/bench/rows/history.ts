import { join } from "@std/path";
import { appendLedger } from "../../../src/budget/ledger.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import { openProfile } from "../../../src/profile/profile.ts";
import { git } from "../../support/git.ts";
import { type EmptyHome, looop } from "../../support/looop.ts";
import { noop } from "../../support/scripted_decider.ts";
import { benchHome } from "../bench_home.ts";
import { inTurns } from "../in_turns.ts";
import { addHistory, type History, lineOf, writeLedger } from "../long_history.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn, looopArgv, run } from "../run.ts";

const YEAR: History = { lines: 50_000, asks: 5000, workers: 500, commits: 50_000 };

/** What looking, summing up and moving cost with a year behind the profile. */
export const history: Row = {
  name: "history",
  async measure({ quick }) {
    await using fresh = await startedHome();
    await using old = await startedHome();
    const floor = "the same on a fresh profile";
    const past = quick ? { ...YEAR, commits: 5000, asks: 1000 } : YEAR;
    await addHistory(old.dataDir, past);
    const note = `${past.asks} asks, ${past.commits} commits`;
    const rounds = quick ? 2 : 9;
    const figures: Figure[] = [];
    for (const command of ["status", "ls", "asks"]) {
      const on = (home: EmptyHome) => async () =>
        (await run(looopArgv(command, "--json"), environmentIn(home))).wallMs;
      const { ratio } = await inTurns(rounds, on(fresh), on(old));
      const what = `${command} --json with a year of history`;
      figures.push({ what, floor, unit: "×", limit: 1.5, ...ratio, note });
    }
    figures.push(await costAll(old, quick), await oneMove(fresh, old, rounds));
    return figures;
  },
};

/** A home whose profile has ticked once. */
async function startedHome(): Promise<EmptyHome> {
  const home = await benchHome();
  const { code, stderr } = await looop(["tick"], { env: home.env });
  if (code !== 0) throw new Error(stderr);
  return home;
}

async function costAll(home: EmptyHome, quick: boolean): Promise<Figure> {
  const count = quick ? 100_000 : 500_000;
  const path = join(home.dataDir, "cost.jsonl");
  const before = await Deno.readTextFile(path);
  await writeLedger(path, count);
  const script = join(home.dir, "parse.ts");
  await Deno.writeTextFile(
    script,
    `const text = await Deno.readTextFile(${JSON.stringify(path)});
let sum = 0;
for (const line of text.split("\\n")) if (line !== "") sum += JSON.parse(line).cost_usd;
console.log(sum);\n`,
  );
  const env = environmentIn(home);
  const { ratio, floor } = await inTurns(
    quick ? 2 : 5,
    async () => (await run([Deno.execPath(), "run", "-A", script], env)).wallMs,
    async () => (await run(looopArgv("cost", "all"), env)).wallMs,
  );
  await Deno.writeTextFile(path, before);
  return {
    what: `cost all over ${count.toLocaleString("en")} lines`,
    floor: "reading and JSON.parse of each line",
    ...{ unit: "×", limit: 1.5, ...ratio, note: `floor ${floor.median.toFixed(0)} ms` },
  };
}

/** Each has a sensor of its own that changes then. */
const MOST_MOVES = 50;

/** From the decision on: admit, act, journal, commit, state; what is before it is taken off. */
async function oneMove(fresh: EmptyHome, old: EmptyHome, rounds: number): Promise<Figure> {
  const count = rounds * 3;
  const on = async (home: EmptyHome) => {
    const profile = await openProfile({
      dataDir: home.dataDir,
      configPath: join(home.dir, ".config", "looop.json"),
      environment: environmentIn(home),
    });
    let round = 0;
    return async () => {
      if (round === MOST_MOVES) throw new Error(`more than ${MOST_MOVES} moves`);
      round++;
      let decided = 0;
      // Another one changes each time: one alone would soon be called flapping.
      const names = Array.from({ length: MOST_MOVES }, (_, index) => `s${index}`);
      const { outcome } = await tickOnce(profile, {
        sensors: Object.fromEntries(
          names.map((name, index) => [name, () => ({ signal: index < round })]),
        ),
        decider: async () => {
          await appendLedger(profile, lineOf(round, new Date()));
          decided = performance.now();
          return noop({ more: false });
        },
      });
      if (outcome !== "moved") throw new Error(`the tick was ${outcome}, not moved`);
      return performance.now() - decided;
    };
  };
  const [floorMove, move] = [await on(fresh), await on(old)];
  // In a year, git has packed what was committed, and each move put away a little.
  for (let left = Infinity, before; before !== left;) {
    await move();
    before = left;
    left = Array.from(Deno.readDirSync(join(old.dataDir, "asks", "closed"))).length;
  }
  await git(old.dataDir, "gc", "-q");
  const { ratio, floor } = await inTurns(count, floorMove, move);
  return {
    ...{ what: "act and log of one move with that history", floor: "the same on a fresh profile" },
    ...{ unit: "×", limit: 1.2, ...ratio, note: `floor ${floor.median.toFixed(0)} ms` },
  };
}
