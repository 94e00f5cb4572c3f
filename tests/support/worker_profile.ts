import { join } from "@std/path";
import type { Profile } from "../../src/profile/profile.ts";
import type { Worker, WorkerState } from "../../src/schema/worker.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { type SessionRequest, startSession } from "../../src/workers/start.ts";
import { eventually } from "./eventually.ts";
import { denoDir } from "./looop.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "./temp_profile.ts";

/** A profile whose tmux server has a socket of its own; all that it runs is ended with it. */
export async function workerProfile(options: TempProfileOptions = {}): Promise<TempProfile> {
  const runtime = await Deno.makeTempDir({ prefix: "lw_" });
  const profile = await tempProfile({
    ...options,
    env: {
      XDG_RUNTIME_DIR: runtime,
      SHELL: "/bin/sh",
      LANG: "C.UTF-8",
      DENO_DIR: denoDir(),
      ...options.env,
    },
  });
  return {
    ...profile,
    async [Symbol.asyncDispose]() {
      await endFleet(profile.paths.own, runtime);
      await Deno.remove(runtime, { recursive: true });
      await profile[Symbol.asyncDispose]();
    },
  };
}

/**
 * Ends the tmux server of a profile, and whatever was started with this XDG_RUNTIME_DIR.
 *
 * @param own the profile's `.looop/`
 */
export async function endFleet(own: string, runtime: string): Promise<void> {
  const server = await readJson(join(own, "tmux.json"));
  if (server) await output("kill", ["-KILL", String(server.pid)]);
  // What is just starting is not seen at once.
  for (let clean = 0; clean < 2;) {
    const pids = await ofProfile(runtime);
    clean = pids.length === 0 ? clean + 1 : 0;
    if (pids.length > 0) await output("kill", ["-KILL", ...pids]);
  }
}

/** Pids of what bears the mark of one of these generations. */
export async function marked(...generations: string[]): Promise<string[]> {
  const mark = new RegExp(` LOOOP_(GENERATION|WRAPPER)=(${generations.join("|")})( |$)`);
  const scan = await output("ps", ["axeww", "-o", "pid=,stat=,args="]);
  return scan.split("\n").filter((line) => mark.test(line) && !/^ *\d+ +Z/.test(line)).map((line) =>
    line.trim().split(" ")[0]
  );
}

/** What a program prints on stdout. */
export async function output(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { TMUX: _, ...rest } = Deno.env.toObject();
  const { stdout } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { ...rest, ...env },
  })
    .output();
  return new TextDecoder().decode(stdout);
}

async function readJson(path: string) {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return null; // never written
  }
}

/** Pids of whatever was started with this XDG_RUNTIME_DIR, but this very process. */
async function ofProfile(runtime: string): Promise<string[]> {
  const scan = await output("ps", ["axeww", "-o", "pid=,stat=,args="]);
  return scan.split("\n").filter((line) =>
    line.includes(` XDG_RUNTIME_DIR=${runtime}`) && !/^ *\d+ +Z/.test(line)
  ).map((line) => line.trim().split(" ")[0]);
}

/** Starts a worker on a shell command, whatever the budgets in dollars; `maxAlive`: that of workers. */
export async function start(
  profile: Profile,
  id: string,
  command: string,
  { maxAlive = 100, ...options }: Partial<SessionRequest> & { maxAlive?: number } = {},
): Promise<Worker> {
  const { runner = "sh" } = options;
  const { usd_per_day: _, usd_per_worker: __, ...budget } = profile.config.budget;
  const config = {
    ...profile.config,
    budget: { ...budget, workers: maxAlive },
    runners: { [runner]: { ...profile.config.runners[runner], worker: command } },
  };
  return await startSession({ ...profile, config }, { id, prompt: "do it", runner, ...options });
}

/** State and exit code of a worker. */
export async function stateOf(profile: Profile, id: string): Promise<[WorkerState, number | null]> {
  const [worker] = await listWorkers(profile, { only: id });
  return [worker.state, worker.exit_code];
}

/** Waits until a worker has ended. */
export async function untilEnded(profile: Profile, id: string): Promise<void> {
  await eventually(`worker ${id} ends`, async () => {
    const [worker] = await listWorkers(profile, { only: id });
    return !worker.alive;
  });
}

/** Waits until a worker has printed something. */
export async function untilPrinted(profile: TempProfile, id: string, text: RegExp): Promise<void> {
  await eventually(
    `worker ${id} prints ${text}`,
    async () => text.test(await profile.read(`workers/${id}/transcript`).catch(() => "")),
  );
}

/** Archives workers that have ended, made of the record of one that lives. */
export async function addEnded(dataDir: string, like: string, count: number): Promise<void> {
  const workers = join(dataDir, "workers");
  const record = await readJson(join(workers, like, "worker.json"));
  const end = { exit_code: 0, at: record.started_at, how: "exited" };
  for (let i = 0; i < count; i++) {
    const dir = join(workers, "ended", `old${i}.g${i}`);
    await Deno.mkdir(dir, { recursive: true });
    const old = { ...record, id: `old${i}`, generation: `g${i}` };
    await Deno.writeTextFile(join(dir, "worker.json"), JSON.stringify(old));
    await Deno.writeTextFile(join(dir, "exit.json"), JSON.stringify(end));
  }
}
