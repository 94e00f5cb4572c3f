import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MAX_PROMPT_BYTES, type Prompt } from "../../../src/decide/prompt/prompt.ts";
import { parseGoal } from "../../../src/profile/goal_file.ts";
import { NO_ACCESS } from "../../../src/schema/config.ts";
import { baselineOf, INITIAL_STATE, type State } from "../../../src/schema/state.ts";
import type { Worker } from "../../../src/schema/worker.ts";
import { wakesOf } from "../../../src/schema/world.ts";
import { promptOf, reading, worldOf } from "./prompt_of.ts";

function bytesOf({ system, user }: Prompt): number {
  return new TextEncoder().encode(system + user).length;
}

Deno.test("writePrompt leaves out readings first: unchanged before changed, oldest, then largest first", async () => {
  const value = (kib: number) => ({ text: "x".repeat(kib * 1024) });
  const readings = [
    reading("new", value(60), 9),
    reading("old", value(60), 1),
    reading("small", { a: 1 }, 2),
    reading("large", value(60), 2),
    reading("woke", value(60), 0),
  ];
  const before = await baselineOf(wakesOf(worldOf({ readings: readings.slice(0, -1) })));
  const question = "q".repeat(10_000);
  const asks = [{ id: "a1", kind: "question", question, asked_at: "t", run_id: "r" } as const];
  const world = worldOf({ readings, asks, playbook: { text: "p".repeat(30_000), digest: "d" } });
  const prompt = await promptOf(world, { baseline: before });
  assert(bytesOf(prompt) <= MAX_PROMPT_BYTES, `${bytesOf(prompt)} bytes`);
  assertEquals(
    prompt.user.split("\n")[0],
    "Left out because the prompt would be too long: reading old, reading large.",
  );
  assertEquals(
    prompt.user.match(/^<<<\S+ reading \S+/gm),
    ["<<<5ec4e7 reading new", "<<<5ec4e7 reading small", "<<<5ec4e7 reading woke"],
  );
  assert(prompt.system.includes("p".repeat(30_000)));
  assert(prompt.user.includes(question));
});

Deno.test("writePrompt leaves out goals only after every reading, and the end of a long PLAYBOOK", async () => {
  const goals = ["9", "-2000000"].map((priority) =>
    parseGoal(
      `g${priority.length}`,
      `---\ngoal: g\npriority: ${priority}\n---\n${"g".repeat(100_000)}`,
      "d",
    )
  );
  const playbook = { text: "p".repeat(100_000), digest: "d" };
  const prompt = await promptOf(worldOf({ goals, playbook, readings: [reading("ci", { n: 1 })] }));
  assertEquals(
    prompt.user.split("\n")[0],
    "Left out because the prompt would be too long: reading ci, goal g8.",
  );
  assertStringIncludes(prompt.system, "<<<5ec4e7 goal g1\n");
  assertStringIncludes(
    prompt.system,
    `\n${"p".repeat(65_536)}\n… 34464 more bytes are left out\n5ec4e7>>>`,
  );
  assert(bytesOf(prompt) <= MAX_PROMPT_BYTES);
});

Deno.test("writePrompt lets no section push out goals or readings", async () => {
  const long = "\u{1}é".repeat(40_000);
  // Shown, each of many is longer than a whole section may be.
  const each = long.slice(0, 5000);
  const many = <T>(item: (i: number) => T) => Array.from({ length: 300 }, (_, i) => item(i));
  const base = { kind: "question", asked_at: "t", run_id: "r", question: each } as const;
  const worker: Worker = {
    ...{ id: "w", generation: "g", started_at: "t", runner: "sh", goal: null, run_id: null },
    ...{ verify: null, verify_access: NO_ACCESS, sandbox: "none", wrapper: null },
    ...{ state: "failed", alive: false, exit_code: 1, since: "t", idle_s: null },
    flag: { note: each, at: "t" },
    verification: { passed: false, exit_code: 1, output_tail: each },
  };
  const untrusted = (i: number) =>
    parseGoal(`u${i}`, `---\ngoal: x\nuntrusted: true\n---\n${"u".repeat(5000)}`, "d");
  const world = worldOf({
    goals: [
      parseGoal("tea", `---\ngoal: Drink tea\n---\n${"t".repeat(20_000)}`, "d"),
      ...many(untrusted),
      ...many((i) => parseGoal(`broken-${i}`, long.slice(0, 1000), "d")),
    ],
    playbook: { text: long, digest: "d" },
    readings: [reading("calm", { text: "c".repeat(8000) }), reading("woke", { n: 1 })],
    asks: [
      ...many((i) => ({ ...base, id: `a${i}` })),
      ...many((i) => ({ ...base, id: `w${i}`, worker: "w" })),
    ],
    workers: many((i) => ({ ...worker, id: `w${i}` })),
    claims: many((i) => ({ name: `c${i}`, session: "w".repeat(64), since: "t" })),
  });
  const aside: State["set_aside"][0] = {
    ...{ run_id: "r", effect: "e", what: each, why: each, denied: true, tries: 1, tainted: true },
    ...{ world: "w", change: {}, config: "c" },
  };
  const prompt = await promptOf(world, {
    baseline: await baselineOf({ "sensor:calm": { text: "c".repeat(8000) } }),
    journal: many(() => `- 2026-11-23 09:30 ${each}`),
    only: parseGoal("odd", long, "d"),
    state: {
      ...INITIAL_STATE,
      last_run: { run_id: "r", command: long, exit_code: 0, output_tail: long },
      failure: { world: "w", count: 1, why: long, at: "t" },
      set_aside: many(() => aside),
    },
  });
  assert(bytesOf(prompt) <= MAX_PROMPT_BYTES, `${bytesOf(prompt)} bytes`);
  assertStringIncludes(prompt.system, "t".repeat(20_000));
  assertStringIncludes(prompt.user, "c".repeat(8000));
  assertStringIncludes(prompt.user, "<<<5ec4e7 reading woke\n");
  assertStringIncludes(
    prompt.user,
    "Left out because the prompt would be too long: claims, questions of workers, workers, goal ",
  );
});

Deno.test("writePrompt keeps to its size when all of many sensors change at once", async () => {
  const names = Array.from({ length: 200 }, (_, i) => `s${i}`);
  const readings = (text: string) =>
    names.map((name) => reading(name, Object.fromEntries(names.map((key) => [key, text]))));
  const baseline = await baselineOf(wakesOf(worldOf({ readings: readings("a".repeat(4)) })));
  const prompt = await promptOf(worldOf({ readings: readings("b".repeat(60)) }), { baseline });
  assert(bytesOf(prompt) <= MAX_PROMPT_BYTES, `${bytesOf(prompt)} bytes`);
  assertEquals(prompt.user.match(/^changed sensor:/gm)?.length, names.length);
});

Deno.test("writePrompt shows of many claims and workers what fits, and counts the others", async () => {
  const claims = Array.from({ length: 1000 }, (_, i) => ({
    ...{ name: `${"n".repeat(60)}${i}`, session: "w".repeat(64), since: "t" },
  }));
  const { user } = await promptOf(worldOf({ claims }), { tainted: true });
  assert(user.length < 10_000, `${user.length}`);
  assertMatch(user, /\n… 9\d\d more are left out\n5ec4e7>>>/);
});
