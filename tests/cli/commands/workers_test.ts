import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { raiseFlag } from "../../../src/inbox/flags.ts";
import type { WorkerSummary } from "../../../src/schema/status.ts";
import { cliOn } from "../../support/cli_on.ts";
import { eventually } from "../../support/eventually.ts";
import { loseWorkers } from "../../workers/lose_worker.ts";
import type { TempProfile } from "../../support/temp_profile.ts";
import {
  output,
  start,
  untilEnded,
  untilPrinted,
  workerProfile,
} from "../../support/worker_profile.ts";

const MAIN = fromFileUrl(new URL("../../../main.ts", import.meta.url));

Deno.test("looop ls --watch redraws in place, fits a narrow terminal, and gives it back on Ctrl-C", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "sleep 600");
  const tmux = (...args: string[]) =>
    output("tmux", ["-S", join(profile.root, "person"), "-f", "/dev/null", ...args], {
      ...profile.environment,
      LOOOP_DATA_DIR: profile.paths.dataDir,
      LOOOP_CONFIG: profile.configPath,
    });
  const watch = `'${Deno.execPath()}' run -A '${MAIN}' ls --watch --interval 0.2s`;
  await tmux(
    ..."new-session -d -s me -x 80 -y 10".split(" "),
    `trap : INT; echo before; ${watch}; echo "after $?"; sleep 600`,
  );
  try {
    const screen = () => tmux("capture-pane", "-p", "-t", "me");
    const shows = (text: RegExp) =>
      eventually(`the screen shows ${text}`, async () => text.test(await screen()));
    await shows(/1 alive, 0 waiting for you, 0 ended\n\n {2}ID .*\n {2}fix {2}running /);
    assertEquals((await screen()).includes("before"), false);
    await raiseFlag(profile, "fix", "日本語 ".repeat(20));
    await shows(/^⚑ fix {2}waiting .* 日本語 日本語 .*…$/m);
    await tmux(..."resize-window -t me -x 30 -y 10".split(" "));
    await shows(/^⚑ fix {2}waiting {2}says: .*…$|^⚑ fix {2}waiting {2}say.*…$/m);
    await tmux("send-keys", "-t", "me", "C-c");
    await shows(/^before\n(\^C)?after 130$/m);
    const state = await tmux("display-message", "-p", "-t", "me", "#{alternate_on} #{cursor_flag}");
    assertEquals(state, "0 1\n");
  } finally {
    await tmux("kill-server");
  }
});

Deno.test("looop continue continues a worker that was lost, and refuses one that is running or calls it", async () => {
  await using profile = await workerProfile();
  const worker = "echo up; sleep 600";
  const mine = { tick: "cat", worker, resume: `echo "went on" >>went; ${worker}` };
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({ runner: "mine", runners: { mine } }),
  );
  assertEquals((await cliOn(profile, ["start-session", "fix", "Paint."])).status, 0);
  await untilPrinted(profile, "fix", /up/);
  const refused = await cliOn(profile, ["continue", "fix"]);
  assertEquals([refused.status, refused.stdout], [1, ""]);
  assertStringIncludes(
    refused.stderr,
    "cannot continue worker fix: it is running; looop attach fix",
  );

  await loseWorkers(profile, JSON.parse(await profile.read("workers/fix/worker.json")));
  assertEquals((await ls(profile))[0].state, "resuming");
  const { stdout } = await cliOn(profile, ["ls"]);
  assertStringIncludes(stdout, "its session ended unexpectedly; continues");
  const inside = { ...profile, environment: { ...profile.environment, LOOOP_SESSION_ID: "fix" } };
  assertStringIncludes((await cliOn(inside, ["continue", "fix"])).stderr, "from inside worker fix");

  const done = await cliOn(profile, ["continue", "looop-fix"]);
  assertEquals([done.status, done.stderr], [0, ""]);
  assertEquals(done.stdout, "worker fix continues its session: looop attach fix\n");
  await eventually("it went on", async () => {
    return await profile.read("went").catch(() => "") === "went on\n";
  });
});

/** A profile whose workers run the last line of their prompt in a shell. */
async function shellProfile(): Promise<TempProfile> {
  const profile = await workerProfile();
  const worker = 'eval "$(tail -n 1 {{prompt_file}})"';
  const config = { runner: "none", worker_runner: "sh", runners: { sh: { worker } } };
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({ ...config, budget: { workers: 3 } }),
  );
  return profile;
}

