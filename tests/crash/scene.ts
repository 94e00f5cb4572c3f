import { join } from "@std/path";
import type { Move } from "../../src/model/move.ts";
import type { PolicyRule } from "../../src/model/policy_rule.ts";
import { openProfile, type Profile } from "../../src/profile/profile.ts";

/** A folder with all that ticks of one profile need: its data, its config, and what its runner says. */
export interface Scene {
  root: string;
  dataDir: string;
  configPath: string;
  /** A pipe that lets a tick begin, and one into which nobody ever writes. */
  go: string;
  never: string;
  /** All that its ticks are given; HOME is its root, by which what they leave running is known. */
  env: Record<string, string>;
  /** ISO 8601 in UTC: the time of its traced ticks; run ids hold it, and paths hold run ids. */
  time: string;
  /** What its ticks in this process warned of. */
  warnings: string[];
  /** Opens the profile, as a next looop would. */
  open(): Promise<Profile>;
  /** Lets the runner give this from now on. */
  decide(move: Move | string): Promise<void>;
}

/** What a scene is made with; all of it has a default. */
export interface SceneOptions {
  policy?: PolicyRule[];
  budget?: Record<string, number>;
  /** Shell command in place of a worker's agent. Default: it works until it is ended. */
  worker?: string;
}

/** The runner prints what was decided for it. */
const TICK = 'cat "$HOME/decision"';

/** Makes an empty scene. */
export async function newScene(
  { worker = "exec sleep 600", ...options }: SceneOptions = {},
): Promise<Scene> {
  const root = await emptyFolder();
  const config = { ...options, runner: "script", runners: { script: { tick: TICK, worker } } };
  await Deno.writeTextFile(join(root, "looop.json"), JSON.stringify(config));
  const scene = sceneAt(root);
  const made = await new Deno.Command("mkfifo", { args: [scene.go, scene.never] }).output();
  if (!made.success) throw new Error(`cannot make ${scene.go}`);
  return scene;
}

/** Copies a scene, times and all. */
export async function copyScene({ root, time }: Scene): Promise<Scene> {
  const copy = await emptyFolder();
  const { success } = await new Deno.Command("cp", { args: ["-a", `${root}/.`, copy] }).output();
  if (!success) throw new Error(`cannot copy ${root}`);
  return { ...sceneAt(copy), time };
}

/** Short, since the path of a socket may have 107 bytes. */
async function emptyFolder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "lc_" }));
}

function sceneAt(root: string): Scene {
  const [dataDir, configPath] = [join(root, "data"), join(root, "looop.json")];
  const env = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: root,
    XDG_RUNTIME_DIR: root,
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    LOOOP_DENO: Deno.execPath(),
  };
  const warnings: string[] = [];
  return {
    ...{ go: join(root, "go"), never: join(root, "never") },
    ...{ root, dataDir, configPath, env, warnings, time: new Date().toISOString() },
    open: () =>
      openProfile({ dataDir, configPath, environment: env, warn: (text) => warnings.push(text) }),
    decide: (move) =>
      Deno.writeTextFile(
        join(root, "decision"),
        typeof move === "string" ? move : JSON.stringify(move),
      ),
  };
}
