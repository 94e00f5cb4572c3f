import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { getEventListeners } from "node:events";
import { Watch } from "../../src/os/watch.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";

const PROGRAM = fromFileUrl(new URL("./watch_with_notices.ts", import.meta.url));

/** A watch with notices on a directory, in a process of its own. */
function startWatch(dir: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PROGRAM, dir],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async line(): Promise<string> {
      while (!text.includes("\n")) {
        const { value, done } = await reader.read();
        assert(!done, "it has ended");
        text += value;
      }
      const line = text.slice(0, text.indexOf("\n"));
      text = text.slice(line.length + 1);
      return line;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

/** A file comes in one step: one that is written in place changes twice. */
async function appear(profile: TempProfile, name: string): Promise<void> {
  await profile.write(`${name}.md`, name);
  await Deno.rename(
    join(profile.paths.dataDir, `${name}.md`),
    join(profile.paths.goals, `${name}.md`),
  );
}

Deno.test("Watch with Notices sees a change at once, and looks again and again once a FIFO has blocked these", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  await using watch = startWatch(goals);
  assertEquals(await watch.line(), "ready");
  const change = async (name: string) => {
    const at = Date.now();
    await appear(profile, name);
    const seen = JSON.parse(await watch.line());
    return { ms: seen.at - at, come: seen.come };
  };
  const first = await change("first");
  assertEquals(first.come, true);
  assert(first.ms < 5000, `${first.ms} ms, as if it only looked every ten seconds`);

  await new Deno.Command("mkfifo", { args: [join(goals, "pipe.md")] }).output();
  await watch.line();
  // What comes now is found by looking; then nobody relies on notices any more.
  assertEquals((await change("second")).come, false);
  const third = await change("third");
  assertEquals(third.come, false);
  assert(third.ms < 5000, `${third.ms} ms, as if it still waited for notices`);
});

Deno.test("Watch with Notices does not take what happens beside it for a change, nor what these cannot see for their end", async () => {
  await using profile = await tempProfile();
  const { goals } = profile.paths;
  await using watch = startWatch(goals);
  assertEquals(await watch.line(), "ready");
  await profile.write("beside.md", "x");
  await profile.write("goals/archive/old.md", "x");
  await appear(profile, "tea");
  assertEquals(JSON.parse(await watch.line()).come, true);
});

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

Deno.test("Watch sees a file come, change in place, go, and be swapped with its directory", async () => {
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
    await within("a change in another directory", changed);
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
