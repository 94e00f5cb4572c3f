import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { askToSetUp } from "../../src/inbox/setup_asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { findMissingSetUp, noticeSetUp } from "../../src/loop/setup.ts";
import { UserError } from "../../src/schema/errors.ts";
import { startSession } from "../../src/workers/start.ts";
import { cliOn } from "../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const NOOP = JSON.stringify({ action: "noop", reason: "nothing", journal: "nothing to do" });
const answer = (fields: object) =>
  JSON.stringify({ type: "result", subtype: "success", total_cost_usd: 0.01, ...fields });
const ANSWER = answer({ is_error: false, result: NOOP });

/** A profile with a claude of its own, which prints `output` for a decision once the file `ready` is in its home. */
async function withClaude(
  { output = ANSWER, before = "Not logged in · Please run /login" } = {},
): Promise<TempProfile> {
  const profile = await tempProfile({
    config: { runner: "claude" },
    files: { "goals/build.md": "---\ngoal: Build\n---\n" },
  });
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(
    join(bin, "claude"),
    `#!/bin/sh
cat >/dev/null
if [ -e "$HOME/ready" ]; then cat <<'END'
${output}
END
else cat <<'END'
${answer({ is_error: true, result: before })}
END
exit 1; fi
`,
    { mode: 0o700 },
  );
  profile.environment.PATH = `${bin}:${profile.environment.PATH}`;
  return profile;
}

/** Writes what Claude Code records once it is set up. */
async function setUp(profile: TempProfile): Promise<void> {
  const home = profile.environment.HOME;
  const record = {
    hasCompletedOnboarding: true,
    projects: { [profile.paths.dataDir]: { hasTrustDialogAccepted: true } },
  };
  await Deno.writeTextFile(join(home, ".claude.json"), JSON.stringify(record));
  await Deno.mkdir(join(home, ".claude"), { recursive: true });
  await Deno.writeTextFile(join(home, ".claude", ".credentials.json"), "{}");
}

const ready = (profile: TempProfile) =>
  Deno.writeTextFile(join(profile.environment.HOME, "ready"), "");

async function openSetUps(profile: TempProfile) {
  const { asks } = await listAsks(profile);
  return asks.filter((ask) => ask.setup && !ask.answer).map(({ question, setup }) => [
    question,
    setup,
  ]);
}

Deno.test("a program that is not set up parks the loop with one ask, and once it is set up the loop decides by itself", async () => {
  await using profile = await withClaude();
  const failed = await tickOnce(profile);
  const why = "Claude Code is not set up; run looop setup-agent claude";
  assertEquals(failed.outcome === "failed" && failed.error, { kind: "auth", message: why });
  const asked = [
    "claude needs you: Claude Code is not set up. Run looop setup-agent claude",
    { runner: "claude", refused: false },
  ];
  assertEquals(await openSetUps(profile), [asked]);
  assertEquals((await tickOnce(profile)).outcome, "parked");
  assertEquals(await openSetUps(profile), [asked]);
  const shown = await cliOn(profile, ["asks"]);
  assertStringIncludes(shown.stdout, "\n  looop setup-agent claude\n");
  assertEquals(shown.stdout.includes("looop answer"), false);
  const [{ id }] = (await listAsks(profile)).asks;

  await ready(profile);
  await setUp(profile);
  const moved = await tickOnce(profile);
  assertEquals(moved.outcome, "moved");
  assertEquals((await findAsk(profile, id))?.answer?.text, "claude is ready: it can be used now");
  assertEquals((await listAsks(profile)).asks, []);
});

Deno.test("what a program prints that is not logged in does not matter: it counts as refused credentials", async () => {
  for (const before of ["connection refused", "request timed out"]) {
    await using profile = await withClaude({ before });
    const result = await tickOnce(profile);
    assertEquals(result.outcome === "failed" && result.error.kind, "auth", before);
    assertEquals((await openSetUps(profile)).length, 1, before);
  }
});

