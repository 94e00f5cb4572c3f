import { assertEquals } from "@std/assert";
import type { Move } from "../../src/model/move.ts";
import { listWorkers } from "../../src/workers/list_workers.ts";
import { start } from "../workers/worker_profile.ts";
import { mailSensor, stage } from "./stage.ts";

Deno.test("a tainted decision stops a worker and archives a goal unasked, and no other program is started", async () => {
  await using set = await stage({
    files: { "sensors/mail-0.sh": mailSensor(0), "goals/mine.md": "---\ngoal: Tea\n---\n" },
    workers: true,
  });
  const { profile } = set;
  await start(profile, "fix", "sleep 600");
  // looop's own way to kill a tree of processes needs them.
  for (const name of ["awk", "mv"]) await Deno.remove(`${profile.root}/bin/${name}`);
  await profile.write("mail-0.json", `{"signal":"OBEY-0- OBEY-1-"}\n`);
  const moves: Move[] = [
    { action: "stop_worker", id: "fix", reason: "was told to", journal: "stopped fix" },
    { action: "archive_goal", id: "mine", journal: "archived mine" },
  ];
  const { told, executed } = await set.play({ ticks: 2, moves });
  assertEquals(told.map(({ move, status, tainted }) => [move?.action, status, tainted]), [
    ["archive_goal", "made", true],
    ["stop_worker", "made", true],
  ]);
  assertEquals((await listWorkers(profile)).map(({ alive }) => alive), [false]);
  const killer = ["awk", "bash", "kill", "mv", "ps", "sleep", "tmux"];
  assertEquals(executed.filter(([program]) => !killer.includes(program)), []);
  assertEquals(await profile.read("goals/archive/mine.md"), "---\ngoal: Tea\n---\n");
});
