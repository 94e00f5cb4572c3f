/**
 * Runs one pulse for many ticks on a restless profile, and measures it from outside: what it holds must not grow,
 * and what it wrote must agree with what it did.
 *
 *     deno run -A tests/soak/soak.ts [ticks]
 *
 * @module
 */

import { pause, resume } from "../../src/profile/markers.ts";
import { eventually } from "../support/eventually.ts";
import { spawnLooop } from "../support/looop.ts";
import { readAccounts } from "./accounts.ts";
import { judge } from "./judge.ts";
import { listTree, lookAtProcess, restOf } from "./look_at_process.ts";
import { listTemporaries, type Mark } from "./mark.ts";
import { PersonOf } from "./person.ts";
import { renderMarks } from "./render_marks.ts";
import { type SoakProfile, soakProfile } from "./soak_profile.ts";

const ticks = Number(Deno.args[0] ?? 2000);
if (!Number.isInteger(ticks) || ticks < 50) {
  console.error("usage: soak.ts [ticks]: at least 50");
  Deno.exit(2);
}

/** How many looks at its memory before a mark count, five a second: V8 clears up every few seconds. */
const WINDOW = 300;

const problems = await soak(ticks);
for (const problem of problems) console.error(`soak: ${problem}`);
Deno.exit(problems.length === 0 ? 0 : 1);

async function soak(ticks: number): Promise<string[]> {
  await using profile = await soakProfile();
  const started = performance.now();
  const child = spawnLooop([], { env: environmentOf(profile) });
  let ended = false;
  const output = child.output().finally(() => ended = true);
  const marks: Mark[] = [];
  try {
    const person = new PersonOf(profile);
    for (const part of ticks < 1000 ? [1 / 3, 2 / 3, 1] : [1 / 2, 3 / 4, 1]) {
      const tick = Math.round(ticks * part);
      await resume(profile);
      const from = { at: performance.now(), tick: await profile.ticks() };
      const memory: number[] = [];
      const deadline = from.at + 60_000 + ticks * 2000;
      while (!ended && await profile.ticks() < tick) {
        if (performance.now() > deadline) throw new Error(`the pulse stands still before ${tick}`);
        await person.look();
        // It may just have ended: then its output tells why.
        const held = await lookAtProcess(child.pid).catch(() => null);
        if (held) memory.push(held.rssMiB);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      if (ended) break;
      const reached = await profile.ticks();
      const msPerTick = (performance.now() - from.at) / (reached - from.tick);
      // V8 lets it rise and fall again: what it never falls below is what it holds.
      const last = memory.slice(-Math.min(WINDOW, Math.ceil(memory.length / 2)));
      const [rssMiB, peakMiB] = [Math.min(...last), Math.max(...last)];
      const rest = await lookAtRest(profile, child.pid);
      marks.push({ tick: reached, msPerTick, ...rest, rssMiB, peakMiB });
      console.log(renderMarks(marks).split("\n").at(-1));
    }
  } finally {
    if (!ended) child.kill("SIGTERM");
  }
  const { code, stdout, stderr } = await output;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const accounts = await readAccounts(profile, text(stdout));
  const left = await listTree(child.pid, profile.root);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`\n${renderMarks(marks)}\n\n${JSON.stringify(accounts, null, 1)}\n${seconds} s`);
  return [
    ...code === 143 ? [] : [`the pulse ended with ${code}: ${text(stdout).slice(-2000)}`],
    ...text(stderr) === "" ? [] : [`it said on stderr: ${text(stderr).slice(0, 2000)}`],
    ...left.map(({ pid, args }) => `process ${pid} is left: ${args}`),
    ...judge(marks, accounts),
  ];
}

/** Everything at its fastest; the launcher adds where Deno is. */
function environmentOf(profile: SoakProfile): Record<string, string> {
  return {
    ...profile.environment as Record<string, string>,
    TMPDIR: profile.root,
    LOOOP_DATA_DIR: profile.paths.dataDir,
    LOOOP_CONFIG: profile.configPath,
    LOOOP_INTERVAL: "0.02",
    LOOOP_BUSY_INTERVAL: "0.02",
    LOOOP_ACTIVE_INTERVAL: "0.02",
  };
}

/** Pauses the pulse, and looks at it: what it holds and what is left now, it holds and leaves for ever. */
async function lookAtRest(
  profile: SoakProfile,
  pid: number,
): Promise<Omit<Mark, "tick" | "msPerTick" | "peakMiB">> {
  await pause(profile);
  await eventually(
    "the pulse pauses",
    async () => JSON.parse(await Deno.readTextFile(profile.paths.lastTick)).outcome === "paused",
    60_000,
  );
  const held = await restOf(pid);
  // What is seen twice, a second apart, is no program that just runs, and no file that is just written.
  const before = new Set((await listTree(pid, profile.root)).map(({ pid }) => pid));
  const files = await listTemporaries(profile);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const stays = (await listTree(pid, profile.root)).filter(({ pid }) => before.has(pid));
  return {
    ...held,
    zombies: stays.filter(({ state }) => state === "Z").map(({ pid }) => pid),
    processes: stays.filter(({ state }) => state !== "Z").map(({ args }) => args),
    temporaries: (await listTemporaries(profile)).filter((path) => files.includes(path)),
  };
}
