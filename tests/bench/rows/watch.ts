import { join } from "@std/path";
import { looop } from "../../support/looop.ts";
import { shellOn } from "../../e2e/shell_on.ts";
import { benchHome } from "../bench_home.ts";
import { CpuMeter } from "../cpu_meter.ts";
import { inTurns, spread } from "../in_turns.ts";
import type { Figure, Row } from "../row.ts";
import { environmentIn, looopArgv, run } from "../run.ts";

/** Ended workers and goals that the dashboard shows. */
const COUNT = 50;

/** How soon `looop watch` draws its first frame, and what it costs while nothing changes. */
export const watch: Row = {
  name: "watch",
  async measure({ quick }) {
    await using home = await benchHome({ interval: 3600 });
    const env = { ...environmentIn(home), TERM: "xterm-256color" };
    const { code, stderr } = await looop(["tick"], { env: home.env });
    if (code !== 0) throw new Error(stderr);
    for (let index = 0; index < COUNT; index++) await addItems(home.dataDir, index);
    const wall = async (argv: string[]) => (await run(argv, env)).wallMs;
    const firstFrame = await inTurns(
      quick ? 3 : 12,
      () => wall(looopArgv("status", "--json")),
      () => msUntilFrame(env),
    );
    const { floor, subject, ratio } = firstFrame;
    const rounded = (ms: number) => `${ms.toFixed(0)} ms`;
    return [
      {
        what: `first frame of looop watch, ${COUNT} workers and goals`,
        floor: "looop status --json",
        ...{ unit: "×", limit: 1.5, ...ratio },
        note: `${rounded(subject.median)}, floor ${rounded(floor.median)}; aim: 400 ms at rest`,
      },
      await atRest(env, quick),
    ] satisfies Figure[];
  },
};

async function addItems(dataDir: string, index: number): Promise<void> {
  const id = `w${index}`;
  const dir = join(dataDir, "workers", id);
  await Deno.mkdir(dir, { recursive: true });
  const record = {
    ...{ id, generation: `g${index}`, started_at: new Date().toISOString(), runner: "sh" },
    ...{ goal: null, run_id: null, verify: null, wrapper: null },
  };
  await Deno.writeTextFile(join(dir, "worker.json"), JSON.stringify(record));
  const end = { exit_code: 0, at: new Date().toISOString(), how: "exited" };
  await Deno.writeTextFile(join(dir, "exit.json"), JSON.stringify(end));
  await Deno.writeTextFile(join(dir, "transcript"), "done\r\n");
  await Deno.writeTextFile(
    join(dataDir, "goals", `g${index}.md`),
    `---\ngoal: Aim ${index}\n---\n`,
  );
}

/** In a terminal of `script`, until the list is on it. */
async function msUntilFrame(env: Record<string, string>): Promise<number> {
  const started = performance.now();
  const command = `stty cols 120 rows 40; exec ${looopArgv("watch").join(" ")}`;
  const args = ["-qec", command, "/dev/null"];
  const child = new Deno.Command("script", {
    ...{ args, env, clearEnv: true, stdin: "piped", stdout: "piped", stderr: "null" },
  }).spawn();
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("WORKERS")) break;
  }
  const ms = performance.now() - started;
  if (!text.includes("WORKERS")) throw new Error(`no frame:\n${text}`);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("q"));
  await writer.close();
  await child.status;
  return ms;
}

async function atRest(env: Record<string, string>, quick: boolean): Promise<Figure> {
  await using shell = await shellOn(env, looopArgv("watch"), { columns: 120, rows: 40 });
  await shell.seen(/WORKERS/);
  const meter = await CpuMeter.start(Number(await shell.tell("#{pane_pid}")));
  await sleep(quick ? 2000 : 45_000);
  await meter.read();
  const shares: number[] = [];
  const seconds = 10;
  for (let round = 0; round < (quick ? 1 : 6); round++) {
    await sleep(seconds * 1000);
    shares.push(await meter.read() / seconds / 10);
  }
  return {
    ...{ what: "CPU of looop watch while nothing changes, of a core", floor: "", unit: "%" },
    ...{ limit: 0.5, ...spread(shares), note: `${COUNT} workers and goals` },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
