import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { act } from "../../src/act/act.ts";
import { previewAction } from "../../src/act/approval.ts";
import { admitMove, currentWorld } from "../../src/admit/admit.ts";
import { type Move, moveSchema } from "../../src/schema/move.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { addRepository } from "../support/worktree_profile.ts";

const start = (repo: string): Move => (
  { action: "start_worker", id: "fix", prompt: "Fix it.", repo, journal: "x" }
);

async function admitted(profile: TempProfile, repo: string, tainted = false) {
  const input = { world: await currentWorld(profile), comparison: { changes: [] }, tainted };
  return await admitMove(profile, start(repo), input);
}

Deno.test("admitMove judges the directory that repo leads to, and the action names it", async () => {
  await using profile = await tempProfile();
  const { root } = profile;
  const repo = await addRepository(profile);
  await Deno.symlink(repo, join(root, "home/link"));
  const policy = [
    { name: "code", when: `move.repo == '${repo}'`, then: "deny" as const, why: "not this one" },
  ];
  const config = { ...profile.config, runner: "none", worker_runner: "claude", policy };
  const own = { ...profile, config };
  for (
    const path of [repo, `${repo}/`, `${root}/home/../repository`, "~/link", "~/../repository"]
  ) {
    const { then, rule, action } = await admitted(own, path);
    assertEquals([then, rule, action.worker?.repo], ["deny", "code", repo], path);
  }
  const { then, rule, action, action_sha256 } = await admitted(own, "/srv/none");
  assertEquals([then, rule, action.worker?.repo], ["allow", "start-worker", "/srv/none"]);
  assertEquals(
    await previewAction(own, action),
    'start worker fix with "claude"\nin a worktree of /srv/none, on a new branch looop/fix\n\nFix it.',
  );
  assertEquals(action_sha256 === (await admitted(own, "/srv/other")).action_sha256, false);
});

Deno.test("admitMove asks for a tainted worker with a repository, also in a sandbox without access", async () => {
  await using profile = await tempProfile({
    config: { sandbox: "bwrap", worker_runner: "own", runners: { own: { worker: "agent" } } },
  });
  const repo = await addRepository(profile);
  const tainted = await admitted(profile, repo, true);
  assertEquals([tainted.then, tainted.rule], ["ask", "taint"]);
  assertEquals((await admitted(profile, repo)).then, "allow");
});

Deno.test("requestApproval requests none for a worktree that cannot be made", async () => {
  await using profile = await tempProfile();
  const move = start("/proc/self");
  const admission = await admitted(profile, "/proc/self");
  const outcome = await act(profile, {
    ...{ run_id: "r", at: "2026-01-01T00:00:00Z", move, by: "llm", source: "x", digests: {} },
    ...{ action: admission.action, tainted: false, journal_bytes: 0 },
    verdict: { then: "ask", rule: "mine", why: "x" },
  } as never);
  assertEquals(outcome.status, "failed");
  assertStringIncludes(outcome.summary, "is the kernel's");
});

Deno.test("moveSchema takes an absolute repo, or one below the home directory", () => {
  const takes = (repo: string) => moveSchema.safeParse(start(repo)).success;
  const good = ["/srv/a", "/", "~/a b", "~"];
  const bad = ["", "a", "./a", "~me/a", "/a\nb", "/a\x1b[31m", `/${"x".repeat(5000)}`];
  assertEquals(good.filter(takes), good);
  assertEquals(bad.filter(takes), []);
});
