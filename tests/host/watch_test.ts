import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { getEventListeners } from "node:events";
import { Watch } from "../../src/host/watch.ts";
import { tempProfile } from "../profile/temp_profile.ts";

Deno.test("Watch wakes for a change, at once for one before the call, and for its signal", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  const troubles: string[] = [];
  const missing = join(profile.root, "missing");
  using watch = new Watch([goals, missing], (folder) => troubles.push(folder));
  assertEquals(troubles, [missing]);
  const never = new AbortController().signal;
  const changed = watch.changed(never);
  await profile.write("goals/.tea.tmp", "x");
  await Deno.rename(join(goals, ".tea.tmp"), join(goals, "tea.md"));
  await changed;
  const stop = new AbortController();
  stop.abort();
  await watch.changed(stop.signal);
  await Deno.remove(join(goals, "tea.md"));
  await watch.changed(never);
});

Deno.test("Watch leaves nothing on a signal that does not fire", async () => {
  await using profile = await tempProfile();
  using watch = new Watch([profile.paths.goals], () => undefined);
  const { signal } = new AbortController();
  for (const name of ["tea", "milk", "bread"]) {
    const changed = watch.changed(signal);
    await profile.write(`goals/${name}.md`, "x");
    await changed;
  }
  assertEquals(getEventListeners(signal, "abort").length, 0);
});
