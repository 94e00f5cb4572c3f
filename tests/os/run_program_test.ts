import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { type ProgramEnd, type ProgramRequest, runProgram } from "../../src/os/run_program.ts";
import { UserError } from "../../src/schema/errors.ts";
import { eventually } from "../support/eventually.ts";
import { isAlive } from "../support/is_alive.ts";
import { startDeno } from "./start_deno.ts";

const PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";

/** Runs a shell script in a directory of its own; gives how it ended and what it printed. */
async function run(script: string, more: Partial<ProgramRequest> = {}) {
  const printed = { stdout: "", stderr: "" };
  const decoder = new TextDecoder();
  const end = await runProgram({
    argv: ["sh", "-c", script],
    cwd: "/",
    env: { PATH },
    deadlineMs: 20_000,
    onStdout: (chunk) => void (printed.stdout += decoder.decode(chunk)),
    onStderr: (chunk) => void (printed.stderr += decoder.decode(chunk)),
    ...more,
  });
  return { ...printed, end };
}

function how({ status, ending }: ProgramEnd): [number, string] {
  return [status, ending];
}

async function tempDir(): Promise<string & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "looop_test_" });
  return Object.assign(path, {
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  });
}

Deno.test("runProgram gives the exit status, or 128 + n of the signal that ended it", async () => {
  assertEquals(how((await run("exit 0")).end), [0, "exited"]);
  assertEquals(how((await run("exit 3")).end), [3, "exited"]);
  assertEquals(how((await run("kill -TERM $$")).end), [143, "exited"]);
  assertEquals(how((await run("kill -KILL $$")).end), [137, "exited"]);
});

Deno.test("runProgram ends a program that stops itself, as one does that wants the terminal", async () => {
  assertEquals(how((await run("kill -STOP $$; sleep 60")).end), [147, "exited"]);
});

Deno.test("runProgram passes stdout and stderr on whole, and nothing of its own", async () => {
  const { end, stdout, stderr } = await run("printf out; printf 'err\\nor' >&2; exit 1");
  assertEquals([stdout, stderr, end.stderrTail], ["out", "err\nor", "err\nor"]);
  const flood = await run("seq 1 20000 >&2");
  assertEquals(flood.stderr, Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join(""));
  assertEquals(flood.end.stderrTail, flood.stderr.slice(-2048).trim());
});

Deno.test("runProgram takes 30 quick programs without a word of the shell on stderr", async () => {
  const ends = await Promise.all(Array.from({ length: 30 }, () => run("")));
  assertEquals(new Set(ends.map(({ stderr, end }) => `${stderr}|${end.status}`)), new Set(["|0"]));
});

Deno.test("runProgram kills a program with its grandchildren at the deadline", async () => {
  await using cwd = await tempDir();
  const script = "sh -c 'sleep 60 & echo $! > pid; wait' & wait";
  const { end } = await run(script, { cwd: `${cwd}`, deadlineMs: 400 });
  assertEquals(how(end), [137, "deadline"]);
  assert(end.ms >= 400 && end.ms < 20_000, `after ${end.ms} ms`);
  const pid = Number(await Deno.readTextFile(join(`${cwd}`, "pid")));
  await eventually(`${pid} is gone`, async () => !await isAlive(pid));
});

Deno.test("runProgram takes any deadline, however far", async () => {
  for (const deadlineMs of [1e12, Infinity]) {
    assertEquals(how((await run("sleep 0.05; exit 5", { deadlineMs })).end), [5, "exited"]);
  }
});

Deno.test("runProgram stops a flood when the reader has enough", async () => {
  let bytes = 0;
  const { end } = await run("cat /dev/zero", {
    onStdout: (chunk) => (bytes += chunk.length) > 8192 ? "enough" : undefined,
  });
  assertEquals(end.ending, "killed");
  assert(bytes < 1024 * 1024, `${bytes} bytes were read`);
  assert(end.ms < 20_000, `after ${end.ms} ms`);
});

Deno.test("runProgram reads all of what a slow reader was left", async () => {
  let bytes = 0;
  await run("head -c 300000 /dev/zero", {
    onStdout(chunk) {
      bytes += chunk.length;
      for (const until = performance.now() + 120; performance.now() < until;);
    },
  });
  assertEquals(bytes, 300_000);
});

Deno.test("runProgram does not wait for a grandchild that left the group and holds stdout", async () => {
  await using cwd = await tempDir();
  const script = "setsid sh -c 'echo $$ > pid; sleep 20; echo late; sleep 60' & " +
    "until [ -s pid ]; do sleep 0.01; done; echo done";
  const { end, stdout } = await run(script, { cwd: `${cwd}` });
  assertEquals([stdout, ...how(end)], ["done\n", 0, "exited"]);
  assert(end.ms < 15_000, `after ${end.ms} ms`);
  Deno.kill(-Number(await Deno.readTextFile(join(`${cwd}`, "pid"))), "SIGKILL");
});

