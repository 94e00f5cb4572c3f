import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type JobResult, type ProgramJob, runPrograms } from "../../src/os/run_programs.ts";
import { startDeno } from "../os/start_deno.ts";
import { eventually } from "../support/eventually.ts";
import { isAlive } from "../support/is_alive.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { resultsOf } from "./results_of.ts";

const PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";

function job(script: string, more: Partial<ProgramJob> = {}): ProgramJob {
  return {
    argv: ["sh", "-c", script],
    env: { PATH },
    deadlineMs: 20_000,
    maxBytes: 8192,
    ...more,
  };
}

/** Runs programs in a directory; gives their results, and the order in which they ended. */
async function runAll(cwd: string, jobs: ProgramJob[], atOnce = 8, signal?: AbortSignal) {
  const results: JobResult[] = [];
  const order: number[] = [];
  await runPrograms(jobs, { cwd, atOnce, signal }, (n, result) => {
    order.push(n);
    results[n] = result;
  });
  return { results, order };
}

async function tempDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "looop_test_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const how = ({ end: { status, ending } }: JobResult) => [status, ending];
const text = ({ output }: JobResult) => new TextDecoder().decode(output);

Deno.test("runPrograms gives each program's status, signal, stdout and stderr", async () => {
  await using cwd = await tempDirectory();
  const { results } = await runAll(cwd.path, [
    job("echo out; echo err >&2"),
    job("echo out; echo err >&2; exit 3"),
    job("kill -TERM $$"),
    job("kill -KILL 0"),
    job("", { argv: ["no-such-program"] }),
    job("", { argv: ["eval", "echo ran"] }),
  ]);
  assertEquals(results.map(how), [
    ...[[0, "exited"], [3, "exited"], [143, "exited"], [137, "exited"]],
    ...[[127, "exited"], [127, "exited"]],
  ]);
  assertEquals([text(results[0]), text(results[1])], ["out\n", "out\n"]);
  assertEquals(results[1].end.stderrTail, "err");
});

Deno.test("runPrograms starts argv as it is, with the environment that each program is given", async () => {
  await using cwd = await tempDirectory();
  const words = ["a b", "$HOME", "*", "", "-n", "it's", 'q"q', "`id`", "ü\n\t\\"];
  const names = "env | sed 's/=.*//' | grep -vxE 'PWD|SHLVL|_' | sort | tr '\\n' ' '";
  const { results } = await runAll(cwd.path, [
    job(names, { env: { PATH, A: "1" } }),
    job(`${names}; printf %s "$SECRET"`, { env: { PATH, SECRET: `it's "$x" *` } }),
    job("", { argv: ["printf", "[%s]", ...words] }),
  ]);
  assertEquals(text(results[1]), `PATH SECRET it's "$x" *`);
  assertEquals(text(results[0]), "A PATH ");
  assertEquals(text(results[2]), words.map((word) => `[${word}]`).join(""));
});

Deno.test("runPrograms kills each program at its own deadline, and delays no other result", async () => {
  await using cwd = await tempDirectory();
  const { results, order } = await runAll(cwd.path, [
    job("sleep 60 & echo $! > pid; wait", { deadlineMs: 1500 }),
    ...Array.from({ length: 20 }, (_, n) => job(`echo ${n}`)),
  ], 2);
  assertEquals(how(results[0]), [137, "deadline"]);
  assert(results[0].end.ms >= 1500, `after ${results[0].end.ms} ms`);
  assertEquals(order.at(-1), 0);
  assertEquals(results.slice(1).map(text), Array.from({ length: 20 }, (_, n) => `${n}\n`));
  const pid = Number(await Deno.readTextFile(join(cwd.path, "pid")));
  await eventually(`${pid} is gone`, async () => !await isAlive(pid));
});

Deno.test("runPrograms caps a flood of stdout while it streams, and of stderr keeps the end", async () => {
  await using cwd = await tempDirectory();
  const { results } = await runAll(cwd.path, [
    job("head -c 107374182400 /dev/zero"),
    job("seq 1 1000000 >&2; sleep 0.2; echo last >&2; exit 1"),
  ]);
  assertEquals([results[0].output.length, results[0].overflowed], [8192, true]);
  assertEquals(how(results[0]), [137, "killed"]);
  assert(results[1].end.stderrTail.endsWith("last"));
});

Deno.test("runPrograms ends a program that stopped itself, as one does that wants the terminal", async () => {
  await using cwd = await tempDirectory();
  const { results } = await runAll(cwd.path, [job("kill -STOP $$; sleep 60")]);
  assertEquals(how(results[0]), [147, "exited"]);
});

Deno.test("runPrograms runs 100 programs at once", async () => {
  await using cwd = await tempDirectory();
  const wait = "mkdir -p all; : > all/$$; until [ $(ls all | wc -l) = 100 ]; do sleep 0.1; done";
  const { results } = await runAll(cwd.path, Array.from({ length: 100 }, () => job(wait)), 100);
  assertEquals(new Set(results.map(({ end }) => end.status)), new Set([0]));
});

Deno.test("runPrograms stops promptly when its signal fires, whenever that is", async () => {
  await using cwd = await tempDirectory();
  for (let delay = 0; delay < 60; delay += 6) {
    const stop = new AbortController();
    const jobs = Array.from({ length: 12 }, () => job("echo $$ >> pids; exec sleep 60"));
    const running = runAll(cwd.path, jobs, 4, stop.signal);
    setTimeout(() => stop.abort(), delay);
    const { results } = await running;
    assertEquals(new Set(results.map(({ end }) => end.status)), new Set([137]));
  }
  const pids = (await Deno.readTextFile(join(cwd.path, "pids")).catch(() => "")).split("\n");
  for (const pid of pids.filter(Boolean).map(Number)) {
    await eventually(`${pid} is gone`, async () => !await isAlive(pid));
  }
});

Deno.test("all programs die with the looop that runs them, even by kill -9, and leave no files", async () => {
  await using cwd = await tempDirectory();
  await using temp = await tempDirectory();
  const looop = startDeno(`
    import { runPrograms } from "@src/os/run_programs.ts";
    Deno.env.set("TMPDIR", ${JSON.stringify(temp.path)});
    const script = "echo $$ >> pids; sleep 60 & echo $! >> pids; wait";
    const job = { argv: ["sh", "-c", script], env: { PATH: Deno.env.get("PATH") },
      deadlineMs: 60_000, maxBytes: 8192 };
    await runPrograms([job, job, job], { cwd: ${
    JSON.stringify(cwd.path)
  }, atOnce: 2 }, () => {});`);
  const read = () => Deno.readTextFile(join(cwd.path, "pids")).catch(() => "");
  await eventually("they run", async () => (await read()).split("\n").length === 5, 20_000);
  const pids = (await read()).trim().split("\n").map(Number);
  looop.kill("SIGKILL");
  await looop.status;
  for (const pid of pids) await eventually(`${pid} is gone`, async () => !await isAlive(pid));
  await eventually("its files are gone", () => [...Deno.readDirSync(temp.path)].length === 0);
  assertEquals((await read()).trim().split("\n").length, 4);
});

Deno.test("sense() runs all its sensors under one bash", async () => {
  const script = "#!/bin/sh\nps -o ppid= -p $PPID >> parents\necho '{}'\n";
  const files = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`sensors/${name}`, script]));
  await using profile = await tempProfile({ files });
  assertEquals(Object.keys(await resultsOf(profile)).length, 4);
  const parents = (await profile.read("parents")).trim().split(/\s+/);
  assertEquals([parents.length, new Set(parents).size], [4, 1]);
});
