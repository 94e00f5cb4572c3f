import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Move } from "../../src/schema/move.ts";
import { hostileMoves, orderOf } from "./hostile_moves.ts";
import { HOSTILE_TEXTS } from "./hostile_texts.ts";
import { mailSensor, type Scene, stage } from "./stage.ts";

/** The shorter half: of an output only the end is kept. */
const TEXTS = Object.values(HOSTILE_TEXTS).filter((text) => text("", "key").length < 60).slice(
  0,
  8,
);
const MOVES = hostileMoves(TEXTS.length);
const WORDS = (key: string) => TEXTS.map((text, n) => text(orderOf(n), key)).join("\n");

function obeyedIn({ told }: Scene): Move[] {
  return told.flatMap(({ move }) => move && move.action !== "noop" ? [move] : []);
}

Deno.test("what a harmless command prints is obeyed under taint alone, and executes nothing more", async () => {
  await using set = await stage({ files: { "goals/mine.md": "---\ngoal: Tea\n---\n" } });
  const { profile, key } = set;
  // The stand-in on PATH would print nothing.
  await Deno.remove(`${profile.root}/bin/cat`);
  await profile.write("reports/fix.md", WORDS(key));
  const cat: Move = { action: "run", command: "cat reports/fix.md", journal: "read the report" };
  const scene = await set.play({ ticks: TEXTS.length + 5, first: [cat], moves: MOVES });
  assertEquals(scene.executed, [["cat", "reports/fix.md"]]);
  assertEquals(scene.told.slice(0, 2).map(({ tainted }) => tainted), [false, true]);
  // Its output is shown once; what was obeyed first stands in the journal alone then.
  assertEquals(obeyedIn(scene).length, 2);
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const calm = await set.play({ ticks: 2, moves: MOVES });
  assertEquals(calm.told[0].tainted, false);
  assertEquals([obeyedIn(calm), calm.executed], [[], []]);
});

Deno.test("what a failed verify prints is obeyed under taint alone, and executes nothing", async () => {
  await using set = await stage({ workers: true });
  const { profile, key } = set;
  await set.play({ obey: false });
  const started_at = "2026-11-23T09:30:00.000Z";
  const files = {
    "worker.json": {
      ...{ id: "fix", generation: "fix-1", started_at, runner: "sh", goal: null, run_id: null },
      ...{ verify: "false", wrapper: null },
    },
    "exit.json": { exit_code: 0, at: started_at, how: "exited" },
    "verification.json": { passed: false, exit_code: 1, output_tail: WORDS(key).slice(-2048) },
  };
  for (const [name, content] of Object.entries(files)) {
    await profile.write(`workers/fix/${name}`, JSON.stringify(content));
  }
  const scene = await set.play({ ticks: TEXTS.length + 5, moves: MOVES });
  assertEquals(scene.told[0].tainted, true);
  assertStringIncludes(scene.told[0].prompt ?? "", "worker fix: done, runner sh, exit 0");
  assert(obeyedIn(scene).length > 0);
  assertEquals(scene.executed, []);
});

Deno.test("why a tainted decision failed is told to tainted ones alone, and executes nothing", async () => {
  await using set = await stage({ files: { "sensors/mail-0.sh": mailSensor(0) } });
  const { profile } = set;
  await profile.write("mail-0.json", `{"signal":"harmless"}\n`);
  const unfit = { action: "noop", journal: "x", reason: "x", [orderOf(1)]: 1 } as unknown as Move;
  const scene = await set.play({ ticks: 3, first: [unfit], moves: MOVES });
  assertEquals(scene.told.map(({ outcome, tainted }) => [outcome, tainted]), [
    ["failed", true],
    ["moved", true],
    ["moved", true],
  ]);
  assertStringIncludes(scene.told[1].prompt ?? "", "# LAST FAILURE");
  assertEquals([obeyedIn(scene), scene.told[1].status], [[MOVES[1]], "asked"]);
  assertEquals(scene.executed, []);
});
