import { z } from "zod";
import type { Budget } from "./budget.ts";
import { guarded } from "./guarded.ts";
import { idSchema } from "./id_schema.ts";
import { isJsonObject } from "./json.ts";
import type { PolicyRule } from "./policy_rule.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";

/** The LLM command lines that looop knows, first choice first. */
export const PRESET_NAMES = ["pi", "claude", "codex", "opencode"];

/** What workers run that is looop itself: it asks the person, and so no other command can have its name. */
export const WIZARD = "init";

/** How a runner's stdout is read: as plain text, or as the event stream of a known program. */
export type OutputFormat = "text" | "claude" | "codex" | "pi" | "opencode";

/** An LLM command line of one's own, or changes to a preset of the same name. */
export interface RunnerConfig {
  /**
   * Shell command for a decision: the prompt is on stdin, and in the file `{{prompt_file}}`. Default: the
   * preset's command.
   */
  tick?: string;
  /** Shell command for a worker's session, with the prompt in `{{prompt_file}}`. Default: the preset's. */
  worker?: string;
  /** Default: the preset's, else `text`: all of stdout is the answer. */
  output?: OutputFormat;
  /** Model name passed to a preset and noted in the ledger. Default: the program's own. */
  model?: string;
  /** Names of environment variables that it gets beyond the usual ones and the preset's own. Default: none. */
  env?: string[];
  /** In a sandbox its workers have the network, without which no program reaches its model. Default `false`. */
  network?: boolean;
}

/** The config file, defaults filled in. */
export interface Config {
  /** `auto`, `none`, a preset (`pi`, `claude`, `codex`, `opencode`) or a name under `runners`. */
  runner: string;
  /** What workers run: as `runner`. Default: the same as `runner`. */
  worker_runner: string;
  /** LLM command lines of one's own, and changes to presets, by name. Default: none. */
  runners: Record<string, RunnerConfig>;
  /** Seconds between ticks. */
  interval: number;
  /** Seconds until the tick after a move. Default: `interval`. */
  busy_interval: number;
  /** Seconds between ticks while a worker lives. Default: `interval`. */
  active_interval: number;
  /** The most seconds that a move's `next_interval_s` can ask for. */
  max_next_interval: number;
  /** How many sensors run at the same time. */
  sensors_at_once: number;
  /** What the loop may use up. */
  budget: Budget;
  /** Admission rules that come before the built-in ones; the first that holds decides. Default: none. */
  policy: PolicyRule[];
  /** What shell sensors, commands and workers run in: `bwrap` is bubblewrap, on Linux. Default `none`. */
  sandbox: "none" | "bwrap";
  /** Names of environment variables whose values are masked wherever looop writes or shows text. */
  redact: string[];
  /** Shell command that is run once for each new ask and flag. Default: none. */
  notify?: string;
}

const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*$/u;

const seconds = z.number().positive().max(86_400);

const variables = z.array(
  z.string().regex(/^[A-Za-z_]\w*$/, "must be the name of an environment variable"),
).max(200);

/**
 * Checks the config file's content, and fills in the defaults. Unknown keys are errors.
 *
 * @example
 * ```ts
 * import { configSchema } from "@looop/cli";
 *
 * console.log(configSchema.parse({ interval: 30 }).busy_interval); // 30
 * console.log(configSchema.safeParse({ intervall: 30 }).success); // false
 * ```
 */
export const configSchema: Schema<Config> = guarded(
  strictObject({
    runner: z.string().min(1).default("auto"),
    worker_runner: z.string().min(1).optional(),
    // A record drops this one key in silence.
    runners: z.unknown().refine(
      (runners) => !(isJsonObject(runners) && Object.hasOwn(runners, "__proto__")),
      "no runner can be called __proto__",
    ).pipe(z.record(
      z.string(),
      strictObject({
        tick: z.string().min(1).optional(),
        worker: z.string().min(1).optional(),
        output: z.enum(["text", "claude", "codex", "pi", "opencode"]).optional(),
        model: z.string().min(1).optional(),
        env: variables.optional(),
        network: z.boolean().optional(),
      }),
    )).default({}),
    interval: seconds.default(60),
    busy_interval: seconds.optional(),
    active_interval: seconds.optional(),
    max_next_interval: seconds.min(5).default(300),
    sensors_at_once: z.number().int().min(1).max(64).default(8),
    budget: strictObject({
      decides_per_hour: z.number().int().min(0).max(100_000).default(60),
      workers: z.number().int().min(0).max(1000).default(8),
      usd_per_day: z.number().min(0).optional(),
      usd_per_worker: z.number().min(0).optional(),
      unknown_cost: z.enum(["hold", "ignore"]).default("hold"),
    }).prefault({}),
    policy: z.array(strictObject({
      name: idSchema,
      when: z.string().trim().min(1).max(4000),
      then: z.enum(["allow", "ask", "deny"]),
      why: z.string().trim().min(1).max(500).regex(ONE_LINE, "must be one line of text").optional(),
      network: z.boolean().optional(),
      write: z.array(z.string().regex(/^\//, "must be an absolute path")).max(50).optional(),
      env: variables.optional(),
    })).max(200).default([]),
    sandbox: z.enum(["none", "bwrap"]).default("none"),
    redact: variables.default([]),
    notify: z.string().min(1).optional(),
  }).check(({ value, issues }) => {
    const known = ["auto", "none", ...PRESET_NAMES, ...Object.keys(value.runners)];
    for (const key of ["runner", "worker_runner"] as const) {
      const name = value[key];
      if (name === undefined || known.includes(name)) continue;
      const message = `expected one of ${known.join(", ")}`;
      issues.push({ code: "custom", path: [key], message, input: name });
    }
    for (const [name, runner] of Object.entries(value.runners)) {
      if (name === WIZARD && runner.worker !== undefined) {
        const message = "expected another name for the runner: init is looop init";
        const input = runner.worker;
        issues.push({ code: "custom", path: ["runners", name, "worker"], message, input });
      }
      // One that only workers use needs no command for decisions.
      const decides = value.runner === name || runner.worker === undefined;
      if (PRESET_NAMES.includes(name) || runner.tick !== undefined || !decides) continue;
      const message = "expected a shell command: only presets have one of their own";
      issues.push({ code: "custom", path: ["runners", name, "tick"], message, input: undefined });
    }
  }).transform((config) => ({
    ...config,
    worker_runner: config.worker_runner ?? config.runner,
    busy_interval: config.busy_interval ?? config.interval,
    active_interval: config.active_interval ?? config.interval,
  })),
);
