import { assertEquals } from "@std/assert";
import { tempWorker } from "../humans/temp_worker.ts";
import { type TempProfile, tempProfile } from "../profile/temp_profile.ts";
import { cliOn } from "./cli_on.ts";

const add = (profile: TempProfile, ...args: string[]) => cliOn(profile, ["cost", "add", ...args]);

Deno.test("looop cost add notes what a worker says that it has spent", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci", { runner: "mine", goal: "build" });
  assertEquals(await add(profile, "looop-fix-ci", "0.42"), {
    status: 0,
    stdout: "noted $0.42 for fix-ci\n",
    stderr: "",
  });
  await add(profile, "fix-ci", "0");
  const lines = (await profile.read("cost.jsonl")).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(lines.map(({ kind, id, goal, cost_usd }) => [kind, id, goal, cost_usd]), [
    ["worker", "fix-ci@g1", "build", 0.42],
    ["worker", "fix-ci@g1", "build", 0],
  ]);
});

Deno.test("looop cost add refuses what is no amount, and who is no worker", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  for (const usd of ["", "NaN", "Infinity", "1e300", "0x10", "$1", "1,5", " 1"]) {
    assertEquals((await add(profile, "fix-ci", usd)).status, 2, usd);
  }
  assertEquals((await add(profile, "fix-ci", "--", "-1")).status, 2);
  assertEquals((await add(profile, "docs", "1")).status, 1);
  assertEquals((await add(profile, "fix-ci")).status, 2);
  assertEquals((await cliOn(profile, ["cost", "all", "3"])).status, 2);
  assertEquals(await profile.read("cost.jsonl").catch(() => "none"), "none");
});
