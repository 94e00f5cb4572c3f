import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { checkout, denoDir, type EmptyHome, type Ran } from "../support/looop.ts";

/** Runs a program to its end, in an environment of its own. */
export async function run(argv: string[], env: Record<string, string>): Promise<Ran> {
  const [program, ...args] = argv;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    cwd: env.HOME ?? checkout,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A goal whose rule makes a move at once. */
const GOAL = `---
goal: Note
rules:
  - name: once
    when: "true"
    do: { action: noop, reason: it works, journal: noted }
---
`;

/**
 * Does what a user does with a fresh looop: ticks, and starts a worker, which calls looop through the shim.
 *
 * @param argv how it is started
 * @param more environment variables beyond those of the home
 */
export async function useLooop(
  argv: string[],
  home: EmptyHome,
  more: Record<string, string> = {},
): Promise<void> {
  const { dir, dataDir } = home;
  const runtime = await Deno.makeTempDir({ prefix: "lc_" });
  const env = {
    ...home.env,
    XDG_RUNTIME_DIR: runtime,
    DENO_DIR: denoDir(),
    LD_LIBRARY_PATH: "/nowhere",
    SHELL: "/bin/sh",
    ...more,
  };
  await Deno.mkdir(join(dir, ".config"));
  const config = {
    runner: "none",
    worker_runner: "mine",
    runners: { mine: { worker: 'echo at work; "$LOOOP_BIN" version > seen; exec sleep 600' } },
  };
  await Deno.writeTextFile(join(dir, ".config/looop.json"), JSON.stringify(config));
  try {
    const first = await run([...argv, "tick"], env);
    assertEquals(first.code, 0, first.stderr);
    assertEquals(await exists(join(dataDir, "goals/setup.md")), true);
    assertEquals(await Deno.readTextFile(join(dataDir, "PLAYBOOK.md")), await seed("PLAYBOOK.md"));
    assertStringIncludes(first.stderr, 'the config says "runner": "none"; run `looop init`');
    await Deno.writeTextFile(join(dataDir, "goals/note.md"), GOAL);
    const second = await run([...argv, "tick"], env);
    assertEquals(second.code, 0, second.stderr);
    assertStringIncludes(await git(dataDir, "log", "--format=%B"), "Looop-Run: ");
    const started = await run([...argv, "start-session", "one", "do it"], env);
    assertEquals(started.code, 0, started.stderr);
    const seen = join(dataDir, "seen");
    await eventually("the worker has called looop", async () => await exists(seen, 1));
    assertEquals(await Deno.readTextFile(seen), (await run([...argv, "version"], env)).stdout);
    const logs = await run([...argv, "logs", "one"], env);
    assertEquals([logs.code, logs.stdout], [0, "at work\n"], logs.stderr);
    const killed = await run([...argv, "kill", "one"], env);
    assertEquals([killed.code, killed.stdout.includes("one")], [0, true], killed.stderr);
  } finally {
    // Workers outlive the tmux server.
    await run([...argv, "down", "--workers"], env);
    const server = await Deno.readTextFile(join(dataDir, ".looop/tmux.json")).catch(() => null);
    if (server !== null) await run(["kill", "-KILL", String(JSON.parse(server).pid)], env);
    await Deno.remove(runtime, { recursive: true });
  }
}

/** Whether there is a file of at least so many bytes. */
export async function exists(path: string, bytes = 0): Promise<boolean> {
  return await Deno.stat(path).then(({ size }) => size >= bytes, () => false);
}

const seed = (name: string) => Deno.readTextFile(join(checkout, "seeds", name));