Deno.test("a program that is set up is asked for only where the provider refuses its credentials", async () => {
  await using profile = await withClaude({ before: "API Error: 401 Invalid bearer token" });
  await setUp(profile);
  assertEquals((await tickOnce(profile)).outcome, "failed");
  const [[question, setup]] = await openSetUps(profile);
  assertStringIncludes(String(question), "claude needs you: ");
  assertStringIncludes(String(question), "401 Invalid bearer token");
  assertEquals(setup, { runner: "claude", refused: true });
  // Its files show nothing, so a tick cannot see that the user has renewed the login.
  assertEquals((await tickOnce(profile)).outcome, "parked");
  assertEquals((await openSetUps(profile)).length, 1);
  await ready(profile);
  const end = await cliOn(profile, ["setup-agent", "claude"]);
  assertEquals([end.status, end.stderr], [0, ""]);
  assertStringIncludes(end.stdout, "claude is ready; looop setup-agent claude --force opens it");
  assertEquals(await openSetUps(profile), []);
  assertEquals((await tickOnce(profile)).outcome, "moved");

  await using other = await withClaude({ before: "API Error: 529 overloaded" });
  await setUp(other);
  const result = await tickOnce(other);
  assertEquals(result.outcome === "failed" && result.error.kind, "model");
  assertEquals(await openSetUps(other), []);
});

Deno.test("a worker whose program is not set up does not start, and the answer to that ask wakes the loop", async () => {
  await using profile = await withClaude();
  const { ANTHROPIC_API_KEY: _, ...environment } = profile.environment;
  profile.environment = { ...environment, CLAUDE_CODE_OAUTH_TOKEN: "token" };
  for (let i = 0; i < 2; i++) {
    await assertRejects(
      () => startSession(profile, { id: "w1", prompt: "Work." }),
      UserError,
      "cannot start worker w1: Claude Code is not set up; run looop setup-agent claude",
    );
  }
  assertEquals((await openSetUps(profile)).length, 1);
  // It can decide, since it has a token.
  await ready(profile);
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals((await tickOnce(profile)).outcome, "idle");
  assertEquals((await openSetUps(profile)).length, 1);
  await setUp(profile);
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals((await listAsks(profile)).asks, []);
});

Deno.test("noticeSetUp leaves the ask about another program open", async () => {
  await using profile = await withClaude();
  await tickOnce(profile);
  const codex = join(profile.environment.HOME, ".codex", "auth.json");
  await Deno.mkdir(dirname(codex));
  await Deno.writeTextFile(codex, "{}");
  await noticeSetUp(profile, "codex");
  assertEquals((await openSetUps(profile)).length, 1);
});

Deno.test("looop tick in a job fails with the reason where the program cannot start unattended, and prepares it where it can", async () => {
  await using profile = await withClaude();
  await ready(profile);
  await Deno.writeTextFile(profile.configPath, `{"runner": "claude"}`);
  for (const [args, CI] of [[["tick", "--strict"], ""], [["tick"], "true"]] as const) {
    profile.environment.CI = CI;
    const end = await cliOn(profile, [...args]);
    assertEquals([end.status, end.stdout], [1, ""]);
    assertStringIncludes(
      end.stderr,
      "cannot run unattended: Claude Code is not set up; set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN, " +
        "or choose another runner",
    );
  }
  const home = profile.environment.HOME;
  profile.environment.ANTHROPIC_API_KEY = "sk-ant-0123456789012345678901234567890";
  const end = await cliOn(profile, ["tick"]);
  assertEquals([end.status, end.stderr], [0, "    asking claude\n"]);
  const record = JSON.parse(await Deno.readTextFile(join(home, ".claude.json")));
  assertEquals(record.projects, { [profile.paths.dataDir]: { hasTrustDialogAccepted: true } });
  assertEquals((await Deno.stat(join(home, ".claude.json"))).mode! & 0o777, 0o600);
});

