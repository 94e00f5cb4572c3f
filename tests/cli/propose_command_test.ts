import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { listAsks } from "../../src/inbox/asks.ts";
import { tempProfile } from "../profile/temp_profile.ts";
import { cliOn } from "./cli_on.ts";
import { looopOn } from "./looop_on.ts";

Deno.test("looop propose puts files before the person, the worker named", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(`${profile.root}/new.md`, "# Playbook\n\nBe kind.\n");
  const args = ["propose", "playbook", `${profile.root}/new.md`];
  await using proposing = looopOn(profile, args, { worker: "setup" });
  const { status, stdout } = await proposing.end;
  assertEquals(status, 0);
  assertMatch(stdout, /^proposed as (p\w{6}): it is made after looop approve \1\n$/);
  const goal = { input: "---\ngoal: Tea\n---\n" };
  assertEquals((await cliOn(profile, ["propose", "goal", "tea", "-"], goal)).status, 0);
  const sensor = { input: "#!/bin/sh\necho {}\n" };
  assertEquals((await cliOn(profile, ["propose", "sensor", "tea.sh", "-"], sensor)).status, 0);
  const { asks } = await listAsks(profile);
  assertEquals(asks.map(({ question }) => question), [
    "May I write_playbook: PLAYBOOK.md? (proposed by worker setup)",
    "May I write_goal: goals/tea.md? (proposed)",
    "May I write_sensor: sensors/tea.sh? (proposed)",
  ]);
  assertStringIncludes(asks[0].approval?.preview ?? "", "+Be kind.");
  assertEquals(await profile.read("PLAYBOOK.md"), "# Playbook\n");
});

Deno.test("looop propose refuses what it cannot read or understand", async () => {
  await using profile = await tempProfile();
  const told = async (args: string[], input = "") => {
    const { status, stderr } = await cliOn(profile, ["propose", ...args], { input });
    return `${status} ${stderr.split("\n")[0]}`;
  };
  assertEquals(
    await told(["journal", "x"]),
    "2 looop: cannot propose journal: it is playbook, goal or sensor",
  );
  assertEquals(await told(["goal", "x"]), "2 looop: the goal needs both a name and a file");
  assertEquals(await told(["playbook", "x", "y"]), "2 looop: unexpected argument y");
  assertEquals(
    await told(["playbook", `${profile.root}/none.md`]),
    `1 looop: cannot propose ${profile.root}/none.md: there is no such file`,
  );
  assertEquals(await told(["playbook", "-"], "\n"), "1 looop: cannot propose -: it is empty");
  assertEquals(
    await told(["playbook", "-"], "# Playbook\n"),
    "1 looop: cannot propose PLAYBOOK.md: it changes nothing",
  );
  assertEquals((await listAsks(profile)).asks, []);
});
