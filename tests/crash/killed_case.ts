import { assert } from "@std/assert";
import type { TickResult } from "../../src/model/tick_result.ts";
import { tickOnce } from "../../src/tick_once.ts";
import { noop } from "../scripted_decider.ts";
import { assertAgree } from "./assert_agree.ts";
import { JOURNAL, type Kind } from "./kind.ts";
import { assertNothingRuns, endAll } from "./left_running.ts";
import { copyScene, type Scene } from "./scene.ts";

/**
 * Kills one tick of a copy of a scene, and lets later ones put it right, until one finds nothing to do.
 *
 * @param kill makes the tick; tells whether it was killed
 * @returns what that told
 */
export async function killedCase(
  template: Scene,
  kind: Kind,
  kill: (scene: Scene) => Promise<boolean>,
): Promise<boolean> {
  const scene = await copyScene(template);
  try {
    await kind.ready?.(scene, await scene.open());
    const killed = await kill(scene);
    // As a real runner, which would see in its prompt what the killed tick has done.
    if (await hasBegun(scene, kind)) await scene.decide(noop({ more: false }));
    const results: TickResult[] = [];
    const isOver = () => ["idle", "held"].includes(results.at(-1)?.outcome ?? "");
    while (!isOver() && results.length < 5) {
      results.push(await tickOnce(await scene.open()));
      if (await hasBegun(scene, kind)) await scene.decide(noop({ more: false }));
    }
    assert(isOver(), JSON.stringify(results));
    await assertAgree(scene, kind);
    await assertNothingRuns(scene, kind.leaves);
    return killed;
  } finally {
    await endAll(scene);
    await Deno.remove(scene.root, { recursive: true });
  }
}

async function hasBegun({ dataDir }: Scene, { journal }: Kind): Promise<boolean> {
  if (journal === null) return true;
  if (await Deno.stat(`${dataDir}/.looop/intent.json`).then(() => true, () => false)) return true;
  return (await Deno.readTextFile(`${dataDir}/journal.md`)).includes(JOURNAL);
}