Deno.test("looop tick fails for a parked loop and a failed move in a job, and not for a user", async () => {
  // A worker of this program cannot start: it is not installed, or not logged in.
  const move = {
    ...{ action: "start_worker", id: "w1", prompt: "Work.", runner: "codex" },
    journal: "started it",
  };
  const output = answer({ is_error: false, result: JSON.stringify(move) });
  await using profile = await withClaude({ output });
  await Deno.writeTextFile(profile.configPath, `{"runner": "claude"}`);
  await setUp(profile);
  await ready(profile);
  const user = await cliOn(profile, ["tick", "--json"]);
  assertEquals([user.status, JSON.parse(user.stdout).result.status], [0, "failed"]);
  const job = await cliOn(profile, ["tick", "--json", "--strict"]);
  assertEquals([job.status, JSON.parse(job.stdout).result.status], [1, "failed"]);

  await using parked = await withClaude({ before: "API Error: 401 Invalid bearer token" });
  await Deno.writeTextFile(parked.configPath, `{"runner": "claude"}`);
  await setUp(parked);
  await cliOn(parked, ["tick"]);
  assertEquals((await cliOn(parked, ["tick"])).status, 0);
  parked.environment.GITHUB_ACTIONS = "true";
  parked.environment.CI = "true";
  assertEquals((await cliOn(parked, ["tick"])).status, 1);
});

Deno.test("a program that the config names and that is not installed is asked for until it is there", async () => {
  await using profile = await withClaude();
  profile.config.runner = profile.config.worker_runner = "codex";
  const PATH = profile.environment.PATH;
  assertEquals((await tickOnce(profile)).outcome, "undecided");
  const why = "codex is not installed; npm install -g @openai/codex installs it";
  const asked = [
    `codex needs you: ${why}. Run looop setup-agent codex`,
    { runner: "codex", refused: false },
  ];
  assertEquals(await openSetUps(profile), [asked]);
  await Deno.writeTextFile(profile.configPath, `{"runner": "codex"}`);
  const refused = await cliOn(profile, ["setup-agent"]);
  assertEquals([refused.status, refused.stderr], [
    1,
    "looop: cannot set up codex: it is not installed; install it: npm install -g @openai/codex\n",
  ]);
  const job = await cliOn(profile, ["tick", "--strict"]);
  assertEquals(job.status, 1);
  assertStringIncludes(
    job.stderr,
    `cannot run unattended: ${why}; install it in an earlier step, or choose another runner`,
  );
  await assertRejects(
    () => startSession(profile, { id: "w1", prompt: "Work." }),
    UserError,
    `cannot start worker w1: ${why}`,
  );
  // A model may name any program.
  await assertRejects(
    () => startSession(profile, { id: "w1", prompt: "Work.", runner: "opencode" }),
    UserError,
    "opencode is not installed",
  );
  assertEquals(await openSetUps(profile), [asked]);

  profile.environment.CODEX_API_KEY = "sk-0123456789";
  profile.environment.PATH = PATH;
  await Deno.writeTextFile(join(profile.root, "bin", "codex"), "#!/bin/sh\nexit 1\n", {
    mode: 0o700,
  });
  await Deno.mkdir(join(profile.environment.HOME, ".codex"));
  await Deno.writeTextFile(join(profile.environment.HOME, ".codex", "auth.json"), "{}");
  await tickOnce(profile);
  assertEquals(await openSetUps(profile), []);
});

Deno.test("without any program the goal setup asks for one, until there is one or the user does without", async () => {
  const aim = "Learn what this person works on, and make PLAYBOOK, goals and sensors fit it";
  await using profile = await tempProfile({
    files: { "goals/setup.md": `---\ngoal: ${aim}\n---\n` },
  });
  profile.environment.PATH = "/usr/bin:/bin";
  const missing = await findMissingSetUp(profile);
  assertEquals(
    missing?.why,
    "no LLM runner is installed; npm install -g @anthropic-ai/claude-code installs one, or choose " +
      "rules alone with looop init",
  );
  const ask = async () => {
    await askToSetUp(profile, missing!);
    const [open] = await openSetUps(profile);
    assertEquals(open?.[0], `looop needs an LLM runner: ${missing?.why}`);
  };
  await ask();
  await noticeSetUp(profile);
  assertEquals((await openSetUps(profile)).length, 1);
  assertStringIncludes((await cliOn(profile, ["asks"])).stdout, "\n  looop setup-agent\n");

  profile.config.runner = "none";
  await noticeSetUp(profile);
  assertEquals(await openSetUps(profile), []);
  profile.config.runner = "auto";
  await ask();
  await Deno.remove(join(profile.paths.dataDir, "goals/setup.md"));
  await noticeSetUp(profile);
  assertEquals(await openSetUps(profile), []);
});