async function ls(profile: TempProfile, ...more: string[]): Promise<WorkerSummary[]> {
  const { stdout } = await cliOn(profile, ["ls", "--json", ...more]);
  return JSON.parse(stdout);
}

Deno.test("looop start-session, ls, flag, unflag and kill see to one worker, by its session's name as well", async () => {
  await using profile = await shellProfile();
  assertEquals(
    await cliOn(profile, ["start-session", "looop-triage", "-"], { input: "read -r _" }),
    {
      status: 0,
      stdout: "started worker triage (sh): looop attach triage\n",
      stderr: "",
    },
  );
  assertEquals(
    (await cliOn(profile, ["flag", "looop-triage", "need $(you)"])).stdout,
    "flagged triage; looop unflag triage lowers the flag\n",
  );
  const [{ id, state, flagged, note, runner, alive, exit_code }] = await ls(profile);
  assertEquals({ id, state, flagged, note, runner, alive, exit_code }, {
    ...{ id: "triage", state: "waiting", flagged: true, note: "need $(you)", runner: "sh" },
    ...{ alive: true, exit_code: null },
  });
  assertMatch((await cliOn(profile, ["ls"])).stdout, /\n⚑ triage {2}waiting .* need \$\(you\)\n$/);
  assertEquals((await cliOn(profile, ["unflag", "triage"])).stdout, "unflagged triage\n");
  assertEquals(
    (await cliOn(profile, ["unflag", "looop-triage"])).stdout,
    "triage was not flagged\n",
  );
  const again = await cliOn(profile, ["start-session", "triage", "true"]);
  assertEquals([again.status, again.stdout], [1, ""]);
  assertStringIncludes(again.stderr, "worker triage is running already");
  assertEquals(
    (await cliOn(profile, ["kill", "looop-triage"])).stdout,
    "worker triage: killed, with all its processes\n",
  );
  assertEquals(
    (await cliOn(profile, ["kill", "triage"])).stdout,
    "worker triage: had already ended\n",
  );
});

Deno.test("looop kill of itself, through the shim, ends a worker as done; logs and prune see to what is left", async () => {
  await using profile = await shellProfile();
  const prompt =
    'echo "\x1b[31mred\x1b[0m"; "$LOOOP_BIN" kill "looop-$LOOOP_SESSION_ID"; sleep 600';
  await cliOn(profile, ["start-session", "fix", prompt, "--verify", "exit 3"]);
  await untilEnded(profile, "fix");
  const [before] = await ls(profile);
  assertEquals([before.state, before.exit_code, before.verified, before.note], [
    "done",
    0,
    false,
    "done, not verified yet",
  ]);
  assertMatch((await cliOn(profile, ["logs", "looop-fix"])).stdout, /^red\n/);
  assertStringIncludes((await cliOn(profile, ["logs", "fix", "--raw"])).stdout, "\x1b[31mred");
  assertMatch((await cliOn(profile, ["logs", "fix", "--follow"])).stdout, /^red\n/);
  await cliOn(profile, ["tick"]);
  const [{ note, verified }] = await ls(profile);
  assertEquals([note, verified], [
    "done, but its verify failed: exit status 3",
    false,
  ]);
  assertStringIncludes(
    (await cliOn(profile, ["status"])).stdout,
    "  ⚑ looop logs fix: done, but its verify failed: exit status 3\n",
  );
  await cliOn(profile, ["start-session", "fix", "exit 1"]);
  await untilEnded(profile, "fix");
  assertEquals((await ls(profile, "--all")).map(({ state }) => state), ["done", "failed"]);
  assertEquals((await cliOn(profile, ["prune"])).stdout, "removed fix, fix\n");
  assertEquals((await cliOn(profile, ["prune"])).stdout, "no worker has ended\n");
  assertEquals(await ls(profile, "--all"), []);
});

