import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { getEventListeners } from "node:events";
import { Watch } from "../../src/os/watch.ts";
import { tempProfile } from "../profile/temp_profile.ts";
import { within } from "../within.ts";

Deno.test("Watch wakes for a change, at once for one before the call, and for its signal", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  const missing = join(profile.root, "missing");
  const watch = new Watch([goals, missing]);
  const never = new AbortController().signal;
  const changed = watch.changed(never);
  await profile.write("goals/.tea.tmp", "x");
  await Deno.rename(join(goals, ".tea.tmp"), join(goals, "tea.md"));
  await within("a change", changed);
  const stop = new AbortController();
  stop.abort();
  await within("a change", watch.changed(stop.signal));
  await Deno.remove(join(goals, "tea.md"));
  await within("a change", watch.changed(never));
});

Deno.test("Watch sees a file come, change in place, go, and be swapped with its folder", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  const file = join(profile.root, "file");
  const watch = new Watch([goals, file]);
  const never = new AbortController().signal;
  await Deno.writeTextFile(file, "a");
  await within("a change", watch.changed(never));
  await Deno.writeTextFile(file, "ab");
  await within("a change", watch.changed(never));
  await Deno.remove(file);
  await within("a change", watch.changed(never));
  await profile.write("other/new.md", "x");
  await Deno.remove(goals, { recursive: true });
  await Deno.rename(join(profile.paths.dataDir, "other"), goals);
  await within("a change", watch.changed(never));
  await profile.write("goals/new.md", "xy");
  await within("a change", watch.changed(never));
});

Deno.test("Watch is not blocked by a FIFO, nor does it wake while nothing changes", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  const watch = new Watch([goals]);
  await new Deno.Command("mkfifo", { args: [join(goals, "pipe.md")] }).output();
  await within("a FIFO", watch.changed(new AbortController().signal));
  let woke = false;
  const stop = new AbortController();
  const next = new Watch([goals]).changed(stop.signal).then(() => woke = !stop.signal.aborted);
  // The one Watch checks its files as often as the other.
  const control = new Watch([profile.paths.claims]);
  for (const name of ["a", "b", "c"]) {
    const changed = control.changed(stop.signal);
    await profile.write(`claims/${name}`, "x");
    await within("a change in another folder", changed);
  }
  assertEquals(woke, false);
  stop.abort();
  await within("the end of the watch", next);
});

Deno.test("Watch leaves nothing on a signal that does not fire", async () => {
  await using profile = await tempProfile();
  const watch = new Watch([profile.paths.goals]);
  const { signal } = new AbortController();
  for (const name of ["tea", "milk", "bread"]) {
    const changed = watch.changed(signal);
    await profile.write(`goals/${name}.md`, "x");
    await within("a change", changed);
  }
  assertEquals(getEventListeners(signal, "abort").length, 0);
});
