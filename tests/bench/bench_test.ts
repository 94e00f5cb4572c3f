import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { checkout } from "../support/looop.ts";

function bench(args: string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", join(checkout, "tests", "bench", "bench.ts"), ...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test("bench refuses what it cannot do before it measures anything", async () => {
  const refusals = [
    [
      ["--json", "/nowhere/at/all.json"],
      "cannot write /nowhere/at/all.json: there is no directory /nowhere/at",
    ],
    [["calls", "tea"], "there is no row tea"],
    [["--fast"], "--fast is no option"],
  ] as const;
  for (const [args, problem] of refusals) {
    const { code, stdout, stderr } = await bench([...args]).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals([code, text.split("\n")[0], stdout.length], [2, `bench: ${problem}`, 0]);
    assertStringIncludes(text, "\nusage: bench.ts [--quick] [--json FILE] [row…]\nrows: start-up ");
  }
});

Deno.test("bench leaves no file and no process behind when it is interrupted", async () => {
  const temp = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop_test_" }));
  const child = bench(["--quick", "idle-pulse"], { TMPDIR: temp }).spawn();
  const output = child.output();
  // The pulse that it measures, and the Deno beside it.
  await eventually("it measures", async () => (await startedIn(temp)).length >= 2);
  child.kill("SIGINT");
  assertEquals((await output).code, 130);
  assertEquals(await startedIn(temp), []);
  assertEquals(Array.from(Deno.readDirSync(temp)), []);
  await Deno.remove(temp);
});

/** What runs with a directory below this one as its home. */
async function startedIn(temp: string): Promise<string[]> {
  const pids: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const environ = await Deno.readTextFile(`/proc/${name}/environ`).catch(() => "");
    if (environ.includes(`HOME=${temp}/`)) pids.push(name);
  }
  return pids;
}
