import { join } from "@std/path";
import { answerAsk } from "../../../src/inbox/answer.ts";
import { openProfile, type Profile } from "../../../src/profile/profile.ts";
import { eventually } from "../../support/eventually.ts";
import { type EmptyHome, spawnLooop } from "../../support/looop.ts";
import { addSensor, benchHome } from "../bench_home.ts";
import { spread } from "../in_turns.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn } from "../run.ts";

/** How soon a pulse's tick runs its first sensor after an edit or answer of the user. */
export const reacting: Row = {
  name: "reacting",
  async measure({ quick }) {
    await using home = await benchHome({ interval: 3600, busy_interval: 3600 });
    // What a tick does first that shows from outside: a shell tells when it was started.
    await addSensor(home, "clock", `echo "$EPOCHREALTIME" >>'${begun(home)}'; echo '{}'`);
    const profile = await openProfile({
      dataDir: home.dataDir,
      configPath: join(home.dir, ".config", "looop.json"),
      environment: environmentIn(home),
    });
    const child = spawnLooop([], { env: home.env });
    const output = child.output();
    try {
      await rests(home);
      const rounds = quick ? 3 : 9;
      const edit = (round: number) =>
        Deno.writeTextFile(profile.paths.playbook, `# Playbook ${round}\n`);
      return [
        await latency(home, "an edit", rounds, edit, 100),
        await latency(home, "an answer", rounds, await answers(profile, rounds), 20),
      ];
    } finally {
      child.kill("SIGTERM");
      await output;
    }
  },
};

/** The time of each act; beside it what Deno's watcher takes to report one written file, in turns. */
async function latency(
  home: EmptyHome,
  name: string,
  rounds: number,
  act: (round: number) => Promise<unknown>,
  limit: number,
): Promise<Figure> {
  const [floors, ours]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    floors.push(await watcherMs(join(home.dir, "watched"), round));
    const at = Date.now();
    await act(round);
    await eventually("a tick begins", async () => await lastBegun(home) > at);
    ours.push(await lastBegun(home) - at);
    await rests(home);
  }
  return {
    ...{ what: `${name} until its tick runs a sensor`, floor: "", unit: "ms", limit },
    ...spread(ours),
    note: `one file event by Deno.watchFs: ${spread(floors).median.toFixed(2)} ms`,
  };
}

async function watcherMs(folder: string, round: number): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  using watcher = Deno.watchFs(folder);
  const seen = watcher[Symbol.asyncIterator]().next();
  const started = performance.now();
  await Deno.writeTextFile(join(folder, `f${round}`), "x");
  await seen;
  const ms = performance.now() - started;
  await Deno.remove(folder, { recursive: true });
  return ms;
}

/** Asks of the loop itself, as a move leaves them, to be answered one by one. */
async function answers(profile: Profile, rounds: number) {
  const ids = Array.from({ length: rounds }, (_, round) => `a${String(round).padStart(6, "0")}`);
  for (const id of ids) {
    const ask = {
      ...{ id, kind: "question", question: "Tea or coffee?", run_id: "r" },
      asked_at: new Date().toISOString(),
    };
    await Deno.writeTextFile(join(profile.paths.asks, `${id}.json`), JSON.stringify(ask));
  }
  return (round: number) => answerAsk(profile, ids[round], "tea");
}

/** Waits until the tick that began last is over, and for a moment more: then the pulse waits for a person. */
async function rests(home: EmptyHome): Promise<void> {
  const path = join(home.dataDir, ".looop", "last_tick.json");
  await eventually("the tick is over", async () => {
    const text = await Deno.readTextFile(path).catch(() => null);
    return text !== null && Date.parse(JSON.parse(text).at) > await lastBegun(home);
  }, 60_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
}

function begun({ dir }: EmptyHome): string {
  return join(dir, "begun");
}

/** When the sensor ran last: milliseconds since 1970, with fractions. */
async function lastBegun(home: EmptyHome): Promise<number> {
  const text = await Deno.readTextFile(begun(home)).catch(() => "0");
  return Number(text.trim().split("\n").at(-1)) * 1000;
}
