import { join } from "@std/path";
import { parse } from "@std/yaml";
import { checkout, denoDir } from "../support/looop.ts";
import { endFleet } from "../support/worker_profile.ts";

/** One step of `action.yml`. */
interface Step {
  id?: string;
  name: string;
  if?: string;
  shell: string;
  env: Record<string, string>;
  run: string;
}

interface Action {
  inputs: Record<string, { default: string }>;
  runs: { using: string; steps: Step[] };
}

/** What a step came to. */
export interface StepEnd {
  code: number;
  /** stdout and stderr. */
  log: string;
}

/** `action.yml` as it is. */
export const action = parse(await Deno.readTextFile(join(checkout, "action.yml"))) as Action;

/**
 * One job on a machine of its own that uses the action: runs its steps as GitHub's runner does, each a bash script
 * with what `env` says, and nothing put into the script itself.
 */
export class ActionJob implements AsyncDisposable {
  readonly outputs: Record<string, Record<string, string>> = {};
  readonly outcomes: Record<string, string> = {};
  summary = "";

  private constructor(
    readonly temp: string,
    readonly inputs: Record<string, string>,
    readonly runId: string,
  ) {}

  /** `tools`: the directory of an earlier job's programs, so that they need not be installed anew. */
  static async begin(
    inputs: Record<string, string>,
    { runId = "1", tools }: { runId?: string; tools?: string } = {},
  ): Promise<ActionJob> {
    const temp = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop-job-" }));
    await Deno.mkdir(join(temp, "home"));
    const job = new ActionJob(temp, inputs, runId);
    if (tools !== undefined) {
      const looop = join(checkout, "bin", "looop");
      job.outputs.programs = { bin: tools, deno: join(tools, "deno"), looop };
    }
    return job;
  }

  get dataDir(): string {
    return join(this.temp, "looop-memory");
  }

  /** Runs all steps, or those from `first` on; gives the end of the first that failed, or of the last. */
  async run(first = "Programs"): Promise<StepEnd> {
    const names = action.runs.steps.map(({ name }) => name);
    let worst: StepEnd | null = null;
    let log = "";
    for (const name of names.slice(names.indexOf(first))) {
      const step = stepNamed(name);
      if (!this.#runs(step, worst !== null)) continue;
      const end = await this.step(name);
      log += end.log;
      if (end.code !== 0) worst ??= end;
    }
    return { code: worst?.code ?? 0, log };
  }

  /** Runs one step; `cancelled`: when this resolves, the step's process alone is told to end, by SIGINT. */
  async step(name: string, cancelled?: Promise<unknown>): Promise<StepEnd> {
    const { id = name, env, run, shell } = stepNamed(name);
    if (shell !== "bash" || run.includes("${{")) throw new Error(`${name} is no plain bash step`);
    const [script, output, summary] = ["script", "output", "summary"]
      .map((file) => join(this.temp, `${file}-${id}`));
    await Deno.writeTextFile(script, run);
    await Promise.all([output, summary].map((file) => Deno.writeTextFile(file, "")));
    const values = Object.entries(env).map(([key, value]) => [key, this.#evaluate(String(value))]);
    const running = new Deno.Command("bash", {
      args: ["-c", 'exec bash --noprofile --norc -eo pipefail "$0" 2>&1', script],
      cwd: this.temp,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
        HOME: join(this.temp, "home"),
        LANG: "C.UTF-8",
        XDG_RUNTIME_DIR: this.temp,
        // What this machine has fetched already.
        npm_config_cache: Deno.env.get("npm_config_cache") ?? `${Deno.env.get("HOME")}/.npm`,
        DENO_DIR: denoDir(),
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_ACTION_PATH: checkout.replace(/\/$/, ""),
        GITHUB_RUN_ID: this.runId,
        GITHUB_RUN_ATTEMPT: "1",
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        RUNNER_TEMP: this.temp,
        ...Object.fromEntries(values),
      },
      stdout: "piped",
    }).spawn();
    cancelled?.then(() => running.kill("SIGINT"));
    const child = await running.output();
    this.outcomes[id] = child.code === 0 ? "success" : "failure";
    const lines = (await Deno.readTextFile(output)).split("\n").filter(Boolean);
    this.outputs[id] = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    this.summary += await Deno.readTextFile(summary);
    return { code: child.code, log: new TextDecoder().decode(child.stdout) };
  }

  #runs({ if: condition }: Step, failed: boolean): boolean {
    if (condition === undefined) return !failed;
    const [, id] = /^always\(\) && steps\.(\w+)\.outcome == 'success'$/.exec(condition) ?? [];
    if (id === undefined) throw new Error(`cannot tell what is meant by ${condition}`);
    return this.outcomes[id] === "success";
  }

  #evaluate(text: string): string {
    return text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => {
      const [kind, ...path] = name.split(".");
      if (kind === "inputs") {
        return this.inputs[path[0]] ?? this.#evaluate(String(action.inputs[path[0]].default));
      }
      if (kind === "steps") return this.outputs[path[0]]?.[path[2]] ?? "";
      const known: Record<string, string> = { "runner.temp": this.temp, "github.token": "" };
      if (!Object.hasOwn(known, name)) throw new Error(`nothing is known of ${name}`);
      return known[name];
    });
  }

  /** The machine is gone, with all that ran on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await endFleet(join(this.dataDir, ".looop"), this.temp);
    await Deno.remove(this.temp, { recursive: true });
  }
}

function stepNamed(name: string): Step {
  const step = action.runs.steps.find((step) => step.name === name);
  if (!step) throw new Error(`action.yml has no step ${name}`);
  return step;
}
