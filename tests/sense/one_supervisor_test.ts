import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeMask } from "../../src/mask/mask.ts";
import { type JobResult, type ProgramJob, runPrograms } from "../../src/os/run_programs.ts";
import { findProgram } from "../../src/os/run_tool.ts";
import { sense } from "../../src/sense/sense.ts";
import { startDeno } from "../os/start_deno.ts";
import { eventually } from "../support/eventually.ts";
import { isAlive } from "../support/is_alive.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";
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

async function runAll(cwd: string, jobs: ProgramJob[], atOnce = 8, signal?: AbortSignal) {
  return { results: await runPrograms(jobs, { cwd, atOnce, signal }) };
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

Deno.test("runPrograms kills each program at its own deadline, and delays no other program", async () => {
  await using cwd = await tempDirectory();
  const started = performance.now();
  const { results } = await runAll(cwd.path, [
    job("sleep 60 & echo $! > pid; wait", { deadlineMs: 5000 }),
    ...Array.from({ length: 20 }, (_, n) => job(`echo ${n}`)),
  ], 2);
  assertEquals(how(results[0]), [137, "deadline"]);
  assert(results[0].end.ms >= 5000, `after ${results[0].end.ms} ms`);
  const others = Math.max(...results.slice(1).map(({ end }) => end.ms));
  assert(others < results[0].end.ms, `another program took ${others} ms`);
  assert(performance.now() - started < 45_000);
  assertEquals(results.slice(1).map(text), Array.from({ length: 20 }, (_, n) => `${n}\n`));
  const pid = Number(await Deno.readTextFile(join(cwd.path, "pid")));
  await eventually(`${pid} is gone`, async () => !await isAlive(pid));
});

Deno.test("runPrograms caps a flood of stdout while it streams, and of stderr keeps the end", async () => {
  await using cwd = await tempDirectory();
  const { results } = await runAll(cwd.path, [
    job("head -c 107374182400 /dev/zero"),
    // The first line after a cut may be the rest of one: then it is not shown.
    job(String.raw`seq 1 1000000 >&2; sleep 0.5; printf '\nlast\n' >&2; exit 1`),
  ]);
  assertEquals([results[0].output.length, results[0].overflowed], [8192, true]);
  assertEquals(how(results[0]), [137, "killed"]);
  assert(results[1].end.stderrTail.endsWith("last"));
});

Deno.test("runPrograms limits what a flood can write before it is noticed, but not other files", async () => {
  // On a busy machine the flood may be noticed, and ended, before it meets the limit.
  for (let why = "", round = 0; why === ""; round++) {
    assert(round < 20, "no write was refused");
    await using cwd = await tempDirectory();
    const { results } = await runAll(cwd.path, [
      job("dd if=/dev/zero bs=256M count=1 2>why; sleep 60"),
      job("head -c 20000000 /dev/zero >big; wc -c <big"),
    ]);
    assertEquals([results[0].output.length, results[0].overflowed], [8192, true]);
    assertEquals(text(results[1]).trim(), "20000000");
    // Elsewhere a flood is noticed soon, too.
    if (Deno.build.os !== "linux") return;
    why = await Deno.readTextFile(join(cwd.path, "why"));
    if (why !== "") assertStringIncludes(why, "File too large");
  }
});

Deno.test("runPrograms masks stderr where it is cut", async () => {
  await using cwd = await tempDirectory();
  const flood = `yes "x $TOKEN y" | head -n 60000 >&2; sleep 0.06;`;
  const env = { PATH, TOKEN: "correct-horse-battery" };
  const [result] = await runPrograms([job(`${flood.repeat(5)} exit 1`, { env })], {
    ...{ cwd: cwd.path, atOnce: 1, mask: makeMask(env, []) },
  });
  const lines = result.end.stderrTail.split("\n").slice(1);
  assert(lines.length > 50, `only ${lines.length} lines`);
  assertEquals(new Set(lines), new Set(["x [masked TOKEN] y"]));
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
  await eventually("they run", async () => (await read()).split("\n").length === 5);
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

Deno.test("sense() runs other sensors while the modules of a .ts sensor are listed", async () => {
  const files = {
    "sensors/a.ts": "import './.pipe.ts';\nconsole.log('{}');\n",
    "sensors/b.sh": "#!/bin/sh\n# looop: timeout=20\necho >sensors/.pipe.ts\necho '{}'\n",
  };
  await using profile = await tempProfile({ files });
  // Both ends of a FIFO wait for each other.
  await new Deno.Command("mkfifo", { args: [join(profile.paths.sensors, ".pipe.ts")] }).output();
  assertEquals((await resultsOf(profile)).b, {});
});

Deno.test("sense() runs sensors in code beside programs, and one after the other with sensors_at_once: 1", async () => {
  for (const sensors_at_once of [1, 2]) {
    const files = { "sensors/slow.sh": "#!/bin/sh\n# looop: timeout=0.5\nsleep 60\n" };
    await using profile = await tempProfile({ files, config: { sensors_at_once } });
    const readings = (await sense(profile, { sensors: { code: () => ({ a: 1 }) } })).readings;
    assertEquals(readings.map(({ name, result }) => [name, result.ok]), [
      ["code", true],
      ["slow", false],
    ]);
  }
});

Deno.test("runPrograms misses no program that ends just when the supervisor begins to wait", async () => {
  await using cwd = await tempDirectory();
  // Between its last look at the programs and its wait, bash lets a signal in: this makes that moment long.
  const slow = `exec strace -qq -o /dev/null -e trace=rt_sigprocmask \\
    -e inject=rt_sigprocmask:delay_enter=100000 ${findProgram("bash", PATH)} "$@"`;
  await Deno.writeTextFile(join(cwd.path, "bash"), `#!/bin/sh\n${slow}\n`, { mode: 0o755 });
  const env = { PATH: `${cwd.path}:${PATH}` };
  const runs = Array.from({ length: 30 }, (_, n) => {
    const sleeper = job("", { argv: ["sleep", `${0.6 + n * 0.06}`], env });
    return within("it ends", runAll(cwd.path, [sleeper]));
  });
  for (const { results } of await Promise.all(runs)) {
    assertEquals(results.map(how), [[0, "exited"]]);
  }
});

/** Of a program's supervisor: its directory, and the processes that print to its log. */
const FIND_SUPERVISOR = `dir=$(dirname "$(readlink /proc/$$/fd/1)")
  supervisors=$(ls -l /proc/[0-9]*/fd/1 |
    awk -v file="$dir/log" '$NF == file { split($(NF - 2), path, "/"); print path[3] }')`;

Deno.test("runPrograms goes on where its supervisor is stopped, or only the process that waits is left", async () => {
  const goesOn = async (fault: string, deadlineMs = 4000): Promise<void> => {
    await using cwd = await tempDirectory();
    const find = `${FIND_SUPERVISOR}; until grep -q "^e 0 0 " $dir/log; do sleep 0.05; done`;
    const argv = ["bash", "-c", `${find}; ${fault}; echo $$ >done; exec sleep 60`];
    const jobs = [job("echo fine"), job("", { argv, deadlineMs })];
    const { results } = await within("it gives up", runAll(cwd.path, jobs), deadlineMs + 45_000);
    assertEquals(results.map(how), [[0, "exited"], [137, "deadline"]]);
    assertEquals(text(results[0]), "fine\n");
    assert(results[1].end.ms >= deadlineMs);
    const pid = await Deno.readTextFile(join(cwd.path, "done")).catch(() => null);
    // On a busy machine its supervisor had not even started the fault.
    if (pid === null && deadlineMs < 60_000) return await goesOn(fault, deadlineMs * 4);
    // Without a supervisor nothing has ended it.
    if (await isAlive(Number(pid))) Deno.kill(Number(pid), "SIGKILL");
    assert(pid !== null);
  };
  await Promise.all([
    goesOn("kill -STOP $PPID"),
    goesOn("kill -KILL $(printf '%s\\n' $supervisors | grep -vx $PPID)"),
  ]);
});