Deno.test("runProgram gives the program a file as stdin, or nothing", async () => {
  await using cwd = await tempDir();
  const stdinFile = join(`${cwd}`, "it's a $file");
  await Deno.writeTextFile(stdinFile, "hello");
  assertEquals((await run("cat", { stdinFile })).stdout, "hello");
  assertEquals((await run("cat")).stdout, "");
  const { end } = await run("cat", { stdinFile: "/nowhere" });
  assertEquals(end.status, 1);
  assert(end.stderrTail.endsWith("/nowhere: No such file or directory"), end.stderrTail);
});

Deno.test("runProgram is killed by its signal, whenever that comes", async () => {
  await using cwd = await tempDir();
  const before = AbortSignal.abort();
  assertEquals(how((await run("touch ran", { cwd: `${cwd}`, signal: before })).end), [
    137,
    "killed",
  ]);
  for (let i = 0; i < 20; i++) {
    const path = join(`${cwd}`, "pids");
    const size = (await Deno.stat(path).catch(() => ({ size: 0 }))).size;
    const stop = new AbortController();
    const running = run("echo $$ >> pids; exec sleep 60", { cwd: `${cwd}`, signal: stop.signal });
    if (i < 12) setTimeout(() => stop.abort(), i);
    else {
      await eventually("it runs", async () => (await Deno.stat(path)).size > size);
      stop.abort();
    }
    assertEquals((await running).end.ending, "killed");
  }
  const pids = (await Deno.readTextFile(join(`${cwd}`, "pids"))).trim().split("\n").map(Number);
  for (const pid of pids) await eventually(`${pid} is gone`, async () => !await isAlive(pid));
  assertEquals(await Deno.stat(join(`${cwd}`, "ran")).catch(() => null), null);
});

Deno.test("runProgram tells of a missing program, directory and bash", async () => {
  const missing = (await run("", { argv: ["no-such-program", "-x"] })).end;
  assertEquals(missing.status, 127);
  assert(missing.stderrTail.endsWith("no-such-program: not found"), missing.stderrTail);
  assertEquals((await run("", { argv: ["/tmp"] })).end.status, 126);
  await assertRejects(
    () => run("", { cwd: "/nowhere" }),
    UserError,
    "cannot run sh in /nowhere: there is no such directory",
  );
  await assertRejects(
    () => run("", { env: { PATH: "/nowhere" } }),
    UserError,
    "cannot run sh in /: there is no bash on PATH",
  );
});

Deno.test("runProgram starts argv as it is: no builtin, function, option or expansion", async () => {
  assertEquals((await run("", { argv: ["eval", "echo ran"] })).end.status, 127);
  assertEquals((await run("", { argv: ["-c", "echo ran"] })).end.status, 127);
  const words = ["a b", "$HOME", "*", "", "-n", "it's", 'q"q', "`id`", "ü\n\t\\"];
  const { stdout } = await run("", { argv: ["printf", "[%s]", ...words] });
  assertEquals(stdout, words.map((word) => `[${word}]`).join(""));
});

Deno.test("runProgram gives the program its environment alone, and lets none of it reach the shell", async () => {
  await using cwd = await tempDir();
  const hook = join(`${cwd}`, "hook.sh");
  await Deno.writeTextFile(hook, "echo hooked; echo hooked >&2\n");
  const env = {
    PATH,
    BASH_ENV: hook,
    "BASH_FUNC_sh%%": "() { echo function; }",
    SHELLOPTS: "xtrace",
    p: "mine",
  };
  const { stdout, stderr } = await run("echo $p", { env });
  assertEquals([stdout, stderr], ["mine\n", ""]);
  const names = (await run("env", { env: { PATH, A: "1" } })).stdout.trim().split("\n")
    .map((line) => line.split("=")[0]).filter((name) => !["PWD", "SHLVL", "_"].includes(name));
  assertEquals(names.sort(), ["A", "PATH"]);
});

Deno.test("a program dies with the looop that runs it, even by kill -9", async () => {
  await using cwd = await tempDir();
  const looop = startDeno(`
    import { runProgram } from "@src/os/run_program.ts";
    await runProgram({
      argv: ["sh", "-c", "echo $$ > pid; sleep 60 & echo $! > child; wait"],
      cwd: ${JSON.stringify(`${cwd}`)}, env: { PATH: Deno.env.get("PATH") }, deadlineMs: 60_000,
    });`);
  const read = (name: string) => Deno.readTextFile(join(`${cwd}`, name)).catch(() => "");
  await eventually("it runs", async () => (await read("child")).endsWith("\n"));
  const pids = [Number(await read("pid")), Number(await read("child"))];
  looop.kill("SIGKILL");
  await looop.status;
  for (const pid of pids) await eventually(`${pid} is gone`, async () => !await isAlive(pid));
});

Deno.test("runProgram leaves nothing behind that would keep a process running until the deadline", async () => {
  await using child = startDeno(`
    import { runProgram } from "@src/os/run_program.ts";
    const env = { PATH: Deno.env.get("PATH") };
    await runProgram({ argv: ["true"], cwd: "/", env, deadlineMs: 3_600_000 });`);
  let code: number | undefined;
  child.status.then((status) => code = status.code);
  await eventually("the process ends", () => code !== undefined);
  assertEquals(code, 0);
});
