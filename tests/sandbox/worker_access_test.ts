import { workerAs } from "../support/run_as.ts";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { startWorkerMove } from "../../src/act/act.ts";
import { type Config, NO_ACCESS, PRESET_NAMES } from "../../src/schema/config.ts";
import { UserError } from "../../src/schema/errors.ts";
import { sense } from "../../src/sense/sense.ts";
import { claude } from "../../src/workers/agents/claude.ts";
import { codex } from "../../src/workers/agents/codex.ts";
import { opencode } from "../../src/workers/agents/opencode.ts";
import { pi } from "../../src/workers/agents/pi.ts";
import { listClaims } from "../../src/workers/claims.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { reconcileWorkers } from "../../src/workers/reconcile.ts";
import { enterSandbox } from "../../src/workers/sandbox.ts";
import { currentSpend } from "../../src/workers/spending.ts";
import { startSession } from "../../src/workers/start.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { untilEnded, workerProfile } from "../support/worker_profile.ts";
import { isPresent } from "./sandbox_profile.ts";
import { within } from "../support/within.ts";

/** Runs the last line of its prompt. */
const worker = 'eval "$(tail -n 1 {{prompt_file}})"';

function profileWith(config: Partial<Config> = {}): Promise<TempProfile> {
  return workerProfile({
    config: { sandbox: "bwrap", worker_runner: "sh", runners: { sh: { worker } }, ...config },
  });
}

/** Starts a worker as a move does, and gives what it left as its report. */
async function reportOf(profile: TempProfile, prompt: string, access = NO_ACCESS): Promise<string> {
  const move = { action: "start_worker", id: "fix", prompt, journal: "started" } as const;
  const action = workerAs(profile, move, { access });
  await startWorkerMove(profile, {
    ...{ action, tainted: false },
    run_id: crypto.randomUUID(),
  });
  await untilEnded(profile, "fix");
  return await profile.read("reports/fix.md");
}

Deno.test("a worker in the sandbox has the network only by the policy that let it start, or by its runner", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const prompt =
    `(exec 3<>/dev/tcp/127.0.0.1/${listener.addr.port}) 2>/dev/null; echo $? >"$LOOOP_REPORTS_DIR/fix.md"`;
  await using profile = await profileWith();
  assertEquals(await reportOf(profile, prompt), "1\n");
  assertEquals(await reportOf(profile, prompt, { ...NO_ACCESS, network: true }), "0\n");
  await using other = await profileWith({ runners: { sh: { worker, network: true } } });
  assertEquals(await reportOf(other, prompt), "0\n");
});

Deno.test("a worker in the sandbox writes where the policy that let it start says, and nowhere else", async () => {
  await using profile = await profileWith();
  const [out, other] = ["out", "other"].map((name) => join(profile.root, name));
  for (const dir of [out, other]) await Deno.mkdir(dir);
  const prompt = `echo x >'${out}/x'; echo x >'${other}/x'; echo done >"$LOOOP_REPORTS_DIR/fix.md"`;
  await reportOf(profile, prompt, { ...NO_ACCESS, write: [out] });
  assertEquals([await isPresent(join(out, "x")), await isPresent(join(other, "x"))], [true, false]);
});

/** Leaves what Claude Code, Codex and pi have in HOME once they are set up. */
async function setUp({ environment, paths: { dataDir } }: TempProfile): Promise<void> {
  const { HOME = "" } = environment;
  for (const dir of [".codex", ".pi/agent"]) await Deno.mkdir(join(HOME, dir), { recursive: true });
  const trusted = { [await Deno.realPath(dataDir)]: { hasTrustDialogAccepted: true } };
  const claude = { hasCompletedOnboarding: true, projects: trusted };
  await Deno.writeTextFile(join(HOME, ".claude.json"), JSON.stringify(claude));
  await Deno.writeTextFile(join(HOME, ".codex/auth.json"), "{}");
  await Deno.writeTextFile(join(HOME, ".pi/agent/models.json"), "{}");
}

Deno.test("startSession refuses a preset in a sandbox without network, and says how to give it", async () => {
  for (const name of PRESET_NAMES) {
    await using profile = await profileWith({ worker_runner: name });
    await setUp(profile);
    const bin = join(profile.root, "bin");
    await Deno.mkdir(bin);
    await Deno.writeTextFile(join(bin, name), "#!/bin/sh\n", { mode: 0o700 });
    const env = (key: string) => key === "PATH" ? `${bin}:${profile.env(key)}` : profile.env(key);
    const { message } = await assertRejects(
      () => startSession({ ...profile, env }, { id: "fix", prompt: "x" }),
      UserError,
    );
    assertEquals(
      message,
      `cannot start worker fix: ${name} has no network in the sandbox and cannot reach its model; ` +
        `set "runners": {"${name}": {"network": true}} in the config`,
    );
  }
});

