import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { getEventListeners } from "node:events";
import { Watch } from "../../src/host/watch.ts";
import { tempProfile } from "../profile/temp_profile.ts";

Deno.test("Watch wakes for a change, at once for one before the call, and for its signal", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  const missing = join(profile.root, "missing");
  const watch = new Watch([goals, missing]);
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

Deno.test("Watch sees a file come, change in place, go, and be swapped with its folder", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  const file = join(profile.root, "file");
  const watch = new Watch([goals, file]);
  const never = new AbortController().signal;
  await Deno.writeTextFile(file, "a");
  await watch.changed(never);
  await Deno.writeTextFile(file, "ab");
  await watch.changed(never);
  await Deno.remove(file);
  await watch.changed(never);
  await profile.write("other/new.md", "x");
  await Deno.remove(goals, { recursive: true });
  await Deno.rename(join(profile.paths.dataDir, "other"), goals);
  await watch.changed(never);
  await profile.write("goals/new.md", "xy");
  await watch.changed(never);
});

Deno.test("Watch is not blocked by a FIFO, nor does it wake while nothing changes", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  const watch = new Watch([goals]);
  await new Deno.Command("mkfifo", { args: [join(goals, "pipe.md")] }).output();
  await watch.changed(new AbortController().signal);
  let woke = false;
  const stop = new AbortController();
  const next = new Watch([goals]).changed(stop.signal).then(() => woke = !stop.signal.aborted);
  await new Promise((resolve) => setTimeout(resolve, 600));
  stop.abort();
  await next;
  assertEquals(woke, false);
});

Deno.test("Watch leaves nothing on a signal that does not fire", async () => {
  await using profile = await tempProfile();
  const watch = new Watch([profile.paths.goals]);
  const { signal } = new AbortController();
  for (const name of ["tea", "milk", "bread"]) {
    const changed = watch.changed(signal);
    await profile.write(`goals/${name}.md`, "x");
    await changed;
  }
  assertEquals(getEventListeners(signal, "abort").length, 0);
});
