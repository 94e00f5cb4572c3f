import { dirname, join } from "@std/path";
import type { Clock } from "../../src/os/clock.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { openProfile, type Profile } from "../../src/profile/profile.ts";
import { allLines } from "../support/all_lines.ts";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { output } from "../support/worker_profile.ts";
import type { Kind } from "./kind.ts";
import { DECIDE } from "./decide.ts";
import { denoDir } from "../support/looop.ts";

/** What a profile held before the tick that is cut off. */
export interface Before {
  journal: string;
  /** `null`: there was no repository yet. */
  head: string | null;
  ledger: string;
  /** How often the runner had been called. */
  calls: number;
}

/** A profile on which one kind of tick is due. Removed with `await using`, and whatever runs on it ended. */
export interface Stage extends AsyncDisposable {
  kind: Kind;
  /** Holds the data dir (`data`), `HOME` (`home`), the config, and what the runner answers. */
  root: string;
  /** For looop in a process of its own. */
  env: Record<string, string>;
  /** For looop in this process. */
  profile: Profile;
  before: Before;
  /** How often looop was killed on it. */
  kills: number;
  /** How often git was killed. */
  gitKills: number;
}

const PLAYBOOK = { "PLAYBOOK.md": "# Playbook\n" };

/** Makes a first profile of a kind; {@linkcode copyStage} makes as many of it as are needed. */
export async function makeStage(kind: Kind): Promise<Stage> {
  const stage = await openStage(kind);
  const { root, profile } = stage;
  await Deno.mkdir(join(root, "home"));
  await Deno.writeTextFile(join(root, "looop.json"), JSON.stringify(configOf(kind)));
  await Deno.writeTextFile(join(root, "move.json"), JSON.stringify(kind.move));
  const isNew = kind.files !== undefined && Object.keys(kind.files).length === 0;
  const files: Record<string, string> = isNew ? {} : { ...PLAYBOOK, ...kind.files };
  for (const [path, text] of Object.entries(files)) {
    const target = join(profile.paths.dataDir, path);
    await Deno.mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(target, text);
    await Deno.chmod(target, path.startsWith("sensors/") ? 0o700 : 0o600);
  }
  stage.profile = await reopen(stage);
  if (!isNew) await ensureProfile(stage.profile);
  await kind.prepare?.(stage.profile);
  return stage;
}

/** Copies a profile; the copy has paths of its own. */
export async function copyStage(from: Stage): Promise<Stage> {
  const stage = await openStage(from.kind);
  await output("cp", ["-a", `${from.root}/.`, stage.root]);
  stage.profile = await reopen(stage);
  await stage.kind.prepareEach?.(stage.profile);
  stage.before = await look(stage);
  return stage;
}

/** The same profile, seen by a looop that is started with another clock. */
export function reopen({ root, env }: Stage, clock?: Clock): Promise<Profile> {
  const configPath = join(root, "looop.json");
  return openProfile({ dataDir: join(root, "data"), configPath, environment: env, clock });
}

/** How often the runner of a profile was called, as it counts itself when it ends. */
export async function countCalls({ root }: Stage): Promise<number> {
  return (await Deno.readTextFile(join(root, "calls")).catch(() => "")).length;
}

/** Command lines of what was started on a profile and lives. */
export async function processesOf(
  { root }: Pick<Stage, "root">,
): Promise<{ pid: string; line: string }[]> {
  const scan = await output("ps", ["axeww", "-o", "pid=,stat=,args="]);
  return scan.split("\n").flatMap((line) => {
    const [, pid, state, rest] = /^ *(\d+) +(\S+) (.*)$/.exec(line) ?? [];
    const ours = rest?.includes(` HOME=${root}/home`) && !state.startsWith("Z");
    return ours ? [{ pid, line: rest.trim() }] : [];
  });
}

async function openStage(kind: Kind): Promise<Stage> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop_crash_" }));
  const env = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: join(root, "home"),
    // Every copy of a profile may apply what is approved.
    LOOOP_PLACE: "copies",
    LANG: "C.UTF-8",
    SHELL: "/bin/sh",
    DENO_DIR: denoDir(),
    // A path of a socket is short.
    XDG_RUNTIME_DIR: root,
  };
  return {
    kind,
    root,
    env,
    profile: await openProfile({
      dataDir: join(root, "data"),
      configPath: "/nowhere",
      environment: env,
    }),
    before: { journal: "", head: null, ledger: "", calls: 0 },
    kills: 0,
    gitKills: 0,
    async [Symbol.asyncDispose]() {
      for (let clean = 0; clean < 2;) {
        const left = await processesOf({ root });
        clean = left.length === 0 ? clean + 1 : 0;
        if (left.length > 0) await output("kill", ["-KILL", ...left.map(({ pid }) => pid)]);
      }
      await eventually(`${root} is removed`, async () => {
        return await Deno.remove(root, { recursive: true }).then(() => true, () => false);
      });
    },
  };
}

async function look(stage: Stage): Promise<Before> {
  const { profile, profile: { paths } } = stage;
  return {
    journal: await allLines(profile, paths.journal),
    head: await git(paths.dataDir, "rev-parse", "HEAD").catch(() => null),
    ledger: await allLines(profile, paths.ledger),
    calls: await countCalls(stage),
  };
}

function configOf({ config = {} }: Kind): Record<string, unknown> {
  const runner = {
    tick: DECIDE,
    worker: "echo begun >>../effect; exec sleep 600",
  };
  // What a command costs is not what is tried here.
  return { runner: "mine", runners: { mine: runner }, ...config };
}
