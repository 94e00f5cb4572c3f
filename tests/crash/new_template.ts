import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { approveAsk } from "../../src/humans/answer_ask.ts";
import { listAsks } from "../../src/humans/ask_files.ts";
import { tickOnce } from "../../src/tick_once.ts";
import { git } from "../git.ts";
import { noop } from "../scripted_decider.ts";
import type { Kind } from "./kind.ts";
import { newScene, type Scene } from "./scene.ts";

/** Makes a scene, to be copied, whose next tick is one of this kind: something changed, and the runner has its say. */
export async function newTemplate(kind: Kind): Promise<Scene> {
  const scene = await newScene(kind.options);
  const profile = await scene.open();
  const write = async (path: string, content: string) => {
    const target = join(scene.dataDir, path);
    await Deno.mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(target, content, { mode: 0o700 });
  };
  for (const [path, content] of Object.entries(kind.files ?? {})) await write(path, content);
  await write("PLAYBOOK.md", "# Playbook\n");
  await scene.decide(noop({ more: false }));
  assertEquals((await tickOnce(profile)).outcome, "moved");
  await scene.decide(kind.says);
  if (kind.approved) {
    await write("goals/wakes.md", "---\ngoal: Wake the loop\n---\n");
    await tickOnce(profile);
    const [ask] = (await listAsks(profile)).asks;
    await approveAsk(profile, ask.id);
    await scene.decide(noop({ more: false }));
  } else {
    await write("goals/wakes.md", "---\ngoal: Wake the loop\n---\n");
  }
  // Or every copy would pack it anew.
  await git(scene.dataDir, "gc", "-q");
  return { ...scene, time: new Date().toISOString() };
}
