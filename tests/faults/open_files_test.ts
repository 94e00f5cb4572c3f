import { assertEquals, assertStringIncludes } from "@std/assert";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { cliPulse } from "./cli_pulse.ts";

/** Sets how many files a running process may have open. */
async function limitOpenFiles(pid: number, count: number): Promise<void> {
  const { success, stderr } = await new Deno.Command("prlimit", {
    args: [`--nofile=${count}:`, "--pid", String(pid)],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

Deno.test("a pulse without a file descriptor left says so once, lives on, and goes on when it has some", async () => {
  await using pulse = await cliPulse();
  // Deno itself panics where it has no file descriptor left to load a module: by the second tick all are loaded.
  await pulse.edit();
  await eventually("two ticks", () => pulse.printed().split("next in").length > 2);
  await limitOpenFiles(pulse.pid, 3);
  await pulse.edit();
  const fault = "Too many open files (os error 24); raise the limit on open files (ulimit -n)";
  await eventually("the fault is told", () => pulse.printed().includes(fault));
  const before = await pulse.moves();
  await limitOpenFiles(pulse.pid, 1024);
  await pulse.edit();
  await eventually("the next move", async () => await pulse.moves() > before);
  const told = pulse.printed().split("\n").filter((line) => line.includes("Too many open files"));
  // Which file it meets first is left to chance.
  assertEquals(
    told.length,
    new Set(told.map((line) => line.replace("warning: ", ""))).size,
    pulse.printed(),
  );
  assertStringIncludes(told[0], pulse.home.dir);
  // The tick of that move may have begun before it had files again: the next one commits what it could not.
  const since = await pulse.moves();
  await pulse.edit();
  await eventually("one more move", async () => await pulse.moves() > since);
  await eventually("a commit for each move", async () => {
    const log = await git(pulse.home.dataDir, "log", "--format=%(trailers:key=Looop-Run)");
    return log.split("\n").filter(Boolean).length === await pulse.moves();
  });
});
