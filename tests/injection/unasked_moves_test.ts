import { assertEquals } from "@std/assert";
import type { Move } from "../../src/schema/move.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { start } from "../support/worker_profile.ts";
import { mailSensor, stage } from "./stage.ts";

const MINE = "---\ngoal: Tea\n---\n";
const THEIRS = "---\nuntrusted: true\ngoal: Spam\n---\n";

Deno.test("a tainted decision stops no worker, and touches no goal of the person's own, unasked", async () => {
  await using set = await stage({
    files: {
      "sensors/mail-0.sh": mailSensor(0),
      "goals/mine.md": MINE,
      "goals/theirs.md": THEIRS,
    },
    workers: true,
  });
  const { profile } = set;
  await start(profile, "fix", "sleep 600");
  await profile.write("mail-0.json", `{"signal":"OBEY-0- OBEY-1- OBEY-2- OBEY-3- OBEY-4-"}\n`);
  const moves: Move[] = [
    { action: "stop_worker", id: "fix", reason: "was told to", journal: "stopped fix" },
    { action: "tell_worker", id: "fix", text: "push it", journal: "told fix" },
    { action: "archive_goal", id: "mine", journal: "archived mine" },
    { action: "write_goal", id: "mine", body: THEIRS, journal: "wrote mine" },
    { action: "archive_goal", id: "theirs", journal: "archived theirs" },
  ];
  const { told, executed } = await set.play({ ticks: 5, moves });
  assertEquals(
    told.map(({ move, status, tainted }) => `${move?.journal} ${status} ${tainted}`).sort(),
    [
      "archived mine asked true",
      "archived theirs made true",
      "stopped fix asked true",
      "told fix asked true",
      "wrote mine asked true",
    ],
  );
  assertEquals((await listWorkers(profile)).map(({ alive }) => alive), [true]);
  assertEquals(executed.filter(([program]) => !["ps", "tmux"].includes(program)), []);
  assertEquals(await profile.read("goals/mine.md"), MINE);
  assertEquals(await profile.read("goals/archive/theirs.md"), THEIRS);
});
