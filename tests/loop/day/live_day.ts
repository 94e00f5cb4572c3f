import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { cliOn } from "../../support/cli_on.ts";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { git } from "../../support/git.ts";
import { Day, type DayFigures } from "./day.ts";

/** Lives the whole day, and checks on the way that no ask is stale and no answer lost; returns what it came to. */
export async function liveDay(): Promise<DayFigures> {
  await using day = await Day.begin();
  const { profile } = day;
  const site = (state: string) => profile.write("site", state);
  const open = async () => (await day.asks()).map(({ question }) => question);
  const journal = () => profile.read("journal.md");
  const pushed = async (name: string) =>
    await git(day.repository(name), "rev-list", "--count", "origin/main..main") === "0";

  await day.change("09:20", () => day.commit("web", "second"));
  const push = await day.asked("push");
  await day.next("09:45");
  assertEquals(await pushed("web"), false);
  assertMatch(await day.user(["approve", push.slice(0, 4)]), /^APPROVED /);
  assertEquals(await pushed("web"), true);

  await day.change("10:30", () => site("down"), { byRule: true });
  await day.asked("Restart it?");
  await day.change("10:50", () => site("up"));
  assertEquals(await open(), []);
  assertMatch(await journal(), /withdrew \w+, The site is down\. .*: site\/down was true /);

  await day.change("11:15", () => profile.write("code", "wrong"), { byRule: true });
  await day.user(["approve", await day.asked("fix-suite")]);
  // The model thinks for nine minutes about an edit of the user's when the worker asks.
  day.hold();
  const before = day.prompts.length;
  await profile.write(
    "PLAYBOOK.md",
    "# Playbook\n\nPush what is committed. Ask first about docs.\n",
  );
  await eventually("it decides", () => day.prompts.length > before, PROGRAM_MS);
  day.clock.moveOn(day.clock.now().getTime() + 540_000);
  const asked = await day.workerAsks("fix-suite", "Pin or upgrade?", ["pin", "upgrade"]);
  assertMatch((await cliOn(profile, ["status"])).stdout, /^now +deciding for 9 min \(mine\)$/m);
  await day.edited();
  await day.next("11:40");
  await day.user(["answer", asked.id, "PIN"], { wakes: false });
  assertEquals(await asked.answer, "pin");
  await day.change("11:45", async () => {
    await profile.write("code", "right");
    await profile.write("fixed", "");
    await eventually(
      "the worker ends",
      async () => (await profile.read("workers/fix-suite/exit.json").catch(() => "")) !== "",
      PROGRAM_MS,
    );
  });

  await day.change(
    "13:00",
    () => Deno.writeTextFile(join(day.repository("docs"), "file"), "draft"),
  );
  await day.asked("docs has open changes");
  await day.next("14:10");
  await day.user(["answer", "leave it"], { changes: 1 });
  assertEquals(day.prompts.at(-1)?.includes("leave it"), true);

  await day.change("15:00", async () => {
    await day.commit("api", "second");
    await day.commit("web", "third");
  }, { count: 2 });
  await day.asked(`${day.repository("web")} push`);
  await day.next();
  await day.asked(`${day.repository("api")} push`);
  await day.user(["approve", ...(await day.asks()).map(({ id }) => id)]);
  await day.next("15:30");
  assertEquals([await pushed("api"), await pushed("web")], [true, true]);

  await day.change("16:20", () => site("down"), { byRule: true });
  await day.asked("Restart it?");
  await day.change("16:24", () => site("up"));
  assertEquals(await open(), []);

  await day.next("17:00");
  const goal = "---\ngoal: The documentation has no open changes\npriority: 5\n---\n";
  await day.user(["goal", "write", "docs", "-"], { changes: 1, input: goal });
  await day.change("17:05", () => day.commit("web", "wip"));
  const wip = await day.asked("push");
  assertMatch(await day.user(["reject", wip, "not yet"], { changes: 1 }), /^REJECTED /);
  assertMatch(await journal(), /rejected run: .*not yet/);
  await day.next("18:00");
  assertEquals([await open(), await pushed("web")], [[], false]);
  return await day.figures();
}
