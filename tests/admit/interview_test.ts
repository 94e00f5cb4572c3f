import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { admitMove } from "../../src/admit/admit.ts";
import { isDraft, mayInterviewerUse } from "../../src/admit/interview.ts";
import { ensureProfile, seededSetupGoal } from "../../src/profile/ensure.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Move } from "../../src/schema/move.ts";
import type { Goal } from "../../src/schema/world.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("mayInterviewerUse allows reading one file, writing a draft, running a sensor and looop's commands that show something", async () => {
  await using profile = await tempProfile();
  const { dataDir } = profile.paths;
  const may = (tool: string, input: Record<string, unknown>) =>
    mayInterviewerUse(tool, input, dataDir);
  const site = join(profile.root, "site");
  await Deno.mkdir(join(site, ".ssh"), { recursive: true });
  await Deno.writeTextFile(join(site, ".ssh", "id_rsa"), "");
  await Deno.writeTextFile(join(site, "README.md"), "# Site\n");
  await Deno.symlink(join(site, ".ssh"), join(site, "keys"));

  await Deno.mkdir(join(dataDir, "reports", "deep"), { recursive: true });
  await Deno.symlink(join(site, "README.md"), join(dataDir, "reports", "link.md"));

  await Deno.symlink(join(site, ".ssh"), join(dataDir, "reports", "keys"));
  await Deno.symlink("/proc/self/environ", join(dataDir, "reports", "environ"));

  const allowed: [string, Record<string, unknown>][] = [
    ["Read", { file_path: join(site, "README.md") }],
    ["Read", { file_path: "PLAYBOOK.md", limit: 10 }],
    ["LS", { path: site }],
    ["Glob", { pattern: "**/*.md", path: site }],
    ["Glob", { pattern: "*.md" }],
    ["Bash", { command: `cat '${site}/README.md'` }],
    ["bash", { command: `head -n 5 '${site}/README.md' PLAYBOOK.md` }],
    ["Bash", { command: `ls -la '${site}'` }],
    ["Bash", { command: `"$LOOOP_BIN" sensor test git` }],
    ["Bash", { command: `"$LOOOP_BIN" goal ls` }],
    ["Bash", { command: `"$LOOOP_BIN" playbook show` }],
    ["Write", { file_path: join(dataDir, "reports", "playbook.md"), content: "" }],
    ["Edit", { file_path: "reports/setup.md" }],
    ["Bash", {
      command:
        `cat > reports/goal.md <<'END'\ngoal\nEND\n"$LOOOP_BIN" propose goal x reports/goal.md`,
    }],
  ];
  for (const [tool, input] of allowed) {
    assertEquals(await may(tool, input), true, JSON.stringify([tool, input]));
  }
  const asks: [string, Record<string, unknown>][] = [
    ["Read", { file_path: join(site, ".ssh", "id_rsa") }],
    ["Read", { file_path: join(site, "keys") }],
    ["Read", { file_path: `${site}/../site/.ssh/id_rsa` }],
    ["Read", { file_path: "/proc/self/environ" }],
    ["Read", { file_path: 1 }],
    ["Read", { file_path: ".looop/secret" }],
    ...[
      "/home/**",
      "~/x",
      "../**",
      "a/../../x",
      ".ssh/*",
      "**/.ssh/*",
      "{a,.ssh}/*",
      "{.ssh,a}/*",
      1,
    ]
      .map((pattern): [string, Record<string, unknown>] => ["Glob", { pattern, path: site }]),
    ["Grep", { pattern: "KEY", path: site }],
    ["Write", { file_path: join(site, "README.md"), content: "" }],
    ["Write", { file_path: join(dataDir, "reports", "link.md"), content: "" }],
    ["Write", { file_path: "reports/../PLAYBOOK.md" }],
    ["Write", { file_path: "reports/.hidden" }],
    ["Write", { file_path: "reports/deep/x.md" }],
    ["WebFetch", { url: "https://example.org" }],
    ["Bash", { command: `cat '${site}/keys'` }],
    ["Bash", { command: `cat '${site}/.ssh/id_rsa'` }],
    ["Bash", { command: `cat ~/.ssh/id_rsa` }],
    ["Bash", { command: `cat ../secret` }],
    ...["cat", "head -n 1", "ls -l PLAYBOOK.md"].flatMap((words): typeof allowed => [
      ["Bash", { command: `${words} reports/keys/id_rsa` }],
      ["Bash", { command: `${words} reports/environ` }],
    ]),
    ["Bash", { command: `cat '${site}/README.md' > PLAYBOOK.md` }],
    ["Bash", { command: `cat '${site}/README.md'; rm -r '${site}'` }],
    ["Bash", { command: `grep -r KEY '${site}'` }],
    ["Bash", { command: `git -C '${site}' log` }],
    ["Bash", { command: `bash '${site}/README.md'` }],
    ["Bash", { command: `"$LOOOP_BIN" sensor rm git` }],
    ["Bash", { command: `"$LOOOP_BIN" sensor test git && rm x` }],
    ["Bash", { command: `"$LOOOP_BIN" goal archive setup` }],
    ["Bash", { command: `"$LOOOP_BIN" approve p1` }],
    ["Bash", {}],
  ];
  for (const [tool, input] of asks) {
    assertEquals(await may(tool, input), false, JSON.stringify([tool, input]));
  }
  const writes = (name: string) =>
    isDraft("Write", { file_path: `reports/${name}` }, { worker: "w1", dataDir });
  for (const name of ["w1.md", "w1.draft.sh"]) assertEquals(await writes(name), true, name);
  for (const name of ["w2.md", "w1x.md", "w1-b.md", "playbook.md"]) {
    assertEquals(await writes(name), false, name);
  }
});

