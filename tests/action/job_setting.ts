import { join } from "@std/path";
import { git } from "../support/git.ts";
import { remote } from "../support/machine.ts";

/** A runner of its own, which counts its calls, and a memory that begins with one sensor. */
export async function setting(
  move: object,
  worker = "sleep 0.3; echo mended >reports/fix.md",
) {
  const memory = await remote();
  const dir = await Deno.makeTempDir({ prefix: "looop-action-" });
  const at = (name: string) => join(dir, name);
  await Deno.mkdir(at("seed/sensors"), { recursive: true });
  await Deno.writeTextFile(at("seed/PLAYBOOK.md"), "# Playbook\n");
  await Deno.writeTextFile(at("seed/sensors/build.sh"), `#!/bin/sh\necho '{"signal": "red"}'\n`);
  await Deno.chmod(at("seed/sensors/build.sh"), 0o755);
  await Deno.writeTextFile(at("move.json"), JSON.stringify(move));
  const tick = `cat >/dev/null; echo "$MY_KEY" >>${at("calls")}; cat ${at("move.json")}`;
  const config = { runner: "mine", runners: { mine: { tick, worker } } };
  await Deno.writeTextFile(at("looop.json"), JSON.stringify(config));
  const inputs = {
    repository: `file://${memory.path}`,
    branch: "looop-memory",
    seed: at("seed"),
    config: at("looop.json"),
    env: "# one key\nMY_KEY=of the tick alone\n",
    wait: "30s",
  };
  return {
    memory,
    inputs,
    says: (next: object) => Deno.writeTextFile(at("move.json"), JSON.stringify(next)),
    calls: () => Deno.readTextFile(at("calls")).catch(() => ""),
    /** Reads a file of the memory on its branch. */
    read: (path: string) => git(memory.path, "show", `looop-memory:${path}`),
    branches: async () =>
      (await git(memory.path, "branch", "--format=%(refname:short)")).split("\n"),
    async [Symbol.asyncDispose]() {
      await memory[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Asks once. */
export const ASK = { action: "ask", question: "Shall I mend it?", journal: "asked", more: false };
/** Does nothing. */
export const NOOP = { action: "noop", reason: "it waits", journal: "looked" };
/** Starts a worker. */
export const START = {
  action: "start_worker",
  id: "fix",
  prompt: "x",
  journal: "began",
  more: false,
};

/** The directory of the deno that runs the tests, so that not each job need install one. */
async function ownTools(): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "looop-tools-" });
  await Deno.symlink(Deno.execPath(), join(dir, "deno"));
  return dir;
}
/** A directory with that deno. */
export const tools = await ownTools();
addEventListener("unload", () => Deno.removeSync(tools, { recursive: true }));