Deno.test("looop up starts the pulse and returns once it has ticked; down --workers stops it and the fleet", async () => {
  await using profile = await shellProfile();
  await cliOn(profile, ["start-session", "fix", "sleep 600"]);
  // Its end is dealt with in the pulse's first tick, which needs the lock that a start holds.
  await cliOn(profile, ["start-session", "over", "true", "--verify", "true"]);
  await untilEnded(profile, "over");
  const up = await cliOn(profile, ["up"]);
  assertEquals([up.status, up.stderr], [0, ""]);
  assertMatch(
    up.stdout,
    /^the pulse is running \(pid \d+\); looop down stops it; first tick: .+\n$/,
  );
  assertEquals(await cliOn(profile, ["status", "--check"]), { status: 0, stdout: "", stderr: "" });
  const second = await cliOn(profile, ["up"]);
  assertEquals([second.status, second.stdout], [1, ""]);
  assertMatch(second.stderr, /one is running on .* already \(pid \d+\)\n$/);
  assertEquals(
    (await cliOn(profile, ["down", "--workers"])).stdout,
    "stopped the pulse\nkilled fix\n",
  );
  assertEquals((await cliOn(profile, ["down"])).stdout, "no pulse was running\n");
});

Deno.test("looop up says why the first tick failed", async () => {
  await using profile = await shellProfile();
  await profile.write("state.json", "{");
  const up = await cliOn(profile, ["up"]);
  assertEquals([up.status, up.stdout], [1, ""]);
  assertStringIncludes(up.stderr, "It has not completed a tick yet:\n");
  assertStringIncludes(up.stderr, "state.json is not valid JSON");
  await cliOn(profile, ["down"]);
});

Deno.test("worker commands refuse what cannot be, with the reason", async () => {
  await using profile = await shellProfile();
  const { paths: { dataDir } } = profile;
  const cases: [args: string[], status: number, stderr: string][] = [
    [["kill", "looop-x"], 1, "there is no worker x: looop ls lists them\n"],
    [
      ["attach", "x"],
      1,
      "cannot attach to x: stdout is not a terminal; use looop logs x --follow\n",
    ],
    [["logs", "../x"], 1, "there is no worker ../x: looop ls --all lists them, ended ones too\n"],
    [["start-session", "x", " "], 1, "cannot start worker x: its prompt is empty\n"],
    [
      ["start-session", "x"],
      2,
      "missing argument <prompt|->\nusage: looop start-session <id> <prompt|-> [--runner R] [--model M]\n",
    ],
    [
      ["ls", "--watch"],
      2,
      "--watch needs a terminal; programs can use looop ls --json\nusage: looop ls [--json] [--watch] [--interval 2s] [--all]\n",
    ],
    [
      ["ls", "--interval", "soon"],
      2,
      "soon is not a duration; use 30, 90s, 5m, 2h or 1d\nusage: looop ls [--json] [--watch] [--interval 2s] [--all]\n",
    ],
    [["status", "--check"], 1, `${dataDir} has never ticked; no pulse is running: looop up\n`],
  ];
  for (const [args, status, stderr] of cases) {
    assertEquals(await cliOn(profile, args), { status, stdout: "", stderr: `looop: ${stderr}` });
  }
  await cliOn(profile, ["tick"]);
  const late = new Date(Date.now() - 181_000).toISOString();
  await profile.write(
    ".looop/last_tick.json",
    JSON.stringify({ at: late, hash: null, outcome: "idle" }),
  );
  const { status, stderr } = await cliOn(profile, ["status", "--check"]);
  assertEquals([status, stderr], [
    1,
    `looop: the last tick of ${dataDir} was 3 min ago, and its interval is 60 s; no pulse is running: looop up\n`,
  ]);
});

Deno.test("status tells of a worker that waits", async () => {
  await using profile = await shellProfile();
  await cliOn(profile, ["start-session", "fix", "sleep 600"]);
  await cliOn(profile, ["flag", "fix", "look at this"]);
  await eventually("it waits", async () => (await ls(profile))[0].flagged);
  const { workers, attention } = JSON.parse((await cliOn(profile, ["status", "--json"])).stdout);
  // A second may pass in between.
  const aged = (all: WorkerSummary[]) => all.map((worker) => ({ ...worker, idle_s: null }));
  assertEquals(aged(workers), aged(await ls(profile)));
  assertEquals(attention, ["looop attach fix: waits for you: worker fix says: look at this"]);
  assertStringIncludes(
    (await cliOn(profile, ["status"])).stdout,
    "\nworkers    1 waiting (looop ls)\n",
  );
});