Deno.test("a preset in the sandbox works on copies of its credentials and settings, and its spend is read", async () => {
  await using profile = await profileWith({
    worker_runner: "pi",
    runners: { pi: { network: true } },
  });
  const bin = join(profile.root, "bin");
  const home = profile.env("HOME")!;
  const files = {
    [join(bin, "pi")]: `#!/bin/bash
cat "$PI_CODING_AGENT_DIR/auth.json" >"$LOOOP_REPORTS_DIR/fix.md"
echo changed >"$PI_CODING_AGENT_DIR/auth.json" && echo changed 2>/dev/null >"$HOME/.pi/agent/auth.json"
ls "$PI_CODING_AGENT_DIR" >>"$LOOOP_REPORTS_DIR/fix.md"
mkdir -p "$2" && echo '${SPENT}' >"$2/a.jsonl"
`,
    [join(home, ".pi/agent/auth.json")]: "secret\n",
    [join(home, ".pi/agent/settings.json")]: "{}\n",
    [join(home, ".pi/agent/sessions/old.jsonl")]: "what was said\n",
  };
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text, { mode: 0o700 });
  }
  const PATH = `${bin}:${profile.env("PATH")}`;
  const environment = { ...profile.environment, PATH };
  const env = (key: string) => environment[key as "PATH"];
  assertEquals(
    await reportOf({ ...profile, environment, env }, "x"),
    "secret\nauth.json\nsettings.json\n",
  );
  assertEquals(await Deno.readTextFile(join(home, ".pi/agent/auth.json")), "secret\n");
  const [one] = await listWorkers(profile);
  assertEquals((await currentSpend(profile, one, 0)).usd, 0.5);
  await reconcileWorkers(profile, []);
  const ledger = JSON.parse((await profile.read("cost.jsonl")).trimEnd().split("\n").at(-1)!);
  assertEquals([ledger.runner, ledger.cost_usd, ledger.output_tokens], ["pi", 0.5, 2]);
});

Deno.test("enterSandbox copies nothing to where a symlink of the worker leads, when it is continued", async () => {
  await using profile = await profileWith();
  const home = profile.env("HOME")!;
  const victim = join(profile.root, "victim");
  for (
    const [agent, file] of [
      [pi, ".pi/agent/settings.json"],
      [claude, ".claude/CLAUDE.md"],
      [codex, ".codex/config.toml"],
      [opencode, ".config/opencode/opencode.json"],
      [opencode, ".local/share/opencode/auth.json"],
    ] as const
  ) {
    await Deno.mkdir(dirname(join(home, file)), { recursive: true });
    await Deno.writeTextFile(join(home, file), "copied");
    const parts = `home/${file}`.split("/");
    for (const depth of parts.keys()) {
      const files = workerFiles(profile.paths, `${agent.name}-${file.length}-${depth}`);
      const enter = () => enterSandbox(profile, files, { command: "true", state: agent.state });
      await enter();
      const link = join(files.state, ...parts.slice(0, depth + 1));
      const below = join(victim, ...parts.slice(depth + 1));
      await Deno.rename(link, victim);
      await Deno.writeTextFile(below, "as it was");
      await Deno.symlink(victim, link);
      if (depth < parts.length - 1) {
        const { message } = await assertRejects(enter, UserError);
        assertEquals(message, `cannot copy files to ${link}: it is a symlink`);
      } else {
        await enter();
        assertEquals(await Deno.readTextFile(link), "copied");
      }
      assertEquals(await Deno.readTextFile(below), "as it was");
      await Deno.remove(victim, { recursive: true });
    }
  }
});

const SPENT = JSON.stringify({
  type: "message",
  id: "a",
  timestamp: "t",
  message: { role: "assistant", usage: { input: 1, output: 2, cost: { total: 0.5 } } },
});

Deno.test("what a worker in the sandbox plants in claims, reports and its own directories holds up no tick", async () => {
  await using profile = await profileWith();
  const prompt = [
    `cd "$LOOOP_CLAIMS_DIR"`,
    "mkfifo a.json",
    "ln -s /dev/zero b.json",
    `ln -s "$LOOOP_DATA_DIR/.looop/paused" c.json`,
    "mkdir d.json",
    `mkfifo "$LOOOP_REPORTS_DIR/.gitattributes"`,
    `mkfifo "$LOOOP_INBOX/1.json"`,
    `mkdir "$LOOOP_DATA_DIR/workers/fix/state/pi-sessions"`,
    `mkfifo "$LOOOP_DATA_DIR/workers/fix/state/pi-sessions/a.jsonl"`,
    `mkfifo "$LOOOP_DATA_DIR/workers/fix/state/sessions.jsonl"`,
    `echo planted >"$LOOOP_REPORTS_DIR/fix.md"`,
  ].join("; ");
  assertEquals(await reportOf(profile, prompt), "planted\n");
  const { workers } = await within("sensing", sense(profile));
  const { claims, broken } = await within("the claims", listClaims(profile));
  assertEquals([claims, workers.map(({ id, state }) => [id, state])], [[], [["fix", "done"]]]);
  assertMatch(
    broken.join("\n"),
    /claims\/a\.json is not a claim: it is not a regular file/,
  );
  assertEquals([broken.length, profile.warnings], [4, []]);
  assertEquals(await isPresent(profile.paths.paused), false);
});
