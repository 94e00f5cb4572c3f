import { assertEquals, assertMatch } from "@std/assert";
import { type TempProfile, tempProfile } from "../profile/temp_profile.ts";
import { cliOn } from "./cli_on.ts";
import { looopOn } from "./looop_on.ts";

/** The same profile, seen from inside a worker. */
function inside(profile: TempProfile, worker: string): TempProfile {
  return { ...profile, environment: { ...profile.environment, LOOOP_SESSION_ID: worker } };
}

Deno.test("looop claim gives a task to one holder, and says who that is", async () => {
  await using profile = await tempProfile();
  const [docs, fix] = [inside(profile, "docs"), inside(profile, "fix-ci")];
  const mine = { status: 0, stdout: "claimed issue-1 for docs\n", stderr: "" };
  assertEquals(await cliOn(docs, ["claim", "issue-1"]), mine);
  assertEquals(await cliOn(docs, ["claim", "issue-1"]), mine);
  const taken = await cliOn(fix, ["claim", "issue-1"]);
  assertEquals([taken.status, taken.stdout], [1, ""]);
  assertMatch(taken.stderr, /^looop: issue-1 is claimed by docs since \d{4}-\S+Z\n$/);
  assertEquals(await cliOn(fix, ["unclaim", "issue-1"]), {
    status: 1,
    stdout: "",
    stderr: "looop: cannot unclaim issue-1 for fix-ci: docs holds it\n",
  });
  assertEquals((await cliOn(docs, ["unclaim", "issue-1"])).stdout, "gave up issue-1\n");
  assertEquals((await cliOn(docs, ["unclaim", "issue-1"])).stdout, "nobody had claimed issue-1\n");
});

Deno.test("looop claim of eight processes at once is one's", async () => {
  await using profile = await tempProfile();
  const workers = Array.from({ length: 8 }, (_, i) => `worker-${i}`);
  const ends = await Promise.all(
    workers.map((worker) => looopOn(profile, ["claim", "issue-1"], { worker }).end),
  );
  const winners = workers.filter((_, i) => ends[i].status === 0);
  assertEquals(winners.length, 1);
  assertEquals(JSON.parse(await profile.read("claims/issue-1.json")).session, winners[0]);
});

Deno.test("looop claim is done by a person for a session that they name, by a worker for itself alone", async () => {
  await using profile = await tempProfile();
  const args = ["claim", "issue-1", "--session", "looop-docs"];
  assertEquals((await cliOn(profile, args)).stdout, "claimed issue-1 for docs\n");
  const nobody = await cliOn(profile, ["claim", "issue-2"]);
  assertEquals([nobody.status, nobody.stderr], [
    2,
    "looop: cannot claim issue-2: outside a worker, --session ID says whose claim it is\n",
  ]);
  const other = await cliOn(inside(profile, "fix-ci"), ["un" + args[0], ...args.slice(1)]);
  assertEquals(other.status, 1);
  assertMatch(other.stderr, /^looop: cannot unclaim issue-1 for docs from inside worker fix-ci: /);
  assertEquals((await cliOn(profile, ["claim", "../x", "--session", "docs"])).status, 1);
});