Deno.test("admit asks before the goal setup is archived that has led to nothing of the user's", async () => {
  const aim = seededSetupGoal() ?? "";
  const goalOf = (id: string, text = "x") => parseGoal(id, `---\ngoal: ${text}\n---\n`, "");
  const seeds = [goalOf("playbook-daily"), goalOf("setup", aim)];
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": null } });
  await ensureProfile(profile);
  const seed = await profile.read("PLAYBOOK.md");
  const reading = (name: string) => ({
    ...{ name, file: `${name}.sh`, at: "", trusted: true, script: "", ms: 0, bytes: 0 },
    result: { ok: true, value: {} } as const,
  });
  const judge = async (
    playbook: string,
    goals: Goal[],
    sensors: string[],
    id = "setup",
  ) => {
    const world = {
      ...{ at: "2026-11-23T09:00:00.000Z", playbook: { text: playbook, digest: "" }, goals },
      ...{
        readings: ["today", ...sensors].map(reading),
        workers: [],
        asks: [],
        claims: [],
        schedules: [],
      },
    };
    const move: Move = { action: "archive_goal", id, journal: "x" };
    const { then, rule, why } = await admitMove(profile, move, {
      ...{ world, comparison: { changes: [] }, tainted: false },
    });
    return then === "allow" ? then : `${then} ${rule}: ${why}`;
  };
  const own = [...seeds, goalOf("ship")];
  const asked = (what: string) =>
    `ask archive-setup: the setup has not led to ${what} yet; approve to end it without`;
  assertEquals(await judge(seed, seeds, []), asked("a PLAYBOOK and a goal and a sensor"));
  assertEquals(await judge("# Mine\n", seeds, ["git"]), asked("a goal"));
  assertEquals(await judge("# Mine\n", own, []), asked("a sensor"));
  assertEquals(await judge(seed, own, ["git"]), asked("a PLAYBOOK"));
  assertEquals(await judge("# Mine\n", own, ["git"]), "allow");
  // Another goal, and one that only has its name.
  assertEquals(await judge(seed, seeds, [], "playbook-daily"), "allow");
  assertEquals(await judge(seed, [goalOf("setup", "mine")], []), "allow");
});
