import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { output } from "../support/worker_profile.ts";
import { examine, program, soundProfile, wrong, wrongIn } from "./examine.ts";
import { quoteWord } from "../../src/schema/text.ts";

Deno.test("doctor finds nothing wrong in a sound profile, and leaves it as it is", async () => {
  await using profile = await soundProfile();
  const { dataDir } = profile.paths;
  const before = await listing(dataDir);
  const findings = await examine(profile);
  assertEquals(wrongIn(findings), []);
  assertEquals(findings.map(({ check }) => check), [
    ...["deno", "scope", "bash", "git", "tmux", "script", "ps", "environment", "config", "policy"],
    ...["profile", "permissions", "disk", "clock", "locks", "pulse", "notify", "history"],
    ...[
      "state",
      "records",
      "asks",
      "playbook",
      "goals",
      "schedules",
      "tmux server",
      "workers",
      "sandbox",
      "runner claude",
    ],
    ...["decisions", "worker runner", "sensor today"],
  ]);
  assertEquals(await listing(dataDir), before);
});

Deno.test("doctor makes nothing where there is no profile, and looks at the rest", async () => {
  await using profile = await soundProfile();
  const { dataDir } = profile.paths;
  await Deno.remove(dataDir, { recursive: true });
  assertEquals(await wrong(profile), [
    ["profile", "warn", `there is none yet in ${dataDir}`, "looop"],
  ]);
  assertEquals(await wrong(profile, { live: true }), [
    ["profile", "warn", `there is none yet in ${dataDir}`, "looop"],
    ["live", "warn", "not called: there is no profile yet", "looop"],
  ]);
  await Deno.writeTextFile(dataDir, "");
  assertEquals(await wrong(profile), [
    [
      "profile",
      "fail",
      `${dataDir} is a file`,
      `mv ${quoteWord(dataDir)} ${quoteWord(`${dataDir}.old`)}`,
    ],
  ]);
});

Deno.test("doctor tells by a finding of a check that throws, and goes on", async () => {
  await using profile = await soundProfile();
  const { asks } = profile.paths;
  await Deno.remove(asks, { recursive: true });
  await Deno.writeTextFile(asks, "");
  const why = `cannot list ${asks}: it is a file, not a directory`;
  assertEquals(await wrong(profile), [
    ["asks", "fail", why, "move it away"],
    ["workers", "fail", why, "move it away"],
  ]);
});

Deno.test("doctor gives up on a program that hangs, and leaves nothing of it", async () => {
  await using profile = await soundProfile();
  const mark = join(profile.root, "hangs");
  await Deno.symlink("/bin/sleep", mark);
  // Neither a signal nor a closed pipe ends it.
  await program(profile, "claude", `trap '' TERM INT HUP; ${mark} 600 & ${mark} 600`);
  await program(profile, "git", `exec '${mark}' 600`);
  const started = performance.now();
  const findings = await wrong(profile);
  const { dataDir } = profile.paths;
  assertEquals(findings, [
    [
      "git",
      "fail",
      `${profile.root}/bin/git does not run: git --version did not end within 8 s`,
      "apt install git",
    ],
    ["history", "warn", "not checked within 8 s", `git -C ${quoteWord(dataDir)} fsck`],
    [
      "runner claude",
      "fail",
      `${profile.root}/bin/claude does not run: claude --version did not end within 25 s`,
      "claude --version",
    ],
  ]);
  // Not one after the other, which would take 41 s.
  const seconds = (performance.now() - started) / 1000;
  assertEquals(seconds < 41, true, `${seconds} s`);
  await eventually("nothing of it is left", async () => {
    return !(await output("ps", ["axww", "-o", "args="])).includes(mark);
  });
});

Deno.test("doctor is stopped by its signal, and kills what it has started", async () => {
  await using profile = await soundProfile();
  const mark = join(profile.root, "hangs");
  await Deno.symlink("/bin/sleep", mark);
  await profile.write("sensors/hangs.sh", `#!/bin/sh\n${mark} 600\n`);
  const stop = new AbortController();
  const examined = examine(profile, { signal: stop.signal });
  const isRunning = async () =>
    (await output("ps", ["axww", "-o", "args="])).includes(`${mark} 600`);
  await eventually("the sensor runs", isRunning);
  stop.abort(new Error("stopped"));
  await assertRejects(() => examined, Error, "stopped");
  await eventually("it is killed", async () => !await isRunning());
});

/** Every file, with its size, time and mode. */
async function listing(dir: string): Promise<string> {
  const find = ["-type", "f", "-printf", "%p %s %T@ %m\n"];
  return (await output("find", [dir, ...find])).split("\n").sort().join("\n");
}
