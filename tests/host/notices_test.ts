import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { type TempProfile, tempProfile } from "../profile/temp_profile.ts";

const PROGRAM = fromFileUrl(new URL("watch_with_notices.ts", import.meta.url));

/** A watch with notices on a folder, in a process of its own. */
function startWatch(folder: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PROGRAM, folder],
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
  assert(first.ms < 1000, `${first.ms} ms, as if it only looked every two seconds`);

  await new Deno.Command("mkfifo", { args: [join(goals, "pipe.md")] }).output();
  await watch.line();
  // What comes now is found by looking; then nobody relies on notices any more.
  assertEquals((await change("second")).come, false);
  const third = await change("third");
  assertEquals(third.come, false);
  assert(third.ms < 1500, `${third.ms} ms, as if it still waited for notices`);
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
