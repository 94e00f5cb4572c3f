import { assertEquals } from "@std/assert";
import { join } from "@std/path";
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
